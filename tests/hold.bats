#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# hold: a file descriptor store that speaks sd_notify(3), and the command that it restarts.

load helpers

# keeper OPTION...: a store at $dir/store, ready when this returns; -v so that its events can be waited for.
keeper() {
	start_ready keeper hold -v "$@" "$dir/store"
}

# service [OPTION...] SCRIPT: a store whose command is this shell script.
service() {
	fdpass_start keeper "$FDPASS" hold -v "${@:1:$#-1}" "$dir/store" -- bash -c "${!#}"
}

# notify LINES DESCRIPTOR...: sends a message to the store as sd_notify(3) does.
notify() {
	local lines=$1
	shift
	fdpass send -t dgram -d "$lines" "$dir/store" "$@"
}

# logged REGEX: the keeper reports it sooner or later.
logged() {
	wait_until fdpass_has_line "$dir/keeper.err" "$1"
}

# stored PATTERN: how many descriptors of the keeper link to PATTERN.
stored() {
	find "/proc/$(pid_of keeper)/fd" -lname "$1" | wc -l
}

stored_is() {
	[[ $(stored "$1") == "$2" ]]
}

# said REGEX: the command has written such a line to $dir/said.
said() {
	wait_until fdpass_has_line "$dir/said" "$1"
}

@test "FDSTORE=1 keeps the descriptors of a message under the name in FDNAME=" {
	keeper
	echo one >"$dir/one"
	notify $'FDSTORE=1\nFDNAME=log' "$dir/one" /etc/hosts
	logged 'stored 2 descriptors as log'
	rm "$dir/one"
	assert_eq "$(stored "*/one (deleted)")" 1
	assert_eq "$(stored /etc/hosts)" 1
	stop keeper
	assert_status 143
	[[ ! -e $dir/store ]]
}

@test "a message without FDNAME= is stored as 'stored', and so is one with an invalid name" {
	keeper
	notify FDSTORE=1 /etc/hosts
	logged 'stored 1 descriptor as stored'
	notify $'FDSTORE=1\nFDNAME=a:b' /etc/passwd
	logged 'not a valid name .*: stored as stored'
	wait_until stored_is /etc/passwd 1
}

@test "the same open file is stored once under a name" {
	keeper
	exec 7</etc/hosts 8</etc/hosts
	notify $'FDSTORE=1\nFDNAME=a' 7 7
	logged 'stored 1 descriptor as a \(others'
	notify $'FDSTORE=1\nFDNAME=a' 7 8
	notify $'FDSTORE=1\nFDNAME=b' 7
	logged 'as b'
	exec 7<&- 8<&-
	assert_eq "$(stored /etc/hosts)" 3
}

@test "FDSTOREREMOVE=1 closes all descriptors of a name" {
	keeper
	notify $'FDSTORE=1\nFDNAME=a' /etc/hosts /etc/passwd
	notify $'FDSTORE=1\nFDNAME=b' /etc/hosts
	notify $'FDSTOREREMOVE=1\nFDNAME=a'
	logged 'removed 2 descriptors named a'
	assert_eq "$(stored /etc/passwd)" 0
	assert_eq "$(stored /etc/hosts)" 1
	notify $'FDSTOREREMOVE=1\nFDNAME=a'
	logged 'no descriptor is named a'
	notify FDSTOREREMOVE=1
	logged 'FDSTOREREMOVE=1 without a valid FDNAME='
}

@test "a descriptor that hangs up is dropped, unless FDPOLL=0" {
	keeper
	start reader "$FDPASS" run pipe: -- bash -c '"$1" send -t dgram -d "$2" "$3" 4; exec 4>&- sleep 100' - \
	    "$FDPASS" $'FDSTORE=1\nFDNAME=polled' "$dir/store"
	logged 'as polled'
	fdpass run socketpair: -- "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=gone' "$dir/store" 3
	logged 'dropped a descriptor named gone: hung up'
	fdpass run socketpair: -- "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=kept\nFDPOLL=0' "$dir/store" 3
	logged 'as kept'
	stop reader
	logged 'dropped a descriptor named polled'
	assert_eq "$(grep -c 'named kept' "$dir/keeper.err")" 0
}

