#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv with a command: the descriptors and variables that the command inherits.

load helpers

# --- the default: LISTEN_FDS

@test "COMMAND gets descriptors from number 3 up, and LISTEN_FDS and LISTEN_PID as sd_listen_fds(3) requires" {
	start_ready r recv "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=x open=/etc/passwd open=/dev/zero send
	finish r
	assert_success
	expect_fds 0 1 2 3 4
	assert_regex "$output" '3 /etc/passwd'
	assert_regex "$output" '4 /dev/zero'
	assert_equal "$(variable LISTEN_FDS)" 2
	assert_regex "$output" 'LISTEN_PID is mine'
	assert_equal "$(variable LISTEN_FDNAMES | tr -cd : | wc -c)" 1
}

@test "COMMAND replaces fdpass in the same process, and the path is removed" {
	start_ready r recv "$dir/s" sh -c 'echo $$; [ ! -e "$1" ] && echo path gone; echo oops >&2' sh "$dir/s"
	local pid
	pid=$(pid_of r)
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_success
	assert_equal "$output" "$pid"$'\n'"path gone"
	assert_regex "$stderr" '^oops$'
}

@test "recv sets the variables FDPASS_COUNT, FDPASS_FD_N and FDPASS_PEER_* for COMMAND" {
	start_ready r recv "$dir/s" "$PEER" env
	start_peer p "$dir/s" data=x null=2 send wait
	local pid
	pid=$(pid_of p)
	finish r
	assert_equal "$(variable FDPASS_COUNT)" 2
	assert_equal "$(variable FDPASS_FD_0)" 3
	assert_equal "$(variable FDPASS_FD_1)" 4
	assert_equal "$(variable FDPASS_PEER_PID)" "$pid"
	assert_equal "$(variable FDPASS_PEER_UID)" "$(id -u)"
	assert_equal "$(variable FDPASS_PEER_GID)" "$(id -g)"
}

@test "COMMAND does not get FDPASS_ variables that recv inherited" {
	export LISTEN_FDS=7 LISTEN_PID=1 LISTEN_FDNAMES=a:b LISTEN_PIDFDID=5 FDPASS_FD_5=9 FDPASS_COUNT=6
	start_ready r recv --fd=8 "$dir/s" "$PEER" env
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$(grep -E '^(LISTEN|FDPASS_FD_5)' <<<"$output")" ""
	assert_equal "$(variable FDPASS_COUNT)" 1
	assert_equal "$(variable FDPASS_FD_0)" 8
}

# --- leaks

@test "COMMAND inherits neither the socket nor descriptors that fdpass inherited" {
	exec 5</etc/passwd 6</etc/group 77</dev/null
	start_ready r recv "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x pipe send
	exec 5<&- 6<&- 77<&-
	finish r
	assert_success
	expect_fds 0 1 2 3
	assert_regex "$output" '3 pipe:'
}

@test "--inherit passes exactly the given descriptors" {
	exec 5</etc/passwd 6</etc/group 7</etc/hostname
	start_ready r recv --inherit=5,7 "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x pipe send
	exec 5<&- 6<&- 7<&-
	finish r
	expect_fds 0 1 2 3 5 7
	assert_regex "$output" '7 /etc/hostname'
}

@test "--inherit=all passes all inherited descriptors, and the received descriptor gets number 3" {
	exec 5</etc/passwd 6</etc/group
	start_ready r recv --inherit=all "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x pipe send
	exec 5<&- 6<&-
	finish r
	assert_success
	assert_regex "$output" '3 pipe:'
	assert_regex "$output" '5 /etc/passwd'
	assert_regex "$output" '6 /etc/group'
	refute_regex "$output" 'socket:'
}

@test "recv -n 1 refuses and closes a second descriptor that the padding of the control buffer has space for" {
	start_ready r recv -n 1 "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x held pipe send released
	assert_success
	finish r
	assert_error 125 '2.*descriptors|descriptors.*2|more'
	assert_equal "$output" ""
}

