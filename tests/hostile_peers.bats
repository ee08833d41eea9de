#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that malicious or broken peers do not cause leaks, hangs or incorrect reports. hostile.bats tests malicious
# names, fuse.bats file systems that do not respond, and held.bats locks that are never released.

load helpers

# few N COMMAND...: runs COMMAND with a limit of N open files.
few() (
	ulimit -n "$1" || exit 99
	shift
	"$@"
)

# start_few NAME N ARG...: starts fdpass with a limit of N open files, which fdpass cannot raise.
start_few() {
	local name=$1 limit=$2
	shift 2
	printf '#!/bin/sh\nulimit -n %d || exit 99\nexec "%s" "$@"\n' "$limit" "$FDPASS" >"$dir/$name.few"
	chmod +x "$dir/$name.few"
	FDPASS=$dir/$name.few start_ready "$name" "$@"
}

# has N REGEX FILE: succeeds if at least N lines of FILE match REGEX.
has() {
	(($(grep -c -e "$2" "$3") >= $1))
}

# settles PID N: succeeds if process PID has at most N open descriptors.
settles() {
	(($(fd_count "$1") <= $2))
}

# assert_tame TEXT: fails if TEXT contains a control character, as a byte or in UTF-8, or invalid UTF-8.
assert_tame() {
	if LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' <<<"$1" || LC_ALL=C.UTF-8 grep -qP '[\x{80}-\x{9f}]' <<<"$1" ||
	    ! iconv -f UTF-8 -t UTF-8 <<<"$1" >/dev/null 2>&1; then
		fdpass_report "text has what no terminal should see" got "$(cat -v <<<"$1")"
		return 1
	fi
}

escapes=$'\e[31m\e]0;title\a\x9b2J\xc2\x9b1m\xc2\x85\r\b\x7f\xff'

# --- many descriptors

@test "recv receives 1000 messages of 253 descriptors and keeps only the descriptors of one message open" {
	not_under valgrind "reserves some descriptor numbers"
	start_few r 270 recv -n 253000 --data=discard "$dir/s"
	run peer "$dir/s" data=x null=253 send=1000 wait
	assert_success
	finish r
	assert_success
	assert_equal "$stderr" ""
}

@test "recv closes the descriptors of many messages although its user has too many descriptors in flight" {
	requires_root
	requires setpriv
	not_under valgrind "does not support helper processes, which close descriptors"
	local -a user=(setpriv --reuid=65533 --regid=65533 --clear-groups)
	cp "$FDPASS" "$dir/fdpass"
	cp "$PEER" "$dir/peer"
	chmod 755 "$dir/fdpass" "$dir/peer"
	chmod 777 "$dir"
	# The peer sends faster than recv receives, so the limit on in-flight descriptors (270) is always exceeded.
	fdpass_start r "${user[@]}" prlimit --nofile=270 "$dir/fdpass" recv -n 37950 --data=discard "$dir/s"
	wait_until listens "$dir/s"
	run "${user[@]}" prlimit --nofile=1024:1024 "$dir/peer" -T 60 "$dir/s" data=x null=253 send=150 wait 3>&- 4>&-
	assert_success
	finish r
	assert_success
}

@test "recv --json receives many messages of 253 descriptors and keeps only the descriptors of one message open" {
	start_few r 280 recv --json "$dir/s"
	run peer "$dir/s" data=x null=253 send=30
	assert_success
	finish r
	assert_success
	assert_json '.ancdata[0].fds | length' "$(printf '253\n%.0s' {1..30})"
	assert_json 'select(.problems != []).problems' ''
}

