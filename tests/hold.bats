#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of hold, a file descriptor store with the protocol of sd_notify(3), and of the command that hold restarts.

load helpers

# service [OPTION...] SCRIPT: starts a store whose command is the shell script SCRIPT.
service() {
	fdpass_start keeper "$FDPASS" hold -v "${@:1:$#-1}" "$dir/store" -- bash -c "${!#}"
}

# notify LINES DESCRIPTOR...: sends a datagram with LINES and descriptors to the store, as sd_notify(3) does.
notify() {
	local lines=$1
	shift
	fdpass send -t dgram -d "$lines" "$dir/store" "$@"
}

# logged REGEX: waits until the store has logged a line that matches REGEX.
logged() {
	wait_until fdpass_has_line "$dir/keeper.err" "$1"
}

# stored PATTERN: prints the number of stored descriptors whose link in /proc matches PATTERN.
stored() {
	find "/proc/$(pid_of keeper)/fd" -lname "$1" | wc -l
}

stored_is() {
	[[ $(stored "$1") == "$2" ]]
}

# open_fds: prints the number of open descriptors of the store's process.
open_fds() {
	find "/proc/$(pid_of keeper)/fd" -type l | wc -l
}

# printed REGEX: waits until COMMAND has written a line that matches REGEX to $dir/printed.
printed() {
	wait_until fdpass_has_line "$dir/printed" "$1"
}

@test "FDSTORE=1 stores the descriptors of a message under the name in FDNAME=" {
	keeper
	echo one >"$dir/one"
	notify $'FDSTORE=1\nFDNAME=log' "$dir/one" /etc/hosts
	logged 'stored 2 descriptors as log'
	rm "$dir/one"
	assert_equal "$(stored "*/one (deleted)")" 1
	assert_equal "$(stored /etc/hosts)" 1
	stop keeper
	assert_failure 143
	[[ ! -e $dir/store ]]
}

@test "hold on a datagram socket refuses a request that needs a stream socket, and sends the error to the client" {
	keeper
	run --separate-stderr fdpass recv -c --data=- --messages=1 --send=FDLIST=1 "$dir/store"
	assert_success
	assert_equal "$output" $'ERRNO=95\nSTATUS=FDLIST=1 needs a stream or seqpacket socket (hold --type)'
	run --separate-stderr fdpass send --reply=- --messages=1 -d $'FDGET=1\nFDNAME=a' "$dir/store"
	assert_regex "$output" '^ERRNO=95.*FDGET=1 needs a stream or seqpacket socket'
	# Without an address of the client, hold cannot reply, and logs the error instead.
	notify FDLIST=1
	logged 'FDLIST=1 needs a stream or seqpacket socket'
	stop keeper
}

@test "descriptors without a name or with an invalid name are stored as 'stored'" {
	keeper
	notify FDSTORE=1 /etc/hosts
	logged 'stored 1 descriptor as stored'
	notify $'FDSTORE=1\nFDNAME=a:b' /etc/passwd
	logged 'not a valid name .*: stored as stored'
	wait_until stored_is /etc/passwd 1
}

@test "fdpass show pid:PID prints the names of the stored descriptors" {
	not_under valgrind "does not support pidfd_open"
	keeper -t stream
	local pid
	pid=$(pid_of keeper)
	store $'FDSTORE=1\nFDNAME=web' /etc/hosts /etc/passwd
	store $'FDSTORE=1\nFDNAME=log' /etc/group
	run fdpass show --json --only=regular:r "pid:$pid"
	assert_success
	assert_json 'select(.name != null) | [.name, .path]' '["web","/etc/hosts"]
["web","/etc/passwd"]
["log","/etc/group"]'
	run fdpass show "pid:$pid:file:/etc/group"
	assert_regex "$output" 'fd [0-9]+ "log": regular file "/etc/group"'
	kill -USR1 "$pid"
	logged 'continued with 3 descriptors'
	store $'FDSTOREREMOVE=1\nFDNAME=web'
	store $'FDSTORE=1\nFDNAME=new' /etc/passwd
	run fdpass show --json --only=regular:r "pid:$pid"
	assert_equal "$(jq -r 'select(.name != null) | .name' <<<"$output" | sort | xargs)" 'log new'
	# Descriptors of another process are shown without names, even if they have the same numbers.
	run fdpass show --json "pid:$BASHPID"
	assert_json 'select(.name != null)' ''
}

@test "if RLIMIT_FSIZE prevents hold from publishing the names, descriptors are stored and shown without names" {
	not_under valgrind "does not support pidfd_open"
	start keeper bash -c 'ulimit -f 1; exec "$@"' - "$FDPASS" hold -v "$dir/store"
	logged listening
	notify FDSTORE=1 /etc/hosts
	logged 'stored 1 descriptor as stored'
	run fdpass show "pid:$(pid_of keeper):file:/etc/hosts"
	assert_regex "$output" 'fd [0-9]+: regular file "/etc/hosts"'
	stop keeper
	assert_failure 143
}

@test "hold does not store a duplicate of a stored descriptor under the same name" {
	keeper
	exec 7</etc/hosts 8</etc/hosts
	notify $'FDSTORE=1\nFDNAME=a' 7 7
	logged 'stored 1 descriptor as a \(the others'
	notify $'FDSTORE=1\nFDNAME=a' 7 8
	notify $'FDSTORE=1\nFDNAME=b' 7
	logged 'as b'
	exec 7<&- 8<&-
	assert_equal "$(stored /etc/hosts)" 3
}

@test "FDSTOREREMOVE=1 removes and closes all stored descriptors with the given name" {
	keeper
	notify $'FDSTORE=1\nFDNAME=a' /etc/hosts /etc/passwd
	notify $'FDSTORE=1\nFDNAME=b' /etc/hosts
	notify $'FDSTOREREMOVE=1\nFDNAME=a'
	logged 'removed 2 descriptors named a'
	assert_equal "$(stored /etc/passwd)" 0
	assert_equal "$(stored /etc/hosts)" 1
	notify $'FDSTOREREMOVE=1\nFDNAME=a'
	logged 'no descriptor is named a'
	notify FDSTOREREMOVE=1
	logged 'FDSTOREREMOVE=1 needs a valid FDNAME='
}

@test "a stored descriptor is removed when it hangs up, unless it was stored with FDPOLL=0" {
	keeper
	start reader "$FDPASS" run pipe: -- bash -c '"$1" send -t dgram -d "$2" "$3" 4; exec 4>&- sleep 100' - \
	    "$FDPASS" $'FDSTORE=1\nFDNAME=polled' "$dir/store"
	logged 'as polled'
	fdpass run socketpair: -- "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=gone' "$dir/store" 3
	logged 'removed a descriptor named gone: hung up'
	fdpass run socketpair: -- "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=kept\nFDPOLL=0' "$dir/store" 3
	logged 'as kept'
	stop reader
	logged 'removed a descriptor named polled'
	assert_equal "$(grep -c 'named kept' "$dir/keeper.err")" 0
}

@test "hold refuses a message that exceeds --max-fds as a whole, and does not change the store" {
	keeper --max-fds=3 --max-fds=one:1
	notify $'FDSTORE=1\nFDNAME=one' /etc/hosts
	logged 'as one'
	notify $'FDSTORE=1\nFDNAME=one' /etc/passwd
	logged 'the store is full: the number of descriptors is 1, and the limit is 1 for the name one'
	notify $'FDSTORE=1\nFDNAME=x' /etc/passwd /etc/passwd /etc/passwd
	logged 'the store is full: the number of descriptors is 1, and the limit is 3'
	wait_until stored_is /etc/passwd 0
	assert_equal "$(stored /etc/hosts)" 1
	notify $'FDSTORE=1\nFDNAME=x' /etc/passwd /etc/passwd
	logged 'stored 2 descriptors as x'
}