@test "COMMAND gets exactly 200 received descriptors" {
	start_ready r recv "$dir/s" sh -c '"$0" fds | wc -l' "$PEER"
	run peer "$dir/s" data=x null=200 send
	finish r
	assert_equal "$(tr -d ' ' <<<"$output")" 203
}

@test "COMMAND gets only received descriptors even if recv also shows messages" {
	start_ready r recv --dump-cmsg=json "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=x open=/etc/passwd pipe send
	finish r
	assert_success
	expect_fds 0 1 2 3 4
	assert_json '[.ancdata[].fds[].kind]' '["regular","pipe"]' "$stderr"
}

@test "a closed standard stream stays closed in COMMAND: no received or internal descriptor gets its number" {
	local closed
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		rm -f "$dir/list" "$dir/s"
			eval '"$FDPASS" recv "$dir/s" sh -c '\''"$0" fds >"$1.new"; mv "$1.new" "$1"'\'' "$PEER" "$dir/list"' \
		    "$closed" '3>&- 4>&- &'
		local pid=$!
		wait_until listens "$dir/s"
		run peer "$dir/s" data=x open=/etc/passwd send
		wait_until test -e "$dir/list"
		wait "$pid"
		assert_regex "$(cat "$dir/list")" $'\n3 /etc/passwd'
		refute_regex "$(cat "$dir/list")" '[012] /etc/passwd'
		refute_regex "$(cat "$dir/list")" '[012] socket:'
	done
}

# --- numbers

@test "--fd=N places descriptors in order of arrival, and LISTEN_FDS is not set if there are gaps" {
	start_ready r recv --fd=9 --fd=5 "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=x open=/etc/passwd open=/etc/group send
	finish r
	assert_success
	expect_fds 0 1 2 5 9
	assert_regex "$output" '9 /etc/passwd'
	assert_regex "$output" '5 /etc/group'
	assert_equal "$(variable LISTEN_FDS)" ""
	assert_equal "$(variable FDPASS_FD_0) $(variable FDPASS_FD_1)" "9 5"
}

@test "LISTEN_FDS is set if --fd places descriptors from 3 up without gaps, in any order" {
	start_ready r recv --fd=4=four --fd=3=three "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=x open=/etc/passwd open=/etc/group send
	finish r
	assert_regex "$output" '4 /etc/passwd'
	assert_regex "$output" '3 /etc/group'
	assert_equal "$(variable LISTEN_FDS)" 2
	assert_equal "$(variable LISTEN_FDNAMES)" three:four
	assert_regex "$output" 'LISTEN_PID is mine'
}

@test "--fd places five descriptors at the given numbers, whatever the order of the numbers" {
	local order
	for order in '3 4 5 6 7' '7 6 5 4 3' '4 5 6 7 3' '5 3 7 4 6' '6 7 3 5 4' '100 3 50 4 1000' '8 7 6 5 4'; do
		local -a options=()
		local place
		for place in $order; do
			options+=(--fd="$place")
		done
		start_ready r recv "${options[@]}" "$dir/s" "$PEER" fds
		run peer "$dir/s" data=x open=/etc/passwd open=/etc/group open=/dev/zero open=/dev/full open=/etc/hostname send
		assert_success
		finish r
		assert_success
		local want="" i=0
		local -a files=(/etc/passwd /etc/group /dev/zero /dev/full /etc/hostname)
		for place in $order; do
			want+="$place ${files[i++]}"$'\n'
		done
		assert_equal "$(grep -vE '^[012] ' <<<"$output")" "$(sort -n <<<"${want%?}")" "order $order"
	done
}

