#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv --spawn, which starts a child for each message or connection that contains descriptors.

load helpers

lines_are() { # FILE N
	[[ -e $1 && $(wc -l <"$1") -eq $2 ]]
}

@test "recv -k --spawn starts a child for each connection and continues to listen" {
	start_ready r recv -k --spawn "$dir/s" sh -c 'cat <&3 >>"$0"' "$dir/out"
	local i
	for i in 1 2 3; do
		echo "file $i" >"$dir/f$i"
		run peer "$dir/s" data=x open="$dir/f$i" send
		assert_success
	done
	wait_until lines_are "$dir/out" 3
	kill -0 "$(pid_of r)"
	stop r
	assert_equal "$(sort "$dir/out")" $'file 1\nfile 2\nfile 3'
	assert_equal "$stderr" ""
}

@test "recv --spawn starts a child for each message of a connection" {
	expects_messages
	start_ready r recv --spawn -t seqpacket "$dir/s" sh -c 'echo "$FDPASS_COUNT" >>"$0"' "$dir/out"
	run peer -t seqpacket "$dir/s" data=1 null=1 send data=2 null=2 send data=none send data=3 null=3 send
	finish r
	assert_success
	wait_until lines_are "$dir/out" 3
	assert_equal "$(sort "$dir/out" | paste -sd ' ')" "1 2 3"
}

@test "recv --spawn starts a child for each datagram" {
	start_ready r recv --spawn -t dgram --messages=2 "$dir/s" sh -c 'echo "$FDPASS_PEER_PID" >>"$0"' "$dir/out"
	run peer -t dgram "$dir/s" null=1 send null=1 send
	finish r
	assert_success
	wait_until lines_are "$dir/out" 2
}

@test "a child of --spawn gets only its own descriptors, and its own process ID in LISTEN_PID" {
	start_ready r recv --spawn --data=discard "$dir/s" sh -c '"$0" inherited >"$1.new"; mv "$1.new" "$1"' "$PEER" "$dir/out"
	exec 5</etc/group
	run peer "$dir/s" data=x open=/etc/passwd send
	exec 5<&-
	finish r
	wait_until test -e "$dir/out"
	assert_equal "$(grep -oE '^[0-9]+ ' "$dir/out" | tr -d '\n')" "0 1 2 3 "
	assert_regex "$(cat "$dir/out")" '3 /etc/passwd'
	assert_regex "$(cat "$dir/out")" 'LISTEN_FDS=1'
}

@test "LISTEN_PID is the child's process ID even if COMMAND is not a shell" {
	start_ready r recv --spawn "$dir/s" "$PEER" env
	run peer "$dir/s" data=x null=1 send
	finish r
	wait_until fdpass_has_line "$dir/r.out" 'LISTEN_PID is mine'
}

@test "recv --spawn closes the descriptors that it has passed to children" {
	start_ready r recv -k --spawn "$dir/s" sh -c 'echo >>"$0"' "$dir/out"
	run peer "$dir/s" data=x null=1 send
	wait_until lines_are "$dir/out" 1
	wait_until has_no_children "$(pid_of r)"
	local before
	before=$(idle_fd_count "$(pid_of r)")
	for _ in 1 2 3 4 5 6 7 8; do
		run peer "$dir/s" data=x null=30 held send released
		assert_success
	done
	wait_until lines_are "$dir/out" 9
	wait_until has_no_children "$(pid_of r)"
	assert_equal "$(fd_count "$(pid_of r)")" "$before" "descriptors open in fdpass"
	stop r
}

@test "recv --spawn reaps its children" {
	start_ready r recv -k --spawn "$dir/s" true
	for _ in 1 2 3 4 5 6; do
		run peer "$dir/s" data=x null=1 send
	done
	wait_until has_no_children "$(pid_of r)"
	stop r
}

@test "recv --max-children limits the number of concurrent children, and no message is lost" {
	mkfifo "$dir/go"
	start_ready r recv -k --spawn --max-children=2 "$dir/s" sh -c 'echo started >>"$0/started"; cat "$0/go" >/dev/null; echo >>"$0/done"' "$dir"
	local i
	for i in 1 2 3 4 5; do
		start_peer "p$i" "$dir/s" data=x null=1 send
	done
	wait_until lines_are "$dir/started" 2
	# Gives a third child, which must not start, time to start.
	run timeout 0.3 sh -c 'while [ "$(wc -l <"$0")" -lt 3 ]; do :; done' "$dir/started"
	assert_equal "$(wc -l <"$dir/started")" 2
	release() {
		timeout 1 sh -c ': >"$0"' "$dir/go" 2>/dev/null || true
		lines_are "$dir/done" 5
	}
	wait_until release
	assert_equal "$(wc -l <"$dir/started")" 5
	stop r
}

@test "recv --spawn continues if a child fails or COMMAND cannot be executed" {
	start_ready r recv -k --spawn "$dir/s" sh -c 'echo >>"$0"; exit 3' "$dir/out"
	run peer "$dir/s" data=x null=1 send
	run peer "$dir/s" data=x null=1 send
	wait_until lines_are "$dir/out" 2
	kill -0 "$(pid_of r)"
	stop r
	printf '#!/bin/sh\n' >"$dir/program"
	chmod +x "$dir/program"
	start_ready r recv -k --spawn "$dir/s" "$dir/program"
	rm "$dir/program"
	run peer "$dir/s" data=x null=1 send
	wait_until fdpass_has_line "$dir/r.err" 'program.*No such file'
	run peer "$dir/s" data=x null=1 send
	assert_success
	kill -0 "$(pid_of r)"
	stop r
}