@test "BARRIER=1 closes its descriptor after all earlier messages have been processed" {
	keeper
	exec {held}<> <(:)
	notify $'FDSTORE=1\nFDNAME=a' /etc/hosts
	exec {held}<&-
	run fdpass run pipe: -- bash -c "\"$FDPASS\" send -t dgram -d BARRIER=1 \"$dir/store\" 4 && exec 4>&- && cat <&3"
	assert_success
	assert_equal "$(stored /etc/hosts)" 1
	notify $'BARRIER=1\nREADY=1' /etc/passwd
	logged 'BARRIER=1 must be the only line'
	wait_until stored_is /etc/passwd 0
}

@test "lines that do not concern the store are forwarded to NOTIFY_SOCKET" {
	receive manager -t dgram --messages=3 "$dir/manager"
	NOTIFY_SOCKET=$dir/manager keeper
	notify $'STATUS=working\nFDSTORE=1\nMAINPID=1' /etc/hosts
	logged 'notification from pid .*: STATUS=working\\nMAINPID=1'
	notify WATCHDOG=1
	finish manager
	assert_json .data $'READY=1\nSTATUS=working\nMAINPID=1\nWATCHDOG=1'
	assert_equal "$(stored /etc/hosts)" 1
}

@test "notifications wait while NOTIFY_SOCKET is full, and are then forwarded once, in order, with the barrier's descriptor" {
	requires python3
	local most
	# More messages are sent than the receive queue of the socket can contain, but not more than the receive queue
	# and hold's own queue together can contain.
	most=$(($(cat /proc/sys/net/unix/max_dgram_qlen) + 100))
	mkfifo "$dir/go"
	start manager python3 -c 'import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1] + "/manager")
open(sys.argv[1] + "/go").close()
text = b""
while text != b"BARRIER=1":
    text, fds, _, _ = socket.recv_fds(manager, 4096, 1)
    print(text.decode(), len(fds), flush=True)' "$dir"
	wait_until test -S "$dir/manager"
	NOTIFY_SOCKET=$dir/manager keeper
	python3 -c 'import os, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as store:
    store.connect(sys.argv[1])
    for i in range(int(sys.argv[2])):
        store.send(b"STATUS=%d" % i)
    socket.send_fds(store, [b"BARRIER=1"], [os.open("/etc/hosts", os.O_RDONLY)])' "$dir/store" "$most"
	notify $'FDSTORE=1\nFDNAME=after' /etc/passwd
	logged 'stored 1 descriptor as after'
	: >"$dir/go"
	finish manager
	assert_equal "$(cat "$dir/manager.out")" "$(printf 'READY=1 0\n' && seq -f 'STATUS=%.0f 0' 0 $((most - 1)) && printf 'BARRIER=1 1\n')"
	wait_until stored_is /etc/hosts 0
	notify $'FDSTOREREMOVE=1\nFDNAME=after'
	logged 'removed 1 descriptor'
}

@test "hold closes the descriptors of a message without FDSTORE=1" {
	keeper
	notify READY=1 /etc/hosts
	logged 'a message with 1 descriptor has no line FDSTORE=1: closed'
	wait_until stored_is /etc/hosts 0
}

@test "hold --require refuses descriptors of other kinds, and hold --allow-uid refuses senders of other users" {
	keeper --require=regular,pipe
	notify FDSTORE=1 /dev/null
	logged 'refused: descriptor 1 of the message is (a )?char-device'
	notify FDSTORE=1 /etc/hosts
	logged 'stored 1'
	stop keeper
	requires_root
	keeper --allow-uid=65534 --mode=666
	notify FDSTORE=1 /etc/hosts
	logged 'refused: the sender .*uid 0.* is not allowed'
	assert_equal "$(stored /etc/hosts)" 0
}

@test "at each start, COMMAND of hold gets the listening socket that hold inherited from run" {
	fdpass_start keeper "$FDPASS" run tcp-listen:127.0.0.1:0=web -- \
	    "$FDPASS" hold --restart=always "$dir/store" -- \
	    bash -c 'echo "$LISTEN_FDNAMES $(readlink /proc/$$/fd/3)" >>"'"$dir"'/printed"; (($(wc -l <"'"$dir"'/printed") > 1)) && exec sleep 100'
	wait_until eval '(($(wc -l <"$dir/printed") == 2))'
	stop keeper
	assert_regex "$(sort -u "$dir/printed")" '^web socket:[[][0-9]+[]]$'
}

@test "hold stores the descriptors from LISTEN_FDS when it starts" {
	start keeper "$FDPASS" run /etc/hosts=web /etc/passwd=log -- "$FDPASS" hold -v "$dir/store" -- \
	    bash -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES"; exec sleep 100'
	logged 'started bash as process [0-9]* with 2 descriptors'
	wait_until fdpass_has_line "$dir/keeper.out" '^2 web:log$'
}

# --- COMMAND

@test "at each start, COMMAND of hold gets the stored descriptors from number 3 up, with their names" {
	expects_messages
	service --restart=on-failure '
		echo "$LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID == $$)) $(readlink /proc/$$/fd/3 /proc/$$/fd/4)" >>"'"$dir"'/printed"
		[[ -z $LISTEN_FDS ]] || exit 0
		"'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=a'"' env:NOTIFY_SOCKET /etc/hosts
		"'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=b'"' env:NOTIFY_SOCKET /etc/passwd
		exit 1'
	finish keeper
	assert_success
	assert_regex "$(cat "$dir/printed")" '2 a:b 1 /etc/hosts
/etc/passwd$'
}

@test "hold --restart=on-failure restarts COMMAND only after a failure, and --restart=always after every exit" {
	expects_messages
	run fdpass hold @hold-$$ -- sh -c 'exit 7'
	assert_failure 7
	run fdpass hold --restart=on-failure @hold-$$ -- sh -c 'exit 0'
	assert_success
	run fdpass hold --restart=on-failure @hold-$$ -- sh -c 'kill $$'
	assert_failure 143
	service --restart=on-failure 'kill -KILL $$'
	logged 'killed by signal 9 .*: restart in 0.2'
	stop keeper
	service --restart=always 'exit 0'
	logged 'exited with status 0: restart in 0.1'
	logged 'exited with status 0: restart in 0.2'
	logged 'exited with status 0: restart in 0.4'
	stop keeper
}

@test "hold exits if COMMAND cannot be executed, with every --restart" {
	run -127 fdpass hold --restart=always "$dir/store" -- "$dir/nothing"
	assert_error 127 'nothing: No such file or directory'
	run fdpass hold --restart=always "$dir/store" -- "$dir"
	assert_error 126 'Permission denied'
	[[ ! -e $dir/store ]]
}

@test "hold prints a warning if no descriptor is free to restart COMMAND, and stays running" {
	local pid
	requires prlimit
	not_under valgrind "opens descriptors itself"
	expects_messages
	service --restart=always 'echo "pid $$"; exec sleep 100'
	wait_until fdpass_has_line "$dir/keeper.out" '^pid [0-9]+$'
	pid=$(sed -n 's/^pid //p' "$dir/keeper.out")
	prlimit --pid "$(pid_of keeper)" --nofile=3:
	kill -KILL "$pid"
	logged 'cannot start bash: Too many open files$'
	stop keeper
	[[ ! -e $dir/store ]]
}

@test "hold forwards signals to COMMAND and exits with the status of COMMAND" {
	service --restart=always 'trap "echo usr2" USR2; trap "echo term; exit 5" TERM; echo up; while :; do sleep 0.1; done'
	wait_until fdpass_has_line "$dir/keeper.out" up
	kill -USR2 "$(pid_of keeper)"
	wait_until fdpass_has_line "$dir/keeper.out" usr2
	stop keeper
	assert_failure 5
	assert_regex "$output" term
}