@test "-i, -o and -e place descriptors on standard input, output and error" {
	printf 'standard input' >"$dir/in"
	start_ready r recv -i -o -e "$dir/s" sh -c 'cat; echo error >&2'
	run peer "$dir/s" data=x open="$dir/in" write="$dir/out" write="$dir/err" send
	assert_success
	finish r
	assert_success
	assert_equal "$(cat "$dir/out")" "standard input"
	assert_equal "$(cat "$dir/err")" error
	assert_equal "$output" ""
}

@test "-i alone leaves standard output and error unchanged, and passes no descriptor above 2" {
	start_ready r recv -i "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=x open=/etc/passwd send
	finish r
	expect_fds 0 1 2
	assert_regex "$output" '0 /etc/passwd'
	assert_equal "$(variable LISTEN_FDS)" ""
	assert_equal "$(variable FDPASS_FD_0)" 0
}

@test "--fd=\$VAR places a descriptor at any free number above 2 and sets VAR to this number" {
	start_ready r recv --fd='$FIRST' --fd='$SECOND' "$dir/s" sh -c 'echo "$FIRST $SECOND"; readlink /proc/self/fd/$FIRST
readlink /proc/self/fd/$SECOND'
	run peer "$dir/s" data=x open=/etc/passwd open=/etc/group send
	finish r
	assert_success
	local first second
	read -r first second <<<"${lines[0]}"
	((first > 2 && second > 2 && first != second))
	assert_equal "${lines[1]} ${lines[2]}" "/etc/passwd /etc/group"
}

@test "--fd=\$VAR does not use a number given with another option" {
	start_ready r recv --fd='$A' --fd=3 --fd=4 --fd=5 "$dir/s" sh -c 'readlink /proc/self/fd/$A /proc/self/fd/3 /proc/self/fd/5'
	run peer "$dir/s" data=x open=/etc/passwd open=/etc/group null=1 open=/dev/zero send
	finish r
	assert_equal "$output" $'/etc/passwd\n/etc/group\n/dev/zero'
}

@test "a descriptor number that is given twice is a usage error before recv listens" {
	run --separate-stderr fdpass recv --fd=5 --fd=5 "$dir/s" true
	assert_error 125 '5'
	[ ! -e "$dir/s" ]
	run --separate-stderr fdpass recv -i --fd=0 "$dir/s" true
	assert_error 125 '0'
}

@test "recv closes and reports descriptors for which no --fd option was given" {
	expects_messages
	start_ready r recv --fd=5 "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x pipe held send released
	assert_success
	finish r
	assert_success
	expect_fds 0 1 2 5
	assert_regex "$stderr" '^fdpass: .*2 descriptors.*closed'
}

@test "COMMAND is not executed if fewer descriptors than --fd options arrive" {
	start_ready r recv --fd=5 --fd=6 "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_error 125 '1.*2|2.*1'
	[ ! -e "$dir/ran" ]
}

@test "--fd=N=NAME sets LISTEN_FDNAMES" {
	start_ready r recv --fd=3=web --fd=4=admin "$dir/s" "$PEER" env
	run peer "$dir/s" data=x null=2 send
	finish r
	assert_equal "$(variable LISTEN_FDNAMES)" web:admin
}

@test "COMMAND shares the open file description and its offset with the sender" {
	printf 'one\ntwo\nthree\n' >"$dir/file"
	exec 7<"$dir/file"
	start_ready r recv -i "$dir/s" sh -c 'read a; echo "$a"'
	run peer "$dir/s" data=x fds=7 send
	finish r
	assert_equal "$output" one
	local next
	read -r next <&7
	exec 7<&-
	# The shell of COMMAND reads byte by byte, so the shared offset is now at the second line.
	assert_equal "$next" two
}

# --- number of descriptors

@test "-n receives descriptors from several messages" {
	expects_messages
	start_ready r recv -n 3 "$dir/s" "$PEER" inherited
	run peer "$dir/s" data=a open=/etc/passwd send data=b send data=c open=/etc/group open=/dev/zero send
	finish r
	assert_success
	expect_fds 0 1 2 3 4 5
	assert_equal "$(variable FDPASS_COUNT)" 3
	assert_regex "$output" '5 /dev/zero'
}