@test "a message beyond --max-fds is refused as a whole, and the store stays" {
	keeper --max-fds=3 --max-fds=one:1
	notify $'FDSTORE=1\nFDNAME=one' /etc/hosts
	logged 'as one'
	notify $'FDSTORE=1\nFDNAME=one' /etc/passwd
	logged 'the store is full: it has 1 of at most 1 descriptors named one'
	notify $'FDSTORE=1\nFDNAME=x' /etc/passwd /etc/passwd /etc/passwd
	logged 'the store is full: it has 1 of at most 3 descriptors'
	wait_until stored_is /etc/passwd 0
	assert_eq "$(stored /etc/hosts)" 1
	notify $'FDSTORE=1\nFDNAME=x' /etc/passwd /etc/passwd
	logged 'stored 2 descriptors as x'
}

@test "BARRIER=1 closes its descriptor when all earlier messages are processed" {
	keeper
	exec {held}<> <(:)
	notify $'FDSTORE=1\nFDNAME=a' /etc/hosts
	exec {held}<&-
	run fdpass run pipe: -- bash -c "\"$FDPASS\" send -t dgram -d BARRIER=1 \"$dir/store\" 4 && exec 4>&- && cat <&3"
	assert_status 0
	assert_eq "$(stored /etc/hosts)" 1
	notify $'BARRIER=1\nREADY=1' /etc/passwd
	logged 'BARRIER=1 must be the only line'
	wait_until stored_is /etc/passwd 0
}

@test "what does not concern the store is forwarded to NOTIFY_SOCKET" {
	receive manager -t dgram --messages=3 "$dir/manager"
	NOTIFY_SOCKET=$dir/manager keeper
	notify $'STATUS=working\nFDSTORE=1\nMAINPID=1' /etc/hosts
	logged 'notification from pid .*: STATUS=working\\nMAINPID=1'
	notify WATCHDOG=1
	finish manager
	assert_json .data $'READY=1\nSTATUS=working\nMAINPID=1\nWATCHDOG=1'
	assert_eq "$(stored /etc/hosts)" 1
}

@test "descriptors of a message without FDSTORE=1 are closed" {
	keeper
	notify READY=1 /etc/hosts
	logged 'a message with 1 descriptor has no FDSTORE=1: closed'
	wait_until stored_is /etc/hosts 0
}

@test "--require and --allow-uid refuse descriptors and senders" {
	keeper --require=regular,pipe
	notify FDSTORE=1 /dev/null
	logged 'refused: descriptor 1 of the message is a char-device'
	notify FDSTORE=1 /etc/hosts
	logged 'stored 1'
	stop keeper
	requires_root
	keeper --allow-uid=65534 --mode=666
	notify FDSTORE=1 /etc/hosts
	logged 'refused: the sender .*uid 0.* is not allowed'
	assert_eq "$(stored /etc/hosts)" 0
}

@test "descriptors passed with LISTEN_FDS are in the store from the start" {
	start keeper "$FDPASS" run /etc/hosts=web /etc/passwd=log -- "$FDPASS" hold -v "$dir/store" -- \
	    bash -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES"; exec sleep 100'
	logged 'started bash as process [0-9]* with 2 descriptors'
	wait_until fdpass_has_line "$dir/keeper.out" '^2 web:log$'
}

# --- COMMAND

@test "COMMAND gets the stored descriptors from 3 up, with their names, each time it starts" {
	service --restart=on-failure '
		echo "$LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID == $$)) $(readlink /proc/$$/fd/3 /proc/$$/fd/4)" >>"'"$dir"'/said"
		[[ -z $LISTEN_FDS ]] || exit 0
		"'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=a'"' env:NOTIFY_SOCKET /etc/hosts
		"'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=b'"' env:NOTIFY_SOCKET /etc/passwd
		exit 1'
	finish keeper
	assert_status 0
	assert_match "$(cat "$dir/said")" '2 a:b 1 /etc/hosts
/etc/passwd$'
}

@test "--restart: the exit status decides" {
	run fdpass hold @hold-$$ -- sh -c 'exit 7'
	assert_status 7
	run fdpass hold --restart=on-failure @hold-$$ -- sh -c 'exit 0'
	assert_status 0
	run fdpass hold --restart=on-failure @hold-$$ -- sh -c 'kill $$'
	assert_status 143
	service --restart=on-failure 'kill -KILL $$'
	logged 'killed by signal 9 .*: restart in 0.2'
	stop keeper
	service --restart=always 'exit 0'
	logged 'exited with status 0: restart in 0.1'
	logged 'exited with status 0: restart in 0.2'
	logged 'exited with status 0: restart in 0.4'
	stop keeper
}