@test "after Ctrl-C, hold prints that it waits for COMMAND, and does not wait for a delayed restart" {
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run timeout --foreground -s KILL 60 "${PEER%/*}/keyboard" expect=ready type='\x03' \
	    expect='stopping: waiting for sh (process ' sh="kill -KILL \$(cat '$dir/pid')" -- \
	    "$FDPASS" hold "$dir/s" -- sh -c 'trap "" INT; echo $$ >"$0"; echo ready; exec sleep 100' "$dir/pid" 3>&- 4>&-
	assert_failure 137
	run timeout --foreground -s KILL 60 "${PEER%/*}/keyboard" expect='restart in 1.6 s' type='\x03' -- \
	    "$FDPASS" hold -v --restart=always "$dir/s" -- false 3>&- 4>&-
	assert_failure 1
	refute_regex "${output##*restart in 1.6 s}" started
}

@test "SIGHUP restarts COMMAND once, with its stored descriptors" {
	service '
		echo "pid $$ $LISTEN_FDNAMES"
		[[ -n $LISTEN_FDS ]] || "'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=a'"' env:NOTIFY_SOCKET /etc/hosts
		exec sleep 100'
	logged 'stored 1 descriptor as a'
	kill -HUP "$(pid_of keeper)"
	wait_until fdpass_has_line "$dir/keeper.out" 'pid [0-9]* a'
	stop keeper
	assert_failure 143
	assert_equal "${#lines[@]}" 2
}