@test "recv with COMMAND and without -n waits for a message with descriptors" {
	expects_messages
	start_ready r recv "$dir/s" "$PEER" fds
	run peer "$dir/s" data=a send data=b send data=c null=2 send
	finish r
	assert_success
	expect_fds 0 1 2 3 4
}

@test "-n N-M accepts a number in the range, and -n N+ accepts at least N" {
	start_ready r recv -n 2-4 "$dir/s" "$PEER" fds
	run peer "$dir/s" data=a null=3 send
	finish r
	assert_success
	expect_fds 0 1 2 3 4 5
	start_ready r recv -n 2+ "$dir/s" "$PEER" fds
	run peer "$dir/s" data=a null=1 send data=b null=5 send
	finish r
	assert_success
	expect_fds 0 1 2 3 4 5 6 7 8
}

@test "recv refuses and closes the descriptors if there are too many, and does not execute COMMAND" {
	start_ready r recv -n 2 "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=x null=2 held send released
	assert_success
	finish r
	assert_error 125 '3.*2|2.*3'
	[ ! -e "$dir/ran" ]
}

@test "recv refuses and closes the descriptors if there are too few at end of file, and does not execute COMMAND" {
	start_ready r recv -n 3 "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=x null=1 held send shutdown released
	assert_success
	finish r
	assert_error 125 '2.*3|3.*2'
	[ ! -e "$dir/ran" ]
}

@test "recv with COMMAND fails at end of file without descriptors" {
	start_ready r recv "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data='only words' send
	finish r
	assert_failure 125
	assert_regex "$stderr" 'end of file'
	[ ! -e "$dir/ran" ]
}

@test "COMMAND is not executed if descriptors were lost because of RLIMIT_NOFILE" {
	start r bash -c "ulimit -n 24; exec \"\$FDPASS\" recv '$dir/s' touch '$dir/ran'"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=60 send
	finish r
	assert_failure 125
	assert_regex "$stderr" 'RLIMIT_NOFILE'
	[ ! -e "$dir/ran" ]
}

@test "recv exits with 124 if --timeout expires before the descriptors arrive, and does not execute COMMAND" {
	start_ready r recv -w 0.3 "$dir/s" touch "$dir/ran"
	start_peer p "$dir/s" data=x send wait
	finish r
	assert_failure 124
	[ ! -e "$dir/ran" ]
}

# --- the data

@test "--data=stdin passes the data of all messages to COMMAND" {
	start_ready r recv -n 2 --data=stdin "$dir/s" sh -c 'cat; "$0" fds' "$PEER"
	run peer "$dir/s" data='one ' null=1 send data='two ' send data='three\n' null=1 send
	finish r
	assert_success
	assert_equal "${lines[0]}" "one two three"
	expect_fds 0 1 2 3 4
}

@test "--data=fd:N passes a sealed memfd at offset 0" {
	start_ready r recv --data=fd:9 "$dir/s" /usr/bin/env python3 -c '
import fcntl, os
print(os.read(9, 100).decode())
print("sealed" if fcntl.fcntl(9, 1034) & 0xf == 0xf else "not sealed")
try:
    os.write(9, b"x")
except OSError as e:
    print(e.strerror)
'
	run peer "$dir/s" data='the data' null=1 send
	finish r
	assert_success
	assert_equal "$output" $'the data\nsealed\nOperation not permitted'
}

@test "--data=env:NAME sets the variable NAME of COMMAND to the data" {
	start_ready r recv --data=env:WHAT "$dir/s" sh -c 'echo "<$WHAT>"'
	run peer "$dir/s" data='some text' null=1 send
	finish r
	assert_equal "$output" "<some text>"
}

@test "--data=env:NAME refuses data that a variable cannot contain" {
	start_ready r recv --data=env:WHAT "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data='a\0b' null=1 send
	finish r
	assert_error 125 'WHAT|NUL'
	[ ! -e "$dir/ran" ]
}