@test "a COMMAND that cannot be run ends hold, whatever --restart says" {
	run fdpass hold --restart=always "$dir/store" -- "$dir/nothing"
	assert_error 127 'nothing: No such file or directory'
	run fdpass hold --restart=always "$dir/store" -- "$dir"
	assert_error 126 'Permission denied'
	[[ ! -e $dir/store ]]
}

@test "signals are forwarded to COMMAND, and its status is ours" {
	service --restart=always 'trap "echo usr2" USR2; trap "echo term; exit 5" TERM; echo up; while :; do sleep 0.1; done'
	wait_until fdpass_has_line "$dir/keeper.out" up
	kill -USR2 "$(pid_of keeper)"
	wait_until fdpass_has_line "$dir/keeper.out" usr2
	stop keeper
	assert_status 5
	assert_match "$output" term
}

@test "SIGHUP restarts COMMAND with its store, once" {
	service '
		echo "pid $$ $LISTEN_FDNAMES"
		[[ -n $LISTEN_FDS ]] || "'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=a'"' env:NOTIFY_SOCKET /etc/hosts
		exec sleep 100'
	logged 'stored 1 descriptor as a'
	kill -HUP "$(pid_of keeper)"
	wait_until fdpass_has_line "$dir/keeper.out" 'pid [0-9]* a'
	stop keeper
	assert_status 143
	assert_eq "${#lines[@]}" 2
}

@test "READY=1 of COMMAND is written to --ready-fd and forwarded" {
	receive manager -t dgram --messages=1 "$dir/manager"
	exec 6>"$dir/ready"
	NOTIFY_SOCKET=$dir/manager service --ready-fd=6 '
		until [[ -e "'"$dir"'/go" ]]; do sleep 0.05; done
		"'"$FDPASS"'" send -t dgram -d READY=1 env:NOTIFY_SOCKET
		exec sleep 100'
	exec 6>&-
	logged started
	[[ ! -s $dir/ready ]]
	: >"$dir/go"
	finish manager
	assert_json .data READY=1
	wait_until test -s "$dir/ready"
	stop keeper
}

@test "only COMMAND and its descendants can use its NOTIFY_SOCKET" {
	service 'echo "$NOTIFY_SOCKET" >"'"$dir"'/address"; exec sleep 100'
	wait_until test -s "$dir/address"
	# The peer stays until the keeper has closed its descriptor.
	run peer -t dgram "$(cat "$dir/address")" data='FDSTORE=1' held send released
	assert_status 0
	logged 'refused: the sender is neither the command nor a descendant'
}

@test "COMMAND inherits nothing else, and its signals are as they were" {
	exec 6</etc/hosts
	run --separate-stderr fdpass hold "$dir/store" -- "$PEER" fds
	assert_status 0
	assert_eq "${#lines[@]}" 3
	run --separate-stderr fdpass hold --inherit=6 "$dir/store" -- "$PEER" fds
	assert_match "$output" '6 /etc/hosts'
	run fdpass hold "$dir/store" -- grep -E '^Sig(Blk|Ign)' /proc/self/status
	assert_eq "$output" "$(grep -E '^Sig(Blk|Ign)' /proc/self/status)"
	exec 6<&-
}

@test "as process 1 of a container it reaps orphans and heeds SIGTERM" {
	requires_root
	requires unshare
	start keeper unshare --pid --fork --kill-child --mount-proc "$FDPASS" hold -v "$dir/store" -- \
	    bash -c 'for i in 1 2 3; do (sleep 0 & exec true) & done; wait; echo spawned; exec sleep 100'
	wait_until fdpass_has_line "$dir/keeper.out" spawned
	local init
	init=$(pgrep -P "$(pid_of keeper)")
	wait_until test "$(pgrep -c -P "$init")" = 1
	kill "$init"
	finish keeper
	assert_status 143
}

@test "usage errors" {
	run fdpass hold
	assert_error 125 'missing ADDRESS'
	run fdpass hold "$dir/store" sleep
	assert_error 125 "too many operands: 'sleep'"
	run fdpass hold "$dir/store" --
	assert_error 125 'missing COMMAND'
	run fdpass hold --restart=always "$dir/store"
	assert_error 125 'needs a COMMAND'
	run fdpass hold --restart=maybe "$dir/store" -- true
	assert_error 125 "invalid argument 'maybe' for --restart"
	run fdpass hold --max-fds=a:b:1 "$dir/store"
	assert_error 125 '--max-fds'
	run fdpass hold --max-fds=0 "$dir/store"
	assert_error 125 '--max-fds'
}