@test "hold forwards READY=1 from COMMAND, and then writes a newline to --ready-fd" {
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

@test "only COMMAND and its descendants can send to the private NOTIFY_SOCKET" {
	service 'echo "$NOTIFY_SOCKET" >"'"$dir"'/address"; exec sleep 100'
	wait_until test -s "$dir/address"
	# The peer does not exit until hold has closed the descriptor, so that hold can inspect the sender.
	run peer -t dgram "$(cat "$dir/address")" data='FDSTORE=1' held send released
	assert_success
	logged 'refused: the sender is neither the command nor a descendant'
}

@test "COMMAND of hold inherits only requested descriptors, and the signal mask and actions that hold inherited" {
	exec 6</etc/hosts
	run --separate-stderr fdpass hold "$dir/store" -- "$PEER" fds
	assert_success
	assert_equal "${#lines[@]}" 3
	run --separate-stderr fdpass hold --inherit=6 "$dir/store" -- "$PEER" fds
	assert_regex "$output" '6 /etc/hosts'
	run fdpass hold "$dir/store" -- grep -E '^Sig(Blk|Ign)' /proc/self/status
	assert_equal "$output" "$(grep -E '^Sig(Blk|Ign)' /proc/self/status)"
	exec 6<&-
}

@test "hold changes WATCHDOG_PID to the process ID of COMMAND only if WATCHDOG_PID contains the process ID of hold" {
	local pid watchdog
	# shellcheck disable=SC2016 # the inner shell expands the variables
	fdpass_start keeper bash -c 'WATCHDOG_PID=$$ exec "$@"' - "$FDPASS" hold "$dir/store" -- \
	    bash -c 'echo $$ $WATCHDOG_PID >"$0"; exec sleep 100' "$dir/printed"
	wait_until test -s "$dir/printed"
	read -r pid watchdog <"$dir/printed"
	assert_equal "$watchdog" "$pid"
	stop keeper
	# shellcheck disable=SC2016
	WATCHDOG_PID=1 run fdpass hold "$dir/store" -- bash -c 'echo $WATCHDOG_PID'
	assert_success
	assert_output 1
}

@test "hold raises its soft limit on open files, and COMMAND gets the original limit, or more if it needs more" {
	not_under valgrind "uses more descriptors than the test expects"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	fdpass_start keeper bash -c 'ulimit -Sn 60; exec "$@"' - "$FDPASS" hold -v --restart=always "$dir/store" -- \
	    bash -c 'echo "$LISTEN_FDS:$(ulimit -Sn)" >>"$0"; exec sleep 100' "$dir/printed"
	printed '^:60$'
	# shellcheck disable=SC2046 # word splitting is intended
	notify FDSTORE=1 $(printf '/etc/hosts %.0s' {1..200})
	logged 'stored 200 descriptors as stored'
	pkill -P "$(pid_of keeper)" sleep
	printed '^200:'
	(($(sed -n 's/^200://p' "$dir/printed") >= 203))
	stop keeper
	assert_failure
}

# The process that closes descriptors for hold, also named fdpass, is not counted.
has_one_child() {
	local pid count=0
	for pid in $(pgrep -P "$1"); do
		[[ $(cat "/proc/$pid/comm") == fdpass ]] || count=$((count + 1))
	done
	[[ $count == 1 ]]
}

@test "hold as process 1 of a container reaps orphans and terminates at SIGTERM" {
	requires_root
	requires unshare
	start keeper unshare --pid --fork --kill-child --mount-proc "$FDPASS" hold -v "$dir/store" -- \
	    bash -c 'for i in 1 2 3; do (sleep 0 & exec true) & done; wait; echo spawned; exec sleep 100'
	wait_until fdpass_has_line "$dir/keeper.out" spawned
	local init
	init=$(pgrep -P "$(pid_of keeper)")
	wait_until has_one_child "$init"
	kill "$init"
	finish keeper
	assert_failure 143
}

@test "hold reports usage errors" {
	run fdpass hold
	assert_error 125 'missing ADDRESS'
	run fdpass hold "$dir/store" sleep
	assert_error 125 "unexpected operand 'sleep'"
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
	run fdpass hold --max-fds=web:1 --max-fds=we:1 --max-fds=web:2 "$dir/store"
	assert_error 125 "--max-fds was specified twice for the name 'web'"
	run fdpass hold --max-fds=3 --max-fds=web:1 --max-fds=4 "$dir/store"
	assert_error 125 '--max-fds was specified twice \('
}

# --- stream and seqpacket

# send_request LINES [ARG...]: sends a request and prints the reply.
send_request() {
	fdpass recv -c --data=- --send="$1" "$dir/store" "${@:2}"
}

# store LINES DESCRIPTOR...: sends descriptors to a stream or seqpacket store, and prints the reply.
store() {
	fdpass send --reply=- -d "$1" "$dir/store" "${@:2}"
}

# store_many NAME COUNT: stores COUNT descriptors with one request.
store_many() {
	# shellcheck disable=SC2046 # word splitting is intended
	fdpass run $(printf '/etc/passwd %.0s' $(seq "$2")) -- bash -c \
	    '"$1" send --reply=- -d "$2" "$3" $(seq 3 $(($4 + 2)))' - "$FDPASS" $'FDSTORE=1\nFDNAME='"$1" "$dir/store" "$2"
}

@test "hold replies to each request on stream and seqpacket sockets" {
	expects_messages
	local type request
	for type in stream seqpacket; do
		keeper -t $type
		run store $'FDSTORE=1\nFDNAME=web' /etc/hosts /etc/passwd
		assert_equal "$output" $'ERRNO=0\nSTATUS=stored 2 descriptors as web'
		run send_request FDLIST=1
		assert_equal "$(jq -r '[.name, .kind, .path] | join(" ")' <<<"$output")" \
		    $'web regular /etc/hosts\nweb regular /etc/passwd'
		run fdpass recv -c --send=$'FDGET=1\nFDNAME=web' --data=env:DATA "$dir/store" \
		    sh -c 'readlink /proc/self/fd/3 /proc/self/fd/4; echo "$DATA"'
		assert_success
		assert_equal "$output" $'/etc/hosts\n/etc/passwd\nLISTEN_FDNAMES=web:web'
		run send_request $'FDGET=1\nFDNAME=other'
		assert_regex "$output" 'ERRNO=2
STATUS=no descriptor is named other'
		run send_request FDGET=1
		assert_regex "$output" 'LISTEN_FDNAMES=web:web'
		run store FDSTOREREMOVE=1
		assert_regex "$output" ERRNO=22
		run store $'FDSTOREREMOVE=1\nFDNAME=web'
		assert_equal "$output" $'ERRNO=0\nSTATUS=removed 2 descriptors named web'
		run send_request FDLIST=1
		assert_success
		assert_equal "$output" ""
		run store STATUS=fine
		assert_equal "$output" ERRNO=0
		for request in FDLSIT=1 $'FDGTE=1\nFDNAME=web' hello; do
			run send_request "$request"
			assert_regex "$output" $'^ERRNO=22\nSTATUS=unknown request: '"${request%%$'\n'*}"'$'
		done
		run fdpass send --reply=- "$dir/store" /etc/hosts
		assert_equal "$output" $'ERRNO=22\nSTATUS=descriptors were sent without FDSTORE=1'
		run store 'FDSTORE=1'
		assert_regex "$output" ERRNO=9
		run store $'FDSTORE=1\nFDNAME=a:b' /etc/hosts
		assert_regex "$output" ERRNO=22
		run store FDTAKE=1
		assert_regex "$output" ERRNO=22
		assert_equal "$(stored /etc/hosts)" 0
		stop keeper
	done
}

lists_nothing() {
	[[ -z $(send_request FDLIST=1) ]]
}

@test "FDTAKE=1 removes only the descriptors that the client received" {
	local type
	for type in stream seqpacket; do
		keeper -t $type
		store $'FDSTORE=1\nFDNAME=a' /etc/hosts
		# The client does not read the reply. Meanwhile, no other client can get the descriptors that the client
		# requested.
		start_peer taker -t $type "$dir/store" data='FDTAKE=1\nFDNAME=a' send wait
		wait_until lists_nothing
		stop taker KILL
		logged 'did not receive the descriptors that it took: 1 descriptor returned to the store'
		run send_request FDLIST=1
		assert_regex "$output" '"name":"a"'
		run fdpass recv -c --send=$'FDTAKE=1\nFDNAME=a' "$dir/store" sh -c 'readlink /proc/self/fd/3'
		assert_regex "$output" /etc/hosts
		logged 'took 1 descriptor named a'
		run send_request $'FDTAKE=1\nFDNAME=a'
		assert_regex "$output" ERRNO=2
		wait_until stored_is /etc/hosts 0
		stop keeper
	done
}

@test "hold refuses a request of 16384 bytes, and answers a shorter request" {
	local type
	expects_messages
	head -c 16384 /dev/zero | tr '\0' a >"$dir/long"
	head -c 16383 "$dir/long" >"$dir/short"
	for type in stream seqpacket; do
		keeper -t "$type"
		run fdpass send --reply=- -t "$type" -d @"$dir/long" "$dir/store"
		assert_equal "$output" $'ERRNO=90\nSTATUS=the request is longer than 16384 bytes'
		logged 'refused a request from pid .*: the request is longer than 16384 bytes$'
		run fdpass send --reply=- -t "$type" -d @"$dir/short" "$dir/store"
		assert_regex "$output" '^ERRNO=22'$'\n''STATUS=unknown request: a'
		stop keeper
	done
}

@test "after a time limit, hold answers an incomplete request from a client that keeps its connection open" {
	requires python3
	expects_messages
	keeper -t stream
	run timeout "$FDPASS_LIMIT" python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.send(b"FDNAME=a")
print(s.recv(100).decode())' "$dir/store"
	assert_regex "$output" '^ERRNO=22'$'\n''STATUS='
	stop keeper
}

@test "hold stores and returns more descriptors than fit into one message by using several messages" {
	local type
	for type in stream seqpacket; do
		keeper -t $type --max-fds=1000
		run store_many many 600
		assert_equal "$output" $'ERRNO=0\nSTATUS=stored 600 descriptors as many'
		run fdpass recv -c --send=$'FDGET=1\nFDNAME=many' -n 600 "$dir/store" \
		    sh -c 'echo $FDPASS_COUNT'
		assert_regex "$output" '^600$|
600$'
		run send_request FDLIST=1
		assert_equal "$(grep -c '"name":"many"' <<<"$output")" 600
		stop keeper
	done
}

@test "only root and the owner of the store can list, get and take descriptors" {
	expects_messages
	requires_root
	keeper -t stream --mode=666
	chmod 755 "$dir"
	run fdpass run --setenv=A=b /dev/null -- setpriv --reuid=65533 --clear-groups "$FDPASS" send --reply=- \
	    -d $'FDSTORE=1\nFDNAME=theirs' "$dir/store" 3
	assert_equal "$output" $'ERRNO=0\nSTATUS=stored 1 descriptor as theirs'
	local request
	for request in FDLIST=1 FDGET=1 $'FDTAKE=1\nFDNAME=theirs'; do
		run setpriv --reuid=65533 --clear-groups "$FDPASS" recv -c --data=- --send="$request" "$dir/store"
		assert_regex "$output" 'ERRNO=1
STATUS=.* is permitted only for root and the owner of the store'
	done
	run send_request FDLIST=1
	assert_regex "$output" '"name":"theirs"'
	stop keeper
	keeper -t stream --mode=666 --allow-uid=0
	run setpriv --reuid=65533 --clear-groups "$FDPASS" send --reply=- -d STATUS=x "$dir/store"
	refute_regex "$output" ERRNO=0
	logged 'refused: the sender .*uid 65533'
	stop keeper
	keeper -t stream --owner=65533
	run setpriv --reuid=65533 --clear-groups "$FDPASS" recv -c --data=- --send=FDLIST=1 "$dir/store"
	assert_success
	assert_equal "$output" ""
}

# as_other_user REQUEST [DESCRIPTOR...]: sends a request as user 65534, and prints the reply.
as_other_user() {
	chmod 755 "$dir"
	setpriv --reuid=65534 --clear-groups "$FDPASS" send --reply=- -d "$1" "$dir/store" "${@:2}"
}

@test "a user who does not own the store can remove only descriptors that the same user stored" {
	expects_messages
	requires_root
	keeper -t stream --mode=666
	store $'FDSTORE=1\nFDNAME=secret' /etc/hosts
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=secret'
	assert_equal "$output" $'ERRNO=2\nSTATUS=no descriptor is named secret'
	assert_equal "$(stored /etc/hosts)" 1
	run as_other_user $'FDSTORE=1\nFDNAME=theirs' /etc/passwd
	assert_regex "$output" ERRNO=0
	store $'FDSTORE=1\nFDNAME=theirs' /etc/hosts
	run setpriv --reuid=65533 --clear-groups "$FDPASS" send --reply=- -d $'FDSTOREREMOVE=1\nFDNAME=theirs' "$dir/store"
	assert_equal "$output" $'ERRNO=2\nSTATUS=no descriptor is named theirs'
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=theirs'
	assert_equal "$output" $'ERRNO=0\nSTATUS=removed 1 descriptor named theirs'
	assert_equal "$(stored /etc/hosts)$(stored /etc/passwd)" 20
	run as_other_user $'FDSTORE=1\nFDNAME=more' /etc/passwd
	run store $'FDSTOREREMOVE=1\nFDNAME=more'
	assert_equal "$output" $'ERRNO=0\nSTATUS=removed 1 descriptor named more'
	stop keeper
	keeper --mode=666
	notify $'FDSTORE=1\nFDNAME=secret' /etc/hosts
	setpriv --reuid=65534 --clear-groups "$FDPASS" send -t dgram -d $'FDSTOREREMOVE=1\nFDNAME=secret' "$dir/store"
	logged 'message from pid [0-9]+, uid 65534: no descriptor is named secret'
	assert_equal "$(stored /etc/hosts)" 1
}

@test "a user who does not own the store cannot store under the name of another user" {
	expects_messages
	requires_root
	keeper -t stream --mode=666 --owner=65533
	store $'FDSTORE=1\nFDNAME=web' /etc/hosts
	run as_other_user $'FDSTORE=1\nFDNAME=web' /etc/passwd
	assert_equal "$output" $'ERRNO=1\nSTATUS=the name is in use by another user'
	assert_equal "$(stored /etc/passwd)" 0
	run setpriv --reuid=65533 --clear-groups "$FDPASS" send --reply=- -d $'FDSTORE=1\nFDNAME=web' "$dir/store" /etc/passwd
	assert_regex "$output" ERRNO=0
	run as_other_user $'FDSTORE=1\nFDNAME=theirs' /etc/group
	run as_other_user $'FDSTORE=1\nFDNAME=theirs' /etc/group
	assert_regex "$output" ERRNO=0
	assert_equal "$(stored /etc/group)" 2
	stop keeper
	keeper --mode=666
	notify $'FDSTORE=1\nFDNAME=web' /etc/hosts
	setpriv --reuid=65534 --clear-groups "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=web' "$dir/store" /etc/passwd
	logged 'uid 65534: the name is in use by another user'
	wait_until stored_is /etc/passwd 0
}

@test "all users who do not own the store can together store at most half of --max-fds" {
	expects_messages
	requires_root
	keeper -t stream --mode=666 --max-fds=4
	run as_other_user $'FDSTORE=1\nFDNAME=a' /etc/hosts /etc/hosts /etc/hosts
	assert_equal "$output" 'ERRNO=54
STATUS=the store is full: the number of descriptors is 0, and the limit is 2 for all users who do not own it'
	run as_other_user $'FDSTORE=1\nFDNAME=a' /etc/hosts /etc/hosts
	assert_regex "$output" ERRNO=0
	run setpriv --reuid=65533 --clear-groups "$FDPASS" send --reply=- -d $'FDSTORE=1\nFDNAME=b' "$dir/store" /etc/hosts
	assert_regex "$output" '^ERRNO=54'
	run store $'FDSTORE=1\nFDNAME=c' /etc/passwd /etc/passwd
	assert_regex "$output" ERRNO=0
}

@test "a handover preserves the user of each stored descriptor" {
	expects_messages
	requires_root
	keeper -t stream --mode=666
	store $'FDSTORE=1\nFDNAME=a' /etc/hosts
	run as_other_user $'FDSTORE=1\nFDNAME=b' /etc/passwd
	run as_other_user $'FDSTORE=1\nFDNAME=c' /etc/passwd
	kill -USR1 "$(pid_of keeper)"
	logged 'continued with 3 descriptors'
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=2
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=b'
	assert_regex "$output" ERRNO=0
	start_ready second hold --replace "$dir/store"
	finish keeper
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=2
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=c'
	assert_regex "$output" ERRNO=0
	stop second
}

@test "descriptors from LISTEN_FDS, and those for which the handover state has no user, belong to the user of hold" {
	expects_messages
	requires_root
	printf 'listener 3 1 0 1 0\nstored 4 1 =61\nend\n' >"$dir/state"
	start keeper "$FDPASS" run "unix-listen:$dir/store" /etc/hosts -- bash -c \
	    'exec 9<"$1"; chmod 666 "$2"; FDPASS_HOLD_STATE=9 exec "$0" hold -v "$2"' "$FDPASS" "$dir/state" "$dir/store"
	logged 'continued with 1 descriptor'
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=2
	run store $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=0
	stop keeper
	rm -f "$dir/store"
	start keeper "$FDPASS" run /etc/hosts=a -- "$FDPASS" hold -v -t stream --mode=666 "$dir/store"
	wait_until listens "$dir/store"
	run as_other_user $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=2
	run store $'FDSTOREREMOVE=1\nFDNAME=a'
	assert_regex "$output" ERRNO=0
}

@test "a refused request on a stream socket is also logged, because clients may ignore the reply" {
	start_ready keeper hold -t stream --max-fds=1 --require=regular "$dir/store"
	fdpass send -d FDSTORE=1 "$dir/store" /etc/hosts
	fdpass send -d FDSTORE=1 "$dir/store" /etc/passwd
	logged 'refused a request from pid [0-9]+, uid [0-9]+: the store is full: the number of descriptors is 1, and the limit is 1'
	fdpass send -d FDSTORE=1 "$dir/store" /dev/null
	logged 'refused a request from pid [0-9]+, uid [0-9]+: refused: descriptor 1'
	send_request $'FDGET=1\nFDNAME=none'
	store FDSTOREREMOVE=1
	assert_equal "$(wc -l <"$dir/keeper.err")" 2
}

@test "hold replies with ERRNO= if --require or --max-fds refuses a request on a stream socket" {
	keeper -t stream --require=regular --max-fds=1
	run store FDSTORE=1 /dev/null
	assert_regex "$output" '^ERRNO=1
STATUS=refused: descriptor 1'
	run store FDSTORE=1 /etc/hosts /etc/passwd
	assert_regex "$output" '^ERRNO=54
STATUS='
	run store FDSTORE=1 /etc/hosts
	assert_regex "$output" ERRNO=0
	run store FDSTORE=1 /etc/passwd
	assert_regex "$output" 'ERRNO=54
STATUS=the store is full: the number of descriptors is 1, and the limit is 1'
}

@test "a client of hold that sends nothing, or does not read, does not delay other clients" {
	keeper -t stream --max-fds=2000
	store_many many 600
	start_peer silent "$dir/store" wait
	start_peer greedy "$dir/store" data='FDLIST=1' send wait
	start_peer grabber "$dir/store" data='FDGET=1' send wait
	run send_request FDLIST=1
	assert_success
	run store STATUS=x
	assert_equal "$output" ERRNO=0
	logged 'timed out and was disconnected'
	finish silent
}

@test "hold closes idle connections when the limit on clients is reached" {
	requires python3
	keeper -t stream
	start silent python3 -c 'import socket, sys, time
held = [socket.socket(socket.AF_UNIX) for i in range(300)]
for one in held:
    one.connect(sys.argv[1])
print("connected", flush=True)
time.sleep(100)' "$dir/store"
	wait_until fdpass_has_line "$dir/silent.out" connected
	run send_request FDLIST=1
	assert_success
	assert_equal "$output" ""
	logged 'was disconnected to accept another client'
	stop silent
}

@test "FDLIST=1 lists only the name of a descriptor whose description is longer than 256 KiB" {
	requires python3
	(($(ulimit -Hn) >= 9000)) || skip "the limit on open files is too low"
	keeper -t stream
	start sender python3 -c 'import os, resource, select, socket, sys, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
epoll = select.epoll()
one = os.pipe()[0]
for i in range(8000):
    epoll.register(os.dup(one), select.EPOLLIN)
with socket.socket(socket.AF_UNIX) as store:
    store.connect(sys.argv[1])
    socket.send_fds(store, [b"FDSTORE=1\nFDNAME=big"], [epoll.fileno()])
time.sleep(100)' "$dir/store"
	logged 'stored 1 descriptor as big'
	run send_request FDLIST=1
	assert_success
	assert_json 'del(.fd)' '{"name":"big","name_base64":null}'
	assert_json '.fd > 2' true
}

# errors: prints the times, in ms, at which accept4(2) of hold failed because of the limit on open files.
errors() {
	sed -n 's/^[0-9]* *\([0-9]*\)\.\([0-9][0-9][0-9]\).* EMFILE .*/\1\2/p' "$dir/trace"
}

@test "at its limit on open files, hold does not retry accept4(2) in a loop, and accepts clients after others disconnect" {
	requires strace python3
	not_under valgrind "uses more descriptors"
	not_under qemu "cannot be traced"
	# LeakSanitizer does not work under strace.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	# shellcheck disable=SC2016 # the inner shell expands the variables
	fdpass_start keeper bash -c 'ulimit -n 40; exec "$@"' - \
	    strace -D -ttt -f -e trace=accept4 -o "$dir/trace" "$FDPASS" hold -t stream --max-fds=9 "$dir/store"
	wait_until listens "$dir/store"
	start silent python3 -c 'import socket, sys, time
clients = [socket.socket(socket.AF_UNIX) for i in range(40)]
for client in clients:
    client.connect(sys.argv[1])
time.sleep(100)' "$dir/store"
	wait_until eval '(($(errors | wc -l) >= 3))'
	local -a times
	mapfile -t times < <(errors)
	((times[2] - times[0] >= 150))
	stop silent || true
	run send_request FDLIST=1
	assert_success
}

# python3 -c "$lingering" ADDRESS TEXT COUNT [TYPE]: sends COUNT sockets whose last close takes 20 seconds.
lingering='import socket, struct, sys, time
for i in range(int(sys.argv[3])):
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 20))
    client.connect(server.getsockname())
    client.setblocking(False)
    try:
        while True:
            client.send(bytes(65536))
    except BlockingIOError:
        pass
    client.setblocking(True)
    sent = False
    while not sent:
        with socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + (sys.argv[4:] or ["dgram"])[0].upper())) as store:
            store.connect(sys.argv[1])
            # A stream or seqpacket client sends the descriptor after a complete request, so hold closes the connection
            # while the descriptor is in the receive queue.
            if sys.argv[4:]:
                store.send(b"FDLIST=1")
            try:
                sent = socket.send_fds(store, [sys.argv[2].encode()], [client.fileno()]) > 0
            except BrokenPipeError:
                pass
    # After the close, hold has the last reference to the socket "client", whose peer "server" never reads.
    client.close()
    server.detach()