@test "--data=file:PATH and --data=- write the data before COMMAND is executed" {
	start_ready r recv --data=file:"$dir/f" "$dir/s" cat "$dir/f"
	run peer "$dir/s" data='in a file' null=1 send
	finish r
	assert_equal "$output" "in a file"
	start_ready r recv --data=- "$dir/s" echo ' and then'
	run peer "$dir/s" data='first this' null=1 send
	finish r
	assert_equal "$output" "first this and then"
}

@test "recv reports discarded data, unless the data is one byte or --data=discard is given" {
	expects_messages
	start_ready r recv "$dir/s" true
	run peer "$dir/s" data='0123456789' null=1 send
	finish r
	assert_success
	assert_regex "$stderr" '^fdpass: .*10 bytes'
	start_ready r recv "$dir/s" true
	run peer "$dir/s" data='\0' null=1 send
	finish r
	assert_success
	assert_equal "$stderr" ""
	start_ready r recv --data=discard "$dir/s" true
	run peer "$dir/s" data='0123456789' null=1 send
	finish r
	assert_equal "$stderr" ""
}

# --- the connection

@test "--keep-socket passes the connection to COMMAND, which can reply" {
	expects_messages
	start_ready r recv --fd=3 --keep-socket=5 "$dir/s" sh -c 'echo answer >&5; "$0" fds' "$PEER"
	run peer "$dir/s" data=question null=1 send recv
	assert_regex "$output" '7 answer'
	finish r
	assert_success
	expect_fds 0 1 2 3 5
	assert_regex "$output" '5 socket:'
}

@test "recv --keep --keep-socket passes the connection over which the descriptors of COMMAND arrived" {
	expects_messages
	start_ready r recv -k --fd=3 --keep-socket=5 "$dir/s" sh -c 'echo answer >&5; "$0" fds' "$PEER"
	start_peer idle "$dir/s" recv
	run peer "$dir/s" data=question null=1 send recv
	assert_success
	assert_regex "$output" "answer"
	stop idle
	finish r
	assert_success
	expect_fds 0 1 2 3 5
}

@test "recv --keep with COMMAND serves the next peer after refusing a message" {
	expects_messages
	start_ready r recv -k -n 1 --require=char-device "$dir/s" sh -c 'echo "$FDPASS_COUNT"'
	run peer "$dir/s" data=x pipe send
	run peer "$dir/s" data=x null=2 send
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_success
	assert_output 1
	assert_regex "$stderr" "connection 1: refused: descriptor 1 of the message is pipe"
	assert_regex "$stderr" "connection 2: refused: received 2 descriptors, expected at most 1"
}

@test "recv --keep never combines descriptors of several peers" {
	expects_messages
	local sender
	start_ready r recv -k -n 2 "$dir/s" sh -c 'echo "$FDPASS_COUNT from $FDPASS_PEER_PID"'
	run peer "$dir/s" data=x null=1 send
	start_peer two "$dir/s" data=x null=1 send data=x null=1 send
	sender=$(pid_of two)
	finish r
	assert_success
	assert_output "2 from $sender"
	assert_regex "$stderr" "connection 1: refused: end of file after 1 of 2 descriptors"
	receive r -k -n 2 "$dir/s"
	run peer "$dir/s" data=x null=3 send
	run peer "$dir/s" data=x null=2 send
	finish r
	assert_success
}