@test "recv --spawn refuses a descriptor of another kind and serves the next client" {
	start_ready r recv -k --spawn --require=regular "$dir/s" sh -c 'cat <&3 >>"$0"' "$dir/out"
	echo good >"$dir/f"
	run peer "$dir/s" data=x held send released
	assert_success
	run peer "$dir/s" data=x open="$dir/f" send
	wait_until lines_are "$dir/out" 1
	assert_equal "$(cat "$dir/out")" good
	kill -0 "$(pid_of r)"
	stop r
	assert_regex "$stderr" 'pipe'
}

@test "an idle client of recv -k --spawn does not delay the next client" {
	start_ready r recv -k --spawn "$dir/s" sh -c 'echo >>"$0"' "$dir/out"
	start_peer silent "$dir/s" wait
	run peer "$dir/s" data=x null=1 send
	wait_until lines_are "$dir/out" 1
	stop r
}

@test "recv --spawn -n N counts the descriptors of each connection separately" {
	start_ready r recv -k --spawn -n 2 "$dir/s" sh -c 'echo "$FDPASS_COUNT" >>"$0"' "$dir/out"
	start_peer half "$dir/s" data=x null=1 send wait
	run peer "$dir/s" data=a null=1 send data=b null=1 send
	wait_until lines_are "$dir/out" 1
	assert_equal "$(cat "$dir/out")" 2
	stop r
}

@test "a child of --spawn --keep-socket can receive from the connection after recv has closed its own descriptor" {
	start_ready r recv -k --spawn --messages=1 --keep-socket=4 "$dir/s" python3 -c '
import os, socket, sys
connection = socket.socket(fileno=4)
link, fds = "socket:[%d]" % os.fstat(4).st_ino, "/proc/%d/fd/" % os.getppid()
def link_of(fd):
    try:
        return os.readlink(fds + fd)
    except OSError:
        return None
while os.path.exists(fds) and link in map(link_of, os.listdir(fds)):
    pass
connection.send(b"go")
connection.settimeout(10)
connection.send(connection.recv(100) + b" came")'
	run --separate-stderr timeout "$FDPASS_LIMIT" python3 -c '
import socket, sys
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
socket.send_fds(c, [b"x"], [0])
c.recv(100)
c.send(b"later")
print(c.recv(100).decode())' "$dir/s" </dev/null
	assert_success
	assert_equal "$output" "later came"
	finish r
	assert_success
}

@test "a child of --spawn --keep-socket replies to its own client" {
	start_ready r recv -k --spawn --fd=3 --keep-socket=4 "$dir/s" sh -c 'cat <&3 >&4'
	echo one >"$dir/1"
	echo two >"$dir/2"
	run peer "$dir/s" data=x open="$dir/1" send recv
	assert_equal "$output" '4 one\x0a'
	run peer "$dir/s" data=x open="$dir/2" send recv
	assert_equal "$output" '4 two\x0a'
	stop r
}

@test "a child of --spawn --data=stdin gets the data of its own message" {
	start_ready r recv -k --spawn --data=stdin "$dir/s" sh -c 'cat >>"$0"' "$dir/out"
	run peer "$dir/s" data='first\n' null=1 send
	wait_until lines_are "$dir/out" 1
	run peer "$dir/s" data='second\n' null=1 send
	wait_until lines_are "$dir/out" 2
	stop r
	assert_equal "$(cat "$dir/out")" $'first\nsecond'
}

@test "recv --spawn reports discarded data" {
	start_ready r recv -k --spawn "$dir/s" sh -c 'echo >>"$0"' "$dir/out"
	run peer "$dir/s" data=0123456789 null=1 send
	run peer "$dir/s" data='\0' null=1 send
	wait_until lines_are "$dir/out" 2
	wait_until fdpass_has_line "$dir/r.err" '10 bytes'
	stop r
	assert_equal "$(wc -l <<<"$stderr")" 1
}

@test "recv --spawn exits with 124 at --timeout and does not kill children" {
	start_ready r recv -k --spawn -w 0.5 "$dir/s" sh -c 'echo >>"$0"' "$dir/out"
	run peer "$dir/s" data=x null=1 send
	wait_until lines_are "$dir/out" 1
	finish r
	assert_failure 124
	[ ! -e "$dir/s" ]
}

@test "recv --spawn reports too few descriptors at end of file" {
	start_ready r recv --spawn -n 2 "$dir/s" sh -c 'echo run >>"$0"' "$dir/out"
	run peer "$dir/s" data=a null=1 send data=b null=1 send data=c null=1 send
	finish r
	assert_error 125 'end of file after 1 of 2 descriptors'
	assert_equal "$(cat "$dir/out")" run
	start_ready r recv -k --spawn -n 2 "$dir/s" sh -c 'echo again >>"$0"' "$dir/out"
	run peer "$dir/s" data=a null=1 send
	wait_until fdpass_has_line "$dir/r.err" 'connection 1: refused: end of file after 1 of 2 descriptors'
	run peer "$dir/s" data=a null=2 send
	wait_until lines_are "$dir/out" 2
	stop r
}

@test "--data=file:PATH with --spawn appends the data of all messages" {
	local keep
	for keep in '' -k; do
		# shellcheck disable=SC2086 # word splitting is intended
		start_ready r recv $keep --spawn --data=file:"$dir/all" "$dir/s" sh -c 'echo >>"$0"' "$dir/out"
		run peer "$dir/s" data=one null=1 send data=two null=1 send
		wait_until lines_are "$dir/out" 2
		if [[ -n $keep ]]; then
			run peer "$dir/s" data=three null=1 send
			wait_until lines_are "$dir/out" 3
			stop r
			assert_equal "$(cat "$dir/all")" onetwothree
		else
			finish r
			assert_equal "$(cat "$dir/all")" onetwo
		fi
		rm "$dir/out"
	done
}