print("sent", flush=True)
time.sleep(100)'

@test "stored descriptors whose last close blocks do not make hold delay messages or signals" {
	requires python3
	not_under valgrind "does not support helper processes"
	keeper
	start sender python3 -c "$lingering" "$dir/store" $'FDSTORE=1\nFDNAME=slow\nFDPOLL=0' 5
	wait_until fdpass_has_line "$dir/sender.out" sent
	logged 'stored 1 descriptor as slow'
	notify $'FDSTOREREMOVE=1\nFDNAME=slow'
	local begun=$SECONDS
	notify $'FDSTORE=1\nFDNAME=next' /etc/hosts
	logged 'stored 1 descriptor as next'
	stop keeper
	assert_failure 143
	((SECONDS - begun < 5))
}

@test "an idle hold process has no child, and no open descriptors in addition to the stored descriptors" {
	not_under valgrind "does not support helper processes"
	keeper
	local before
	before=$(open_fds)
	fdpass run socketpair: -- "$FDPASS" send -t dgram -d $'FDSTORE=1\nFDNAME=pair\nFDPOLL=0' "$dir/store" 3 /etc/hosts
	logged 'stored 2 descriptors as pair'
	wait_until eval '[[ $(open_fds) == '"$((before + 2))"' ]]'
	notify $'FDSTOREREMOVE=1\nFDNAME=pair'
	logged 'removed 2 descriptors'
	wait_until eval '! pgrep -P "$(pid_of keeper)" >"$dir/children"'
	wait_until eval '[[ $(open_fds) == '"$before"' ]]'
}