@test "recv --keep writes only the data of the connection whose descriptors COMMAND gets" {
	expects_messages
	local dest
	for dest in "file:$dir/data" -; do
		start_ready r recv -k -n 2 --data="$dest" "$dir/s" sh -c 'test ! -e "$0" || cat "$0"' "$dir/data"
		run peer "$dir/s" data=evil send
		run peer "$dir/s" data=more null=1 send
		run peer "$dir/s" data=one null=1 send data=two null=1 send
		finish r
		assert_success
		assert_output onetwo
		assert_regex "$stderr" "connection 1: refused: end of file after data without descriptors"
		rm -f "$dir/data"
	done
	start_ready r recv -k --spawn -n 2 --messages=4 --data="file:$dir/data" "$dir/s" true
	start_peer early "$dir/s" data=a null=1 send wait
	run peer "$dir/s" data=b null=2 send
	run peer "$dir/s" data=c null=1 send data=d null=1 send
	finish r
	stop early
	assert_equal "$(cat "$dir/data")" bcd
}

@test "without --keep-socket, recv closes the connection before it executes COMMAND" {
	start_ready r recv "$dir/s" cat
	run peer "$dir/s" data=x null=1 send drain
	assert_success
	finish r
}

# --- exit statuses

@test "recv with COMMAND exits with the status of COMMAND" {
	start_ready r recv "$dir/s" sh -c 'exit 42'
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_failure 42
}

@test "a COMMAND that does not exist (127) or is not executable (126) is reported before recv listens" {
	local name
	echo 'not executable' >"$dir/text"
	for name in "$dir/no-such-program" no-such-program-in-path; do
		run --separate-stderr fdpass recv "$dir/s" "$name"
		assert_error 127 "cannot run $name: No such file"
	done
	for name in "$dir/text" "$dir"; do
		run --separate-stderr fdpass recv "$dir/s" "$name"
		assert_error 126 "cannot run $name: Permission denied"
	done
	[ ! -e "$dir/s" ]
}

@test "recv exits with 127 or 126 if COMMAND is removed or made non-executable while recv waits" {
	printf '#!/bin/sh\n' >"$dir/program"
	chmod +x "$dir/program"
	start_ready r recv "$dir/s" "$dir/program"
	rm "$dir/program"
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_error 127 'program.*No such file'
	printf '#!/bin/sh\n' >"$dir/program"
	chmod +x "$dir/program"
	start_ready r recv "$dir/s" "$dir/program"
	chmod -x "$dir/program"
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_error 126 'program.*[Pp]ermission'
}

@test "the error for operands in the wrong order contains the correct order" {
	cd "$dir"
	run --separate-stderr fdpass recv cat ./x.sock
	assert_error 125 './x.sock is not a command, but cat is \(ADDRESS must precede COMMAND\); for .* write ./cat'
	[ ! -e cat ]
	start_peer s -l x.sock
	run --separate-stderr fdpass recv ./y.sock x.sock
	assert_error 125 'x.sock is a socket, not a command'
	[ ! -e y.sock ]
	# After a verb, a plain name is a path.
	run fdpass recv -w 0.01 cat cat
	assert_failure 124
}

@test "COMMAND has the signal actions and the signal mask that fdpass inherited" {
	not_under qemu "uses a real-time signal itself"
	start plain grep -E '^Sig(Ign|Blk)' /proc/self/status
	finish plain
	local before=$output
	start_ready r recv "$dir/s" grep -E '^Sig(Ign|Blk)' /proc/self/status
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$output" "$before"
}

@test "options after COMMAND are passed to COMMAND" {
	start_ready r recv "$dir/s" echo --json -n --help
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$output" "--json -n --help"
	start_ready r recv -- "$dir/s" echo --json
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$output" "--json"
}

@test "COMMAND can read a received pipe to end of file" {
	start_ready r recv -i "$dir/s" cat
	run peer "$dir/s" data=x pipe send
	finish r
	assert_equal "$output" "from the pipe"
}

@test "--setenv sets a variable, and {fd} is replaced by the number of the descriptor" {
	start_ready r recv --fd=7 --setenv='WAYLAND_SOCKET={fd}' --setenv='OTHER=a b' "$dir/s" sh -c 'echo "$WAYLAND_SOCKET,$OTHER"'
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$output" "7,a b"
}