# refused_are N: succeeds if recv has reported N refused messages, as single lines or in the numbers of omitted lines.
refused_are() {
	[[ $(awk '/refused: descriptor 1 of the message is char-device, but only pipe is allowed$/ { n++ }
	    /log message(s were| was) omitted$/ { n += $3 }
	    END { print n }' "$dir/r.err") == "$1" ]]
}

@test "recv -k closes the descriptors of refused messages and serves other clients" {
	local i before pid
	start_few r 280 recv -k --spawn --require=pipe --data=discard "$dir/s" "$PEER" fds
	pid=$(pid_of r)
	peer "$dir/s" data=x pipe send
	wait_until fdpass_has_line "$dir/r.out" pipe:
	before=$(idle_fd_count "$pid")
	for i in {1..40}; do
		run peer "$dir/s" data=x null=253 send wait
		assert_success
	done
	wait_until settles "$pid" "$before"
	peer "$dir/s" data=x pipe send
	wait_until has 2 pipe: "$dir/r.out"
	wait_until refused_are 40
	stop r
	refute_regex "$output" '[1-9] /dev/null'
}

@test "relay forwards 1000 messages of 253 descriptors and keeps none open" {
	local pid before
	start_peer server -l "$dir/back" drain
	start_few r 600 relay "$dir/front" "$dir/back"
	pid=$(pid_of r)
	before=$(idle_fd_count "$pid")
	# The low limit of the peer limits in-flight descriptors for all users except root. The relay raises its own
	# limit to 600.
	run few 300 peer "$dir/front" data=x null=253 send=1000
	assert_success
	finish server
	assert_success
	assert_equal "$(grep -o 'fds [0-9]*' <<<"$output" | awk '{ n += $2 } END { print n }')" 253000
	refute_regex "$output" CTRUNC
	wait_until settles "$pid" "$before"
	stop r
	assert_success
	assert_equal "$stderr" ""
}

@test "hold refuses descriptors beyond --max-fds, keeps none of them open, and does not lose stored descriptors" {
	local type pid before
	for type in dgram stream; do
		start_few h 600 hold -v -t $type --max-fds=20 "$dir/s"
		pid=$(pid_of h)
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=first' "$dir/s" /etc/hosts
		wait_until fdpass_has_line "$dir/h.err" 'stored 1 descriptor as first'
		before=$(idle_fd_count "$pid")
		for _ in {1..40}; do
			run peer -t $type "$dir/s" data='FDSTORE=1\nFDNAME=flood' null=253 send
			assert_success
		done
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=last' "$dir/s" /etc/passwd
		wait_until fdpass_has_line "$dir/h.err" 'stored 1 descriptor as last'
		wait_until settles "$pid" $((before + 1))
		assert_regex "$(cat "$dir/h.err")" 'the store (is full: the number of descriptors is 1, and the limit is|keeps at most) 20'
		stop h
		assert_failure 143
	done
}

@test "with a low limit on open files, hold refuses messages that it cannot receive completely, and continues to run" {
	not_under valgrind "does not close descriptors at its reserved numbers"
	local type pid before
	for type in dgram stream; do
		start_few h 64 hold -v -t $type "$dir/s"
		pid=$(pid_of h)
		before=$(idle_fd_count "$pid")
		for _ in {1..20}; do
			run peer -t $type "$dir/s" data='FDSTORE=1\nFDNAME=flood' null=253 send
		done
		wait_until has 1 'descriptors of the message were lost: too many open files' "$dir/h.err"
		fdpass send -t $type -d $'FDSTORE=1\nFDNAME=last' "$dir/s" /etc/passwd
		wait_until fdpass_has_line "$dir/h.err" 'stored 1 descriptor as last'
		wait_until settles "$pid" $((before + 1))
		stop h
		assert_failure 143
	done
}

@test "hold stores its own sockets like other descriptors, and closes them when they are removed" {
	not_under valgrind "does not support pidfd_open"
	local pid before
	start_ready h hold -v -t stream "$dir/s"
	pid=$(pid_of h)
	before=$(idle_fd_count "$pid")
	# The client stores its own end of the connection to hold and exits, so hold has both ends.
	run peer "$dir/s" data='FDSTORE=1\nFDNAME=own\nFDPOLL=0' fds=3 send
	assert_success
	wait_until fdpass_has_line "$dir/h.err" 'stored 1 descriptor as own'
	# Stores the listening socket of hold itself.
	run fdpass run "pid:$pid:unix-listen:$dir/s" -- "$FDPASS" send --reply=- -d $'FDSTORE=1\nFDNAME=own' "$dir/s" 3
	assert_regex "$output" 'ERRNO=0'
	run fdpass send --reply=- -d $'FDSTOREREMOVE=1\nFDNAME=own' "$dir/s"
	assert_regex "$output" 'removed 2 descriptors'
	wait_until settles "$pid" "$before"
	run fdpass recv -c --send=FDLIST=1 --data=- "$dir/s"
	assert_success
	stop h
	assert_failure 143
}

@test "with a low limit on open files, recv reports lost descriptors and the limit, and continues to receive" {
	not_under valgrind "does not close descriptors at its reserved numbers"
	local pid before
	start_few r 64 recv -k --json "$dir/s"
	pid=$(pid_of r)
	before=$(idle_fd_count "$pid")
	start flood "$PEER" "$dir/s" data=x null=253 flood
	wait_until has 50 . "$dir/r.out"
	kill -KILL "$(pid_of flood)"
	run peer "$dir/s" data=last null=1 send=1
	assert_success
	wait_until fdpass_has_line "$dir/r.out" '"data":"last"'
	wait_until settles "$pid" "$before"
	stop r
	output=$(sed -n 50p <<<"$output")
	assert_regex "$(jq -r '.problems[]' <<<"$output")" 'RLIMIT_NOFILE.*64'
	assert_json '.msg_flags' '["MSG_CTRUNC"]'
}

@test "recv --messages exits during a flood of descriptors" {
	receive r --messages=200 "$dir/s"
	run peer "$dir/s" data=x null=50 flood
	finish r
	assert_success
	assert_equal "${#lines[@]}" 200
}

@test "recv does not execute COMMAND if descriptors were lost at the limit on open files" {
	not_under valgrind "reserves some descriptor numbers"
	start_few r 64 recv "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=x null=253 send wait
	finish r
	assert_error 125 'refused: .*RLIMIT_NOFILE.*64'
	[[ ! -e $dir/ran ]]
}

@test "recv shows a message with the maximum number of control messages" {
	local -a each
	mapfile -t each < <(printf 'null=1\n%.0s' {1..253})
	receive r --creds --timestamps "$dir/s"
	run peer "$dir/s" data=x "${each[@]}" creds send
	assert_success
	finish r
	assert_success
	assert_json '[.ancdata[] | .fds // [] | length] | add' 253
	assert_json '[.ancdata[] | select(.type == "SCM_CREDENTIALS")] | length' 1
	assert_json .problems '[]'
}

# --- descriptors whose close blocks, and sockets sent over themselves

@test "a lingering socket delays neither the output of recv nor its exit" {
	not_under valgrind "does not support helper processes, which close descriptors"
	start_ready r recv "$dir/s"
	lends r peer "$PEER" "$dir/s" data=x linger send shutdown recv
	finish r
	assert_success
	assert_regex "$output" 'closing it may take 60 s'
}

@test "a lingering socket does not delay the refusal of a message" {
	not_under valgrind "does not support helper processes, which close descriptors"
	start_ready r recv --require=pipe "$dir/s" touch "$dir/ran"
	lends r peer "$PEER" "$dir/s" data=x null=1 linger send recv
	finish r
	assert_error 125 'refused'
	[[ ! -e $dir/ran ]]
}

@test "a surplus lingering socket does not delay COMMAND" {
	expects_messages
	start_ready r recv --fd=3 "$dir/s" "$PEER" fds
	lends r peer "$PEER" "$dir/s" data=x null=1 linger send recv
	finish r
	assert_success
	assert_regex "$output" '3 /dev/null'
	refute_regex "$output" 'socket:'
}

@test "recv -k serves other clients while sockets linger" {
	not_under valgrind "does not support helper processes, which close descriptors"
	local i
	receive r -k "$dir/s"
	for i in 1 2 3; do
		lends r "peer$i" "$PEER" "$dir/s" data=x linger send recv
	done
	wait_until has 3 . "$dir/r.out"
	run peer "$dir/s" data=other send
	wait_until fdpass_has_line "$dir/r.out" '"data":"other"'
	stop r
	assert_failure 143
}

@test "a lingering socket does not delay other connections of a relay" {
	not_under valgrind "does not support helper processes, which close descriptors"
	start_ready r relay --dump-cmsg "$dir/front" "$dir/back"
	start_peer server -l "$dir/back" recv
	lends r peer "$PEER" "$dir/front" data=x linger send recv
	wait_until fdpass_has_line "$dir/r.out" 'SCM_RIGHTS'
	rm -f "$dir/back"
	start_peer other -l "$dir/back" drain
	run peer "$dir/front" data=other send
	assert_success
	finish other
	assert_regex "$output" 'other'
}

@test "recv shows a connection that its client has sent over the connection itself, and exits" {
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=3 send
	assert_success
	finish r
	assert_success
	assert_kinds socket
}

@test "a connection that was sent over itself is closed when COMMAND exits" {
	start_ready r recv "$dir/s" "$PEER" fds
	run peer "$dir/s" data=x fds=3 send wait
	assert_success
	finish r
	assert_success
	assert_regex "$output" '3 socket:'
}

@test "recv -k closes connections that were sent over themselves" {
	local pid before i
	receive r -k "$dir/s"
	pid=$(pid_of r)
	before=$(idle_fd_count "$pid")
	for i in {1..30}; do
		run peer "$dir/s" data=x fds=3,3,3 send
		assert_success
	done
	wait_until has 30 . "$dir/r.out"
	wait_until settles "$pid" "$before"
	stop r
}

@test "recv receives from a socket that is in its own receive queue and in that of another socket, and exits" {
	requires python3
	run clean python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair()
c, d = socket.socketpair()
socket.send_fds(a, [b"x"], [b.fileno(), c.fileno()])
socket.send_fds(c, [b"y"], [d.fileno(), a.fileno()])
a.shutdown(socket.SHUT_WR)
sys.exit(subprocess.run([sys.argv[1], "recv", "--json", "fd:%d" % b.fileno()], pass_fds=[b.fileno()]).returncode)' "$FDPASS"
	assert_success
	assert_json '[.ancdata[].fds[] | .kind]' '["socket","socket"]'
	assert_json '.problems' '[]'
}

@test "a relay closes its own sockets if a client sends them through the relay" {
	local pid before
	start_peer server -l "$dir/back" recv
	start_ready r relay "$dir/front" "$dir/back"
	pid=$(pid_of r)
	before=$(idle_fd_count "$pid")
	run peer "$dir/front" data=x fds=3,3 send
	assert_success
	finish server
	assert_regex "$output" 'fds 2'
	wait_until settles "$pid" "$before"
	stop r
	assert_success
}

# --- senders that exit or forge credentials

@test "recv does not execute COMMAND if the sender exits between two messages" {
	start_ready r recv -n 2 "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=x null=1 send kill
	finish r
	assert_error 125 'end of file after 1 of 2 descriptors'
	[[ ! -e $dir/ran ]]
}

@test "recv --spawn never mixes descriptors of two senders" {
	local pid before
	start_ready r recv -k --spawn -n 2 --data=discard "$dir/s" "$PEER" fds
	pid=$(pid_of r)
	run peer "$dir/s" data=x null=2 send
	wait_until has 3 /dev/null "$dir/r.out"
	before=$(idle_fd_count "$pid")
	run peer "$dir/s" data=x open=/etc/passwd send kill
	run peer "$dir/s" data=x null=2 send
	assert_success
	wait_until has 6 /dev/null "$dir/r.out"
	wait_until settles "$pid" "$before"
	stop r
	refute_regex "$output" /etc/passwd
}

@test "recv shows the messages that a seqpacket sender sent before it reset the connection" {
	requires python3
	run clean python3 -c '
import socket, subprocess, sys
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
b.send(b"unread")
socket.send_fds(a, [b"one"], [0])
a.send(b"")
a.send(b"two")
a.close()
sys.exit(subprocess.run([sys.argv[1], "recv", "--json", "fd:%d" % b.fileno()], pass_fds=[b.fileno()]).returncode)' "$FDPASS"
	assert_failure 125
	assert_equal "$(grep '^{' <<<"$output" | jq -c '[.data, (.ancdata | length)]')" $'["one",1]\n["",0]\n["two",0]'
	assert_regex "$output" 'fdpass: recv: receive: Connection reset by peer'
}

@test "--allow-uid refuses forged credentials on stream and seqpacket sockets" {
	local type
	requires_root
	for type in stream seqpacket; do
		start_ready r recv -t "$type" --creds --allow-uid=12345 "$dir/s" touch "$dir/ran"
		run peer -t "$type" "$dir/s" data=x null=1 creds=1:12345:12345 send
		wait_until grep -q refused "$dir/r.err"
		stop r
		assert_error 143 'refused: the sender \(pid [0-9]+, uid 0, gid 0\) is not allowed'
		[[ ! -e $dir/ran && ! -e $dir/s ]]
	done
}

@test "recv -k refuses a client with forged credentials and serves other clients" {
	requires_root
	receive r -k --creds --allow-uid=0 "$dir/s"
	run peer "$dir/s" data=good null=1 creds send
	requires setpriv
	chmod 666 "$dir/s"
	chmod 755 "$dir"
	run timeout "$FDPASS_LIMIT" setpriv --reuid=12345 --regid=12345 --clear-groups "$PEER" "$dir/s" data=bad null=1 \
	    creds=1:0:0 send
	((status != 0))
	run timeout "$FDPASS_LIMIT" setpriv --reuid=12345 --regid=12345 --clear-groups "$PEER" "$dir/s" data=bad null=1 send wait
	run peer "$dir/s" data=too null=1 creds send
	wait_until fdpass_has_line "$dir/r.out" '"data":"too"'
	stop r
	assert_data goodtoo
	assert_regex "$stderr" 'refused: the sender \(pid [0-9]+, uid 12345, gid 12345\) is not allowed'
}

# --- senders that block others

@test "recv exits with 124 at --timeout if a connected client sends nothing" {
	local -a what
	for what in "recv --json" "recv -n 1" "recv --data=-" "recv -k --json" "recv -k --spawn"; do
		# shellcheck disable=SC2086 # word splitting is intended
		if [[ $what == *spawn* ]]; then
			start_ready r $what -w 0.3 "$dir/s" true
		else
			start_ready r $what -w 0.3 "$dir/s"
		fi
		start silent "$PEER" "$dir/s" wait
		finish r
		assert_error 124 'timed out after'
		finish silent
	done
}

@test "a client that sends single bytes does not extend --timeout" {
	local -a what
	for what in "recv --json" "recv -n 1" "recv -k --json" "tty"; do
		# shellcheck disable=SC2086 # word splitting is intended
		start_ready r $what -w 2 "$dir/s"
		start slow "$PEER" "$dir/s" trickle=20
		finish r
		assert_regex "$status" '^(124|125)$'
		[[ $status == 124 || $what == tty ]]
		finish slow
		assert_regex "$output" 'sent [0-9]+ bytes'
	done
}

@test "a reply that arrives byte by byte does not extend --timeout" {
	start_peer server -l "$dir/s" recv trickle=20
	run fdpass send -d ask --reply=discard -w 0.4 "$dir/s" /dev/null
	assert_error 124 'timed out after'
	finish server
}

@test "send exits at --timeout if the receiver never reads" {
	start_peer server -l "$dir/s" wait recv
	run fdpass send -d "@$FDPASS" -w 0.4 "$dir/s" /dev/null
	if [[ $status == 0 ]]; then
		skip "all data fits into the socket"
	fi
	assert_error 124 'time'
}

@test "many idle connections do not delay another connection" {
	local i
	receive r -k "$dir/s"
	for i in {1..20}; do
		start "silent$i" "$PEER" "$dir/s" wait
	done
	run peer "$dir/s" data=hello null=1 send
	assert_success
	wait_until fdpass_has_line "$dir/r.out" '"data":"hello"'
	stop r
	for i in {1..20}; do
		finish "silent$i"
	done
}

# --- names and data with control characters

@test "the output of recv contains no control character" {
	local locale
	for locale in C C.UTF-8; do
		rm -f "$dir/s"
		mkdir -p "$dir/$escapes"
		: >"$dir/$escapes/file"
		LC_ALL=$locale start_ready r recv -t dgram --messages=2 --creds "$dir/s"
		run peer -b "@$escapes$locale" -t dgram "$dir/s" "data=$escapes" "open=$dir/$escapes/file" send
		assert_success
		cd "$dir"
		run peer -b "./$escapes$locale" -t dgram "$dir/s" "data=$escapes" "open=$dir/$escapes" send
		assert_success
		finish r
		assert_success
		assert_tame "$output"
		assert_regex "$output" '\[31m'
	done
}

@test "recv escapes control characters in the names of memfds and sockets" {
	requires python3
	run clean python3 -c '
import os, socket, subprocess, sys
a, b = socket.socketpair()
name = sys.argv[2].encode("utf-8", "surrogateescape")
s = socket.socket(socket.AF_UNIX)
s.bind(b"\0" + name)
socket.send_fds(a, [name], [os.memfd_create(name), s.fileno()])
a.close()
sys.exit(subprocess.run([sys.argv[1], "recv", "fd:%d" % b.fileno()], pass_fds=[b.fileno()]).returncode)' "$FDPASS" "$escapes"
	assert_success
	assert_tame "$output"
	assert_regex "$output" 'memfd.*\[31m'
}

@test "error messages contain no control character" {
	cd "$dir"
	mkdir -p "$escapes"
	run fdpass recv "$escapes/none/s"
	assert_failure 125
	assert_tame "$output"
	run fdpass send "./$escapes"
	assert_failure 125
	assert_tame "$output"
	run fdpass recv --require="$escapes" ./s
	assert_failure 125
	assert_tame "$output"
	run fdpass show "$escapes/none"
	assert_failure 125
	assert_tame "$output"
	run fdpass run "/dev/null=$escapes" -- true
	assert_failure 125
	assert_tame "$output"
	run fdpass run /dev/null -- "./$escapes"
	assert_tame "$output"
	run fdpass "--$escapes"
	assert_failure 125
	assert_tame "$output"
}

@test "the output of a relay contains no control character" {
	start_peer server -l "$dir/back" recv
	start_ready r relay --dump-cmsg "$dir/front" "$dir/back"
	: >"$dir/$escapes"
	run peer "$dir/front" "data=$escapes" "open=$dir/$escapes" send
	finish server
	wait_until fdpass_has_line "$dir/r.out" '31m'
	stop r
	assert_tame "$output"
}

# --- paths that are replaced

@test "recv does not remove its path at exit if another process has replaced the socket" {
	local how
	for how in "stop r TERM" "finish_by_end r"; do
		start_ready r recv --json "$dir/s"
		mv "$dir/s" "$dir/ours"
		start_peer other -l "$dir/s" recv
		$how
		[[ -S $dir/s ]]
		run peer "$dir/s" data=hello send
		assert_success
		finish other
		assert_regex "$output" hello
		rm -f "$dir/s" "$dir/ours"
	done
}

# finish_by_end NAME: makes recv exit at end of file, by connecting to recv's renamed socket and closing the connection.
finish_by_end() {
	peer "$dir/ours" data=x send
	finish "$1"
}

@test "recv does not remove its path at exit if a link, file or directory has replaced the socket" {
	start_ready r recv "$dir/s"
	rm "$dir/s"
	ln -s /etc/passwd "$dir/s"
	stop r
	[[ -L $dir/s ]]
	rm "$dir/s"
	start_ready r recv "$dir/s"
	rm "$dir/s"
	echo precious >"$dir/s"
	stop r
	assert_equal "$(cat "$dir/s")" precious
	rm "$dir/s"
	start_ready r recv "$dir/s"
	rm "$dir/s"
	mkdir "$dir/s"
	stop r
	[[ -d $dir/s ]]
	assert_equal "$stderr" ""
}

@test "recv refuses a symbolic link as its path, and does not change the target of the link" {
	echo precious >"$dir/victim"
	ln -s victim "$dir/s"
	run fdpass recv -w 0.3 "$dir/s"
	assert_error 125 'symbolic link'
	assert_equal "$(cat "$dir/victim")" precious
	[[ -L $dir/s ]]
	# recv must also refuse a link to a stale socket and a dangling link.
	"$PEER" -l "$dir/dead" recv >/dev/null 3>&- 4>&- &
	wait_until test -S "$dir/dead"
	kill -KILL $!
	ln -sf dead "$dir/s"
	run fdpass recv -w 0.3 "$dir/s"
	assert_error 125 'symbolic link'
	[[ -L $dir/s && -S $dir/dead ]]
	ln -sf nowhere "$dir/s"
	run fdpass recv -w 0.3 "$dir/s"
	assert_error 125 'symbolic link'
	[[ -L $dir/s && ! -e $dir/nowhere ]]
}

# held_up CALL ARG...: runs fdpass with ARGs, stops fdpass after its first system call CALL, and sets $stopped to
# the process ID of fdpass.
held_up() {
	local call=$1
	shift
	requires strace pgrep
	# LeakSanitizer does not work under strace.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	start traced strace -f -qq -o "$dir/trace" -e "trace=$call" -e "inject=$call:signal=SIGSTOP:when=1" "$FDPASS" "$@"
	wait_until is_stopped || skip "strace cannot trace here"
}

is_stopped() {
	stopped=$(pgrep -P "$(pid_of traced)") && grep -q -- '--- stopped by SIGSTOP' "$dir/trace"
}

@test "a symbolic link that replaces a new socket does not change the owner or mode of its target" {
	requires_root
	echo precious >"$dir/victim"
	chmod 600 "$dir/victim"
	held_up bind recv -w 0.3 --owner=12345 --mode=666 "$dir/s"
	rm "$dir/s"
	ln -s "$dir/victim" "$dir/s"
	kill -CONT "$stopped"
	finish traced
	assert_failure 125
	assert_regex "$stderr" '^fdpass: recv: listen on .*: another process replaced the new socket$'
	assert_equal "$(stat -c '%u %a' "$dir/victim")" "0 600"
	[[ -L $dir/s ]]
}

@test "recv does not remove a stale socket if another process listens on the path after the check" {
	expects_messages
	"$PEER" -l "$dir/s" recv >/dev/null 3>&- 4>&- &
	wait_until test -S "$dir/s"
	kill -KILL $!
	# recv is stopped after connect(2) has shown that no process listens on the path.
	held_up connect recv -w 0.3 "$dir/s"
	rm "$dir/s"
	start_peer other -l "$dir/s" recv
	kill -CONT "$stopped"
	finish traced
	assert_failure 125
	assert_regex "$stderr" 'another process is listening on it'
	run peer "$dir/s" data=hello send
	assert_success
	finish other
	assert_regex "$output" hello
}

@test "recv and relay exit normally if the directory of their socket has been removed" {
	mkdir "$dir/d"
	start_ready r recv "$dir/d/s"
	rm -rf "$dir/d"
	stop r
	assert_failure 143
	assert_equal "$stderr" ""
	mkdir "$dir/d"
	start_ready r recv -w 0.3 "$dir/d/s"
	rm -rf "$dir/d"
	finish r
	assert_error 124 'timed out after'
	mkdir "$dir/d"
	start_ready r relay "$dir/d/s" "$dir/none"
	rm -rf "$dir/d"
	stop r
	assert_success
	assert_equal "$stderr" ""
}