@test "refused descriptors whose last close blocks do not make hold delay messages or signals" {
	requires python3
	not_under valgrind "does not support helper processes"
	keeper --require=regular
	# hold is stopped and does not receive the descriptors, so the sender closes its copies first.
	kill -STOP "$(pid_of keeper)"
	start sender python3 -c "$lingering" "$dir/store" $'FDSTORE=1\nFDNAME=slow' 3
	wait_until fdpass_has_line "$dir/sender.out" sent
	kill -CONT "$(pid_of keeper)"
	local begun=$SECONDS
	logged 'only regular is allowed'
	notify $'FDSTORE=1\nFDNAME=next' /etc/hosts
	logged 'stored 1 descriptor as next'
	stop keeper
	assert_failure 143
	((SECONDS - begun < 10))
}

@test "hold processes messages and signals while standard error is a full pipe" {
	mkfifo "$dir/err"
	exec 6<>"$dir/err"
	start keeper sh -c 'exec "$@" 2>&6 6>&-' sh "$FDPASS" hold -v "$dir/store"
	wait_until test -S "$dir/store"
	# The pipe has space for one more page, but not for a long message with escape sequences.
	head -c 57344 /dev/zero >&6
	notify "STATUS=$(head -c 4000 /dev/zero | tr '\0' '\1')"
	notify FDSTORE=1 /etc/hosts
	wait_until stored_is /etc/hosts 1
	stop keeper
	exec 6>&-
	assert_failure 143
	[[ ! -e $dir/store ]]
}

@test "descriptors that a client sends after its request to hold do not delay other clients, even if closing them blocks" {
	requires python3
	not_under valgrind "does not support helper processes"
	local begun type
	for type in stream seqpacket; do
		keeper -t $type
		begun=$SECONDS
		kill -STOP "$(pid_of keeper)"
		start sender python3 -c "$lingering" "$dir/store" more 8 $type
		wait_until fdpass_has_line "$dir/sender.out" sent
		kill -CONT "$(pid_of keeper)"
		run fdpass recv -t $type --timeout=15 --connect --send=FDLIST=1 --json "$dir/store"
		assert_success
		stop keeper
		assert_failure 143
		((SECONDS - begun < 15))
		stop sender || true
	done
}

# --- servers

LOAD=${builddir:-$top/build}/tests/peers/load

starts() { # N
	(($(grep -c 'started python3' "$dir/keeper.err") >= $1))
}

kill_last_server() {
	pid=$(sed -n 's/.*started python3 as process \([0-9]*\).*/\1/p' "$dir/keeper.err" | tail -n 1)
	kill -USR1 "$pid" 2>/dev/null
}

# For a longer test, set KILLS=50 and REQUESTS=20000.
@test "no request fails while a server that stores its sockets is killed repeatedly" {
	requires python3
	local kills=${KILLS:-10} requests=${REQUESTS:-4000} i address pid
	export FDPASS_LIMIT=60
	address=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).1
	start_ready keeper hold -v --restart=always "$dir/store" -- \
	    python3 "$top/tests/peers/storeweb.py" "$address" 18081 ok
	start load "$LOAD" "$address" 18081 8 100
	for ((i = 1; i <= kills; i++)); do
		wait_until done_requests $((requests * i / (kills + 1)))
		# Repeated, because the SIGHUP of the previous round may have terminated a server that hold has already
		# restarted.
		wait_until kill_last_server
		wait_until eval '! kill -0 '"$pid"' 2>/dev/null'
		# SIGHUP makes hold restart the server at once, without the delay after a crash.
		kill -HUP "$(pid_of keeper)"
		wait_until starts $((i + 1))
	done
	wait_until done_requests "$requests"
	stop load
	echo "# ${lines[-1]}" >&3
	assert_success
	assert_regex "${lines[-1]}" ' 0 failed'
	stop keeper
}

# --- replacing the process

@test "SIGUSR1 makes hold execute itself again and keep all descriptors" {
	local type
	for type in dgram stream; do
		keeper -t $type --max-fds=2000
		exec 7</etc/hosts
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=a\nFDPOLL=0' "$dir/store" 7 /etc/passwd
		logged 'stored 2 descriptors as a'
		kill -USR1 "$(pid_of keeper)"
		logged 'continued with 2 descriptors'
		assert_equal "$(stored /etc/hosts)$(stored /etc/passwd)" 11
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=a' "$dir/store" 7
		logged 'stored 0 descriptors as a'
		exec 7<&-
		kill -USR1 "$(pid_of keeper)"
		wait_until eval '(($(grep -c "continued with" "$dir/keeper.err") == 2))'
		fdpass send -t $type -d $'FDSTOREREMOVE=1\nFDNAME=a' "$dir/store"
		logged 'removed 2 descriptors'
		stop keeper
		assert_failure 143
		[[ ! -e $dir/store ]]
	done
}

@test "at SIGUSR1, hold keeps COMMAND running, and the new process image can restart and terminate COMMAND" {
	not_under valgrind "changes the limit on open files"
	service --restart=always 'echo "pid $$ $LISTEN_FDNAMES"; echo "limit $(ulimit -Sn) mask $(grep SigBlk "/proc/$$/status")"
		[[ -n $LISTEN_FDS ]] || "'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=a'"' env:NOTIFY_SOCKET /etc/hosts
		trap "kill %1; exit 9" TERM
		sleep 100 & wait'
	logged 'stored 1 descriptor as a'
	local first
	first=$(sed -n 's/pid \([0-9]*\).*/\1/p' "$dir/keeper.out")
	kill -USR1 "$(pid_of keeper)"
	logged 'continued with 1 descriptor'
	kill -0 "$first"
	kill -KILL "$first"
	wait_until fdpass_has_line "$dir/keeper.out" 'pid [0-9]* a'
	wait_until eval '(($(grep -c ^limit "$dir/keeper.out") == 2))'
	assert_equal "$(grep ^limit "$dir/keeper.out" | uniq | wc -l)" 1
	kill -USR1 "$(pid_of keeper)"
	wait_until eval '(($(grep -c "continued with" "$dir/keeper.err") == 2))'
	stop keeper
	assert_failure 9
}

@test "after SIGUSR1, hold keeps using NOTIFY_SOCKET and the limits of --max-fds" {
	receive manager -t dgram --messages=3 "$dir/manager"
	NOTIFY_SOCKET=$dir/manager keeper --max-fds=9 --max-fds=one:1
	notify $'FDSTORE=1\nFDNAME=one' /etc/hosts
	logged 'stored 1 descriptor as one'
	kill -USR1 "$(pid_of keeper)"
	logged 'continued with 1 descriptor'
	notify STATUS=after
	notify $'FDSTORE=1\nFDNAME=one' /etc/passwd
	logged 'the number of descriptors is 1, and the limit is 1 for the name one'
	notify STATUS=last
	finish manager
	assert_json .data $'READY=1\nSTATUS=after\nSTATUS=last'
}

@test "a handover of hold is complete even if the descriptors do not fit into one message" {
	expects_messages
	keeper --max-fds=400
	local i
	for i in 1 2; do
		# shellcheck disable=SC2046 # word splitting is intended
		notify $'FDSTORE=1\nFDNAME=many' $(printf '/etc/hosts %.0s' {1..150})
	done
	wait_until eval '(($(grep -c "stored 150" "$dir/keeper.err") == 2))'
	start_ready second hold -v --replace "$dir/store"
	finish keeper
	assert_success
	assert_equal "$(find "/proc/$(pid_of second)/fd" -lname /etc/hosts | wc -l)" 300
	kill -USR1 "$(pid_of second)"
	wait_until fdpass_has_line "$dir/second.err" 'took over 300 descriptors'
	assert_equal "$(find "/proc/$(pid_of second)/fd" -lname /etc/hosts | wc -l)" 300
}

@test "--replace takes over the store and the socket from a running hold" {
	expects_messages
	local type
	for type in dgram stream seqpacket; do
		keeper -t $type
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=a\nFDPOLL=0' "$dir/store" /etc/hosts /etc/passwd
		logged 'stored 2 descriptors as a'
		start_ready second hold -v --replace --max-fds=1 "$dir/store"
		finish keeper
		assert_success
		assert_regex "$stderr" 'handed over 2 descriptors'
		FDPASS_PIDS[keeper]=${FDPASS_PIDS[second]}
		unset 'FDPASS_PIDS[second]'
		assert_equal "$(stored /etc/hosts)$(stored /etc/passwd)" 11
		fdpass send -t $type -d $'FDSTOREREMOVE=1\nFDNAME=a' "$dir/store"
		wait_until fdpass_has_line "$dir/second.err" 'removed 2'
		kill "$(pid_of keeper)"
		wait_until eval '[[ ! -e $dir/store ]]'
	done
}

@test "--replace terminates the COMMAND of the old hold first, and receives every descriptor that COMMAND stored" {
	expects_messages
	service 'trap "\"'"$FDPASS"'\" send -t dgram -d \"FDSTORE=1
FDNAME=last\" env:NOTIFY_SOCKET /etc/passwd; kill %1; exit 0" TERM
		"'"$FDPASS"'" send -t dgram -d $'"'FDSTORE=1\nFDNAME=first'"' env:NOTIFY_SOCKET /etc/hosts
		sleep 100 & wait'
	logged 'as first'
	start second "$FDPASS" hold --replace "$dir/store" -- bash -c 'echo "$LISTEN_FDNAMES"; exec sleep 100'
	wait_until fdpass_has_line "$dir/second.out" '^first:last$'
	finish keeper
	assert_success
	stop second
}

@test "--replace starts a store if none is running, and refuses other users" {
	start_ready second hold --replace "$dir/store"
	stop second
	requires_root
	keeper -t stream --mode=666
	chmod 755 "$dir"
	run setpriv --reuid=65533 --clear-groups "$FDPASS" hold --replace "$dir/store"
	assert_error 125 'FDHANDOVER=1 is permitted only for root and the user who runs the store'
	notify_works() { send_request FDLIST=1; }
	run notify_works
	assert_success
}

@test "the old hold keeps the store if the new hold does not confirm the handover" {
	keeper -t stream
	store $'FDSTORE=1\nFDNAME=a' /etc/hosts
	run peer "$dir/store" data='FDHANDOVER=1' send recv
	assert_success
	logged 'handover failed: '
	run send_request FDLIST=1
	assert_regex "$output" '"name":"a"'
}

# Replies to FDHANDOVER=1 with a state: python3 -c "$forger" PATH TEXT COUNT. The state has COUNT descriptors: first a
# listening socket, then /dev/null. Without TEXT, sends no reply. Prints OK if the state was accepted.
forger='import os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o666)
    server.listen()
    print("listening", flush=True)
    if os.geteuid() == 0 and sys.argv[4:]:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    client = server.accept()[0]
    client.recv(100)
    print("asked", flush=True)
    if sys.argv[2]:
        memfd = os.memfd_create("state")
        os.write(memfd, sys.argv[2].replace("\\n", "\n").encode())
        count = int(sys.argv[3])
        socket.send_fds(client, [b"FDCOUNT=%d\n" % count], [memfd])
        null = os.open("/dev/null", os.O_RDONLY)
        socket.send_fds(client, [b"+"], [server.fileno()] + (count - 1) * [null])
    print(client.recv(100).decode(), flush=True)'

@test "--replace refuses a malformed state" {
	requires python3
	local state listener='listener 0 1 1 1 0\n' number=0
	# The first state is valid, to verify that the malformed states are refused only because of their faults.
	start forger python3 -c "$forger" "$dir/s$number" "${listener}stored 1 0 =61 0\nend\n" 2
	wait_until fdpass_has_line "$dir/forger.out" '^listening$'
	start keeper "$FDPASS" hold -v --replace "$dir/s$number"
	finish forger
	assert_output --partial OK
	expects_messages
	stop keeper
	assert_regex "$stderr" 'took over 1 descriptor'
	for state in "${listener}stored 1 0 =61 0\n" "${listener}${listener}end\n" 'stored 1 0 =61 0\nend\n' \
	    'listener 1 1 1 1 0\nend\n' 'listener 0 5 1 1 0\nend\n' 'listener 0 1 1 0 0\nend\n' \
	    'listener 2 1 1 1 0\nend\n' 'listener -1 1 1 1 0\nend\n' "${listener}stored 0 0 =61 0\nend\n" \
	    "${listener}stored 1 0 =61 0\nstored 1 0 =62 0\nend\n" "${listener}stored 1 0 =613a62 0\nend\n" \
	    "${listener}stored 1 0 =6z 0\nend\n" "${listener}stored 1 0 =00 0\nend\n" \
	    "${listener}path 1 0 0 0 =2e2e2f61\nend\n" "${listener}path 1 0 0 0 =\nend\n" \
	    "${listener}command 1 1 0 0 -1 0 0 0\nend\n" "${listener}upstream 1\nend\n" \
	    "${listener}private 1 @x\nend\n" "${listener}mask =00000000000000\nend\n" "${listener}ready 1\nend\n" \
	    "${listener}limit 1 1\nend\n"; do
		number=$((number + 1))
		start forger python3 -c "$forger" "$dir/s$number" "$state" 2
		wait_until fdpass_has_line "$dir/forger.out" '^listening$'
		run --separate-stderr timeout 60 "$FDPASS" hold --replace "$dir/s$number"
		assert_error 125 'the state of the other fdpass hold process is malformed' || fail "accepted: $state"
		finish forger
		refute_output --partial OK
	done
}

@test "in a user namespace that maps hold to 65534, unmapped users do not own the store" {
	requires setpriv unshare
	requires_root
	not_under qemu "has no namespaces"
	not_under valgrind "needs files that another user cannot read"
	setpriv --reuid=65532 --regid=65532 --clear-groups unshare -U --map-user=65534 --map-group=65534 true ||
	    skip "user namespaces cannot be created here"
	chmod 777 "$dir"
	cp "$FDPASS" "$dir/fdpass"
	chmod 755 "$dir/fdpass"
	start keeper setpriv --reuid=65532 --regid=65532 --clear-groups unshare -U --map-user=65534 --map-group=65534 \
	    "$dir/fdpass" hold -v -t stream --mode=666 "$dir/store"
	wait_until listens "$dir/store"
	run setpriv --reuid=65533 --regid=65533 --clear-groups "$dir/fdpass" recv -c --data=- --send=FDLIST=1 "$dir/store"
	assert_regex "$output" 'ERRNO=1
STATUS=.* is permitted only for root and the owner of the store'
}

@test "--replace accepts a state only from a process of a user who owns the store" {
	requires python3
	requires_root
	start forger python3 -c "$forger" "$dir/s" 'listener 0 1 1 1 0\nend\n' 1 unprivileged
	wait_until fdpass_has_line "$dir/forger.out" '^listening$'
	run --separate-stderr timeout 60 "$FDPASS" hold --replace "$dir/s"
	assert_error 125 's: the other process belongs to user ID 65534, which does not own this store'
	finish forger
	refute_output --partial OK
	rm "$dir/s"
	start forger python3 -c "$forger" "$dir/s" 'listener 0 1 1 1 0\nend\n' 1 unprivileged
	wait_until fdpass_has_line "$dir/forger.out" '^listening$'
	start keeper "$FDPASS" hold --replace --owner=65534 "$dir/s"
	finish forger
	assert_output --partial OK
	stop keeper
}

@test "--replace does not wait for the descriptors of a process whose state it refuses" {
	requires python3
	requires_root
	not_under valgrind "does not support helper processes, which close descriptors"
	local queued
	for queued in 0 1; do
		# The stranger sends a socket whose last close blocks for a minute, in the first or in the second message.
		start stranger python3 - "$dir/s$queued" "$queued" <<-'X'
			import os, signal, socket, struct, sys

			def lingering():
			    listener = socket.create_server(("127.0.0.1", 0))
			    sender = socket.create_connection(listener.getsockname())
			    receiver = listener.accept()[0]
			    sender.setblocking(False)
			    try:
			        while True:
			            sender.send(bytes(65536))
			    except BlockingIOError:
			        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 60))
			    return sender, receiver

			sender, receiver = lingering()
			server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
			server.bind(sys.argv[1])
			server.listen()
			client = server.accept()[0]
			hold = struct.unpack("iII", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
			client.recv(100)
			os.kill(hold, signal.SIGSTOP)
			done, stranger = os.pipe()
			alive, parent = os.pipe()
			if os.fork() == 0:
			    os.close(parent)
			    os.setgid(65534)
			    os.setuid(65534)
			    messages = [[], [sender.fileno()]] if sys.argv[2] == "1" else [[sender.fileno()]]
			    for fds in messages:
			        socket.send_fds(client, [b"FDCOUNT=1\n"], fds)
			    sender.close()
			    os.write(stranger, b"x")
			    # Returns when the parent has exited.
			    os.read(alive, 1)
			    os._exit(0)
			sender.close()
			os.read(done, 1)
			os.kill(hold, signal.SIGCONT)
			signal.pause()
		X
		wait_until listens "$dir/s$queued"
		run --separate-stderr timeout -s KILL 30 "$FDPASS" hold --replace "$dir/s$queued"
		assert_error 125 'the other process belongs to user ID 65534, which does not own this store'
		stop stranger
	done
}

@test "signals terminate --replace while the other process does not answer" {
	requires python3
	start forger python3 -c "$forger" "$dir/s" '' 0
	wait_until fdpass_has_line "$dir/forger.out" '^listening$'
	start keeper "$FDPASS" hold --replace "$dir/s"
	wait_until fdpass_has_line "$dir/forger.out" '^asked$'
	local begun=$SECONDS
	stop keeper
	assert_failure 143
	((SECONDS - begun < 20))
}

@test "hold without COMMAND restricts itself with seccomp and Landlock" {
	not_under valgrind "does not support seccomp filters"
	not_under qemu "does not support seccomp filters"
	[[ $(fdpass --version | grep -c 'seccomp yes') == 2 ]] || skip "seccomp was not compiled in or is not available"
	keeper
	assert_regex "$(cat "/proc/$(pid_of keeper)/status")" $'Seccomp:\t2'
	assert_regex "$(cat "/proc/$(pid_of keeper)/status")" $'NoNewPrivs:\t1'
}

# --- other programs with the same protocol

@test "systemd-notify can store descriptors and report readiness" {
	requires systemd-notify
	service 'systemd-notify --ready --status=fine && echo done; exec sleep 100'
	logged 'notification from pid [0-9]*: READY=1\\nSTATUS=fine'
	wait_until fdpass_has_line "$dir/keeper.out" "done"
	[[ $(systemd-notify --help) == *--fd=* ]] || skip "this systemd-notify does not support --fd"
	NOTIFY_SOCKET=$dir/store systemd-notify --fd=4 --fdname=four 4</etc/hosts
	logged 'stored 1 descriptor as four'
}

@test "sd_pid_notify_with_fds() and sd_notify_barrier() of libsystemd can be used with hold" {
	local cc=${CC:-cc}
	cat >"$dir/notify.c" <<-'END'
		#include <fcntl.h>
		#include <systemd/sd-daemon.h>
		int main(void)
		{
			int fds[2] = { open("/etc/hosts", O_RDONLY), open("/etc/passwd", O_RDONLY) };

			if (sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=lib", fds, 2) <= 0)
				return 1;
			return sd_notify_barrier(0, 10000000) <= 0;
		}
	END
	$cc -o "$dir/notify" "$dir/notify.c" -lsystemd 2>/dev/null || skip "libsystemd-dev is not installed"
	keeper
	NOTIFY_SOCKET=$dir/store run "$dir/notify"
	assert_success
	assert_equal "$(stored /etc/hosts)$(stored /etc/passwd)" 11
	logged 'stored 2 descriptors as lib'
}
