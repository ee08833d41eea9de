#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv without a command, which shows the received messages.

load helpers

@test "recv listens by default, shows data and descriptors, and exits at end of file" {
	start_ready r recv "$dir/s"
	run peer "$dir/s" data='hello there' open=/etc/passwd send
	assert_success
	finish r
	assert_success
	assert_regex "$output" 'hello there'
	assert_regex "$output" '/etc/passwd'
	assert_regex "$output" 'regular file'
	assert_regex "$output" 'SCM_RIGHTS'
	assert_equal "$stderr" ""
}

@test "recv is the default verb" {
	start_ready r --json "$dir/s"
	run peer "$dir/s" data=x send
	finish r
	assert_success
	assert_json .data x
}

@test "recv --json prints a message with all keys" {
	local keys
	keys="$(printf '%s\n' message connection time nbytes data data_base64 buffers address peer msg_flags \
	    msg_flags_value ancdata problems)"
	receive r -k "$dir/s"
	run peer "$dir/s" data=plain send
	run peer "$dir/s" data='\xff' creds open=/etc/passwd send
	wait_until fdpass_has_line "$dir/r.out" regular
	stop r
	assert_json '[keys]' "$(jq -c '[keys]' <<<"${lines[0]}")" "${lines[1]}"
	local key
	for key in $keys; do
		assert_json "has(\"$key\")" true "${lines[0]}"
	done
	assert_json '.problems' '[]' "${lines[0]}"
	assert_json '.ancdata' '[]' "${lines[0]}"
	assert_json '.nbytes' 5 "${lines[0]}"
	assert_json '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z$")' true "${lines[0]}"
	for key in fd kind name path link access status_flags cloexec offset size device inode mode deleted problems; do
		assert_json ".ancdata[0].fds[0] | has(\"$key\")" true "${lines[1]}"
	done
	assert_json '.ancdata[0] | [.level, .type, .level_value, .type_value, .length, .truncated]' \
	    '["SOL_SOCKET","SCM_RIGHTS",1,1,4,false]' "${lines[1]}"
}

@test "recv --json shows data that is not UTF-8 in base64, and other data as a string" {
	receive r --messages=3 -t seqpacket "$dir/s"
	run peer -t seqpacket "$dir/s" data='a\x00\x01"\\\n' send data='\xff\xfe' send data='\xc3\xa9' send
	finish r
	assert_success
	assert_json '[.message, .data, .data_base64]' \
	    $'[1,"a\\u0000\\u0001\\"\\\\\\n",null]\n[2,null,"//4="]\n[3,"é",null]'
}

@test "recv describes each descriptor by its own properties" {
	echo 12345 >"$dir/file"
	exec 7<"$dir/file"
	read -r -u 7 -N 2 _
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=7 send
	exec 7<&-
	finish r
	assert_json '.ancdata[0].fds[0] | [.kind, .path, .access, .size, .deleted, .cloexec]' \
	    "[\"regular\",\"$dir/file\",\"r\",6,false,true]"
	assert_json '.ancdata[0].fds[0].inode' "$(stat -c %i "$dir/file")"
}

@test "recv shows a received file with the offset that it shares with the sender" {
	printf 123456789 >"$dir/file"
	exec 7<"$dir/file"
	dd bs=1 count=4 <&7 >/dev/null 2>&1
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=7 send
	exec 7<&-
	finish r
	assert_json '.ancdata[0].fds[0].offset' 4
}

@test "recv shows the kinds, access modes and addresses of common descriptors" {
	not_under qemu "does not support helper processes, which inspect sockets"
	mkfifo "$dir/fifo"
	exec 5</etc 6<>"$dir/fifo" 7>"$dir/out" 8<>/dev/null
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=5,6,7,8 pipe tcp-listen send
	local port=${lines[0]#port }
	exec 5<&- 6<&- 7<&- 8<&-
	finish r
	assert_kinds directory fifo regular char-device pipe socket
	assert_json '[.ancdata[0].fds[].access]' '["r","rw","w","rw","r","rw"]'
	assert_json '.ancdata[0].fds[5].socket | [.family, .type, .listening]' '["AF_INET","SOCK_STREAM",true]'
	assert_json '.ancdata[0].fds[5].socket.local | tostring | test("'"$port"'")' true
}

@test "recv shows that a received file has been deleted" {
	echo gone >"$dir/file"
	exec 7<"$dir/file"
	rm "$dir/file"
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=7 send
	exec 7<&-
	finish r
	assert_json '.ancdata[0].fds[0].deleted' true
}

@test "recv receives descriptors of several control messages in order" {
	receive r "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd open=/dev/zero fds=0,0 pipe send
	finish r
	assert_kinds regular char-device char-device char-device pipe
}

@test "recv describes all 253 descriptors of one message" {
	receive r "$dir/s"
	run peer "$dir/s" data=x null=253 send
	finish r
	assert_success
	assert_json '[.ancdata[].fds[]] | length' 253
	assert_json '[.ancdata[].fds[].fd] | unique | length' 253
	assert_json .problems '[]'
}

@test "text and JSON both contain all 253 descriptors of a message" {
	start_ready r recv "$dir/s"
	run peer "$dir/s" data=x null=253 send
	finish r
	assert_success
	assert_equal "$(grep -c /dev/null <<<"$output")" 253
}

# --- conditions for exiting

@test "--messages makes recv exit even if the sender stays connected" {
	receive r --messages=2 -t seqpacket "$dir/s"
	start_peer p -t seqpacket "$dir/s" data=1 send data=2 send data=3 send wait
	finish r
	assert_success
	assert_equal "${#lines[@]}" 2
	finish p
}

@test "-n N makes recv exit after N descriptors" {
	receive r -n 3 "$dir/s"
	start_peer p "$dir/s" data=a null=1 send recv=1 data=b null=2 send wait
	wait_until fdpass_has_line "$dir/r.out" '"a"'
	stop r
	assert_failure 143
	receive r -n 3 -t seqpacket "$dir/s2"
	start_peer p "$dir/s2" wait || true
	start_peer p -t seqpacket "$dir/s2" data=a null=1 send data=b null=2 send data=c send wait
	finish r
	assert_success
	assert_equal "${#lines[@]}" 2
}

@test "recv exits with 0 and prints nothing if a client sends no message" {
	receive r "$dir/s"
	run peer "$dir/s"
	finish r
	assert_success
	assert_equal "$output" ""
}

@test "recv exits with 124 and a message when --timeout expires before a client connects" {
	run --separate-stderr fdpass recv --timeout=0.05 "$dir/s"
	assert_failure 124
	assert_regex "$stderr" '^fdpass: .*(time|0\.05)'
	[ ! -e "$dir/s" ]
}

@test "--timeout=0 receives queued messages without waiting" {
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run --separate-stderr fdpass run socketpair: -- sh -c '"$1" send --timeout=0 --data=one fd:3 0 &&
	    "$1" send --timeout=0 --data=two fd:3 0 && exec "$1" recv --timeout=0 --data=- fd:4' - "$FDPASS"
	assert_error 124 'timed out after'
	assert_equal "$output" onetwo
}

@test "recv exits with 124 when --timeout expires and a connected client has sent nothing" {
	receive r -w 0.3 "$dir/s"
	start_peer p "$dir/s" wait
	finish r
	assert_failure 124
	finish p
}

@test "recv shows every message of a client that sends single bytes" {
	receive r "$dir/s"
	run peer "$dir/s" dribble=Mary-had-a-little-lamb
	finish r
	assert_success
	assert_data Mary-had-a-little-lamb
}

@test "recv shows messages from a sender that has been killed" {
	receive r "$dir/s"
	run peer "$dir/s" data=half open=/etc/passwd send kill
	finish r
	assert_success
	assert_data half
	assert_kinds regular
}

@test "recv describes each descriptor anew, even if descriptors of consecutive messages get the same number" {
	local pid before
	printf 'one\ntwo\n' >"$dir/read"
	echo gone >"$dir/gone"
	receive r -k "$dir/s"
	pid=$(pid_of r)
	before=$(idle_fd_count "$pid")
	# recv is stopped, so that all messages are queued before it shows the first one.
	kill -STOP "$pid"
	exec 5<"$dir/read" 6<"$dir/gone"
	rm "$dir/gone"
	# The shell reads byte by byte up to the newline, because the offset of descriptor 5 is shared. After reading,
	# the offset is 4.
	read -r <&5
	run peer "$dir/s" data=1 open=/etc/passwd send data=2 open=/etc/group open=/dev/null send data=3 fds=5 fds=6 send \
		data=4 pipe send data=5 open=/etc/group send data=6 open=/etc/passwd open=/etc/group send data=7 fds=5,6 send
	exec 5<&- 6<&-
	assert_success
	kill -CONT "$pid"
	wait_until fdpass_has_line "$dir/r.out" '"message":7'
	fd_count_is() { (($(fd_count "$pid") == $1)); }
	wait_until fd_count_is "$before"
	stop r
	assert_json '[.ancdata[].fds[] | .path // .kind | split("/")[-1]]' "$(printf '%s\n' '["passwd"]' '["group","null"]' \
		'["read","gone"]' '["pipe"]' '["group"]' '["passwd","group"]' '["read","gone"]')"
	assert_json '[.ancdata[].fds[].offset]' "$(printf '%s\n' '[0]' '[0,0]' '[4,0]' '[null]' '[0]' '[0,0]' '[4,0]')"
	assert_json '[.ancdata[].fds[].deleted]' "$(printf '%s\n' '[false]' '[false,false]' '[false,true]' '[false]' \
		'[false]' '[false,false]' '[false,true]')"
}

@test "recv -k accepts further connections and numbers the connections" {
	receive r -k "$dir/s"
	run peer "$dir/s" data=one send
	run peer "$dir/s" data=two open=/etc/passwd send
	wait_until fdpass_has_line "$dir/r.out" two
	local before
	before=$(idle_fd_count "$(pid_of r)")
	for _ in 1 2 3 4 5; do
		run peer "$dir/s" data=more null=20 send
	done
	run peer "$dir/s" data=last send
	wait_until fdpass_has_line "$dir/r.out" last
	assert_equal "$(fd_count "$(pid_of r)")" "$before" "descriptors open in a receiver that goes on"
	stop r
	assert_json '[.connection, .data]' "$(printf '[%d,"%s"]\n' 1 one 2 two 3 more 4 more 5 more 6 more 7 more 8 last)"
}

@test "recv -k serves a second client while the first client sends nothing" {
	receive r -k "$dir/s"
	start_peer silent "$dir/s" wait
	run peer "$dir/s" data=heard send
	wait_until fdpass_has_line "$dir/r.out" heard
	stop r
}

@test "SIGTERM and SIGINT terminate recv, which removes its path" {
	local signal
	for signal in TERM INT HUP; do
		# env restores the default action, because a shell starts background processes with SIGINT ignored.
		start r env --default-signal=INT "$FDPASS" recv "$dir/s"
		wait_until listens "$dir/s"
		stop r $signal
		[ "$status" -ne 0 ]
		[ ! -e "$dir/s" ]
		assert_equal "$stderr" ""
	done
}

# --- roles and types

@test "recv -c connects and shows the messages of the server" {
	start_peer p -l "$dir/s" data=served open=/etc/passwd send
	run --separate-stderr fdpass recv -c --json "$dir/s"
	assert_success
	assert_data served
	assert_kinds regular
}

@test "recv -c detects the type of the listening socket" {
	start_peer p -l -t seqpacket "$dir/s" data=one send data=two send
	run --separate-stderr fdpass recv -c --json "$dir/s"
	assert_success
	assert_json .data $'one\ntwo'
}

@test "recv shows an empty datagram as a message, and does not treat it as end of file" {
	receive r -t dgram --messages=3 "$dir/s"
	run peer -t dgram "$dir/s" send null=1 send data=last send
	finish r
	assert_success
	assert_json '[.nbytes, (.ancdata | length)]' $'[0,0]\n[0,1]\n[4,0]'
}

@test "recv shows the sender of a datagram as a path, an abstract name, or without an address" {
	receive r -t dgram --messages=3 "$dir/s"
	run peer -t dgram -b "$dir/me" "$dir/s" data=1 send
	run peer -t dgram -b "@fdp-$$-me" "$dir/s" data=2 send
	run peer -t dgram "$dir/s" data=3 send
	finish r
	assert_json '.address | if . == null then . else [.family, .path, .abstract] end' \
	    "$(printf '["AF_UNIX","%s",null]\n["AF_UNIX",null,"fdp-%s-me"]\nnull' "$dir/me" $$)"
}

@test "recv shows the credentials of the peer of a connection" {
	receive r "$dir/s"
	start_peer p "$dir/s" data=x send wait
	local pid
	pid=$(pid_of p)
	wait_until fdpass_has_line "$dir/r.out" '"x"'
	stop r
	assert_json '.peer | [.pid, .uid, .gid]' "[$pid,$(id -u),$(id -g)]"
}

# --- parameters of recvmsg

@test "--buffers distributes the data over several buffers, like Python's recvmsg_into()" {
	receive r --buffers=4,7,14 "$dir/s"
	run peer "$dir/s" data='Mary had a little lamb' send
	finish r
	assert_success
	assert_json '.nbytes' 22
	assert_json '[.buffers[] | if type == "object" then .data else . end]' '["Mary"," had a ","little lamb"]'
	assert_json '.data' 'Mary had a little lamb'
}

@test "recv reports a datagram that is truncated because of --bufsize" {
	receive r -t dgram --bufsize=4 --messages=1 "$dir/s"
	run peer -t dgram "$dir/s" data=0123456789 send
	finish r
	assert_json '.data' 0123
	assert_json '.msg_flags | index("MSG_TRUNC") != null' true
	assert_json '.problems | length > 0' true
}

@test "--flags=trunc shows the real length of a datagram" {
	receive r -t dgram --bufsize=4 --flags=trunc --messages=1 "$dir/s"
	run peer -t dgram "$dir/s" data=0123456789 send
	finish r
	assert_json '[.nbytes, .data]' '[10,"0123"]'
}

@test "recv shows a seqpacket message that is longer than the default buffer, reports it as truncated, and exits with 125" {
	receive r -t seqpacket --messages=1 "$dir/s"
	run --separate-stderr python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.setsockopt(socket.SOL_SOCKET, 32, 2000000)
s.connect(sys.argv[1])
s.send(b"x" * 300000)' "$dir/s"
	[[ $status == 0 ]] || skip "longer messages cannot be sent"
	finish r
	assert_failure 125
	assert_json '[.msg_flags[], (.problems | length)]' '["MSG_TRUNC",1]'
}

@test "--bufsize splits the data of a stream without loss" {
	receive r --bufsize=3 "$dir/s"
	run peer "$dir/s" data=0123456789 send
	finish r
	assert_success
	assert_data 0123456789
	assert_equal "${#lines[@]}" 4
}

@test "--ancbufsize with space for one descriptor receives exactly one, and the loss is reported" {
	not_under qemu "enlarges the control buffer"
	receive r --ancbufsize=$((header_size + 4)) "$dir/s"
	run peer "$dir/s" data=x null=2 send
	finish r
	assert_json '[.ancdata[].fds[]] | length' 1
	assert_json '.msg_flags | index("MSG_CTRUNC") != null' true
	assert_regex "$(jq -r '.problems[]' <<<"$output")" 'ancbufsize|buffer'
}

@test "--ancbufsize=0 receives no control message, and the loss is reported" {
	receive r --ancbufsize=0 "$dir/s"
	run peer "$dir/s" data=x null=2 send
	finish r
	assert_json '.ancdata' '[]'
	assert_json '.msg_flags | index("MSG_CTRUNC") != null' true
	assert_json '.problems | length > 0' true
}

@test "if descriptors are lost because of the limit on open files, recv reports the limit and exits with 125" {
	not_under valgrind "reserves some descriptor numbers"
	limited() {
		ulimit -n 24
		exec "$FDPASS" "$@"
	}
	start r bash -c "$(declare -f limited); limited recv --json '$dir/s'"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=60 send
	finish r
	assert_failure 125
	assert_regex "$(jq -r '.problems[]' <<<"$output")" 'RLIMIT_NOFILE.*24'
	assert_json '[.ancdata[].fds[]] | length < 60' true
}

@test "--flags=peek shows a message and leaves it in the queue" {
	receive r --flags=peek --messages=2 "$dir/s"
	start_peer p "$dir/s" data=still-here open=/etc/passwd send wait
	finish r
	assert_success
	assert_json .data $'still-here\nstill-here'
	assert_kinds regular regular
}

@test "--flags=dontwait makes recv exit without waiting for a message" {
	start_peer p -l "$dir/s" wait
	run --separate-stderr fdpass recv -c --flags=dontwait "$dir/s"
	[ "$status" -ne 0 ]
	[ "$status" -ne 137 ]
	assert_regex "$stderr" '^fdpass: '
}

@test "--flags=waitall fills the buffer with the data of several writes" {
	receive r --flags=waitall --bufsize=6 "$dir/s"
	run peer "$dir/s" dribble=abcdef
	finish r
	assert_success
	assert_json .data abcdef
	assert_equal "${#lines[@]}" 1
}

@test "--creds shows the credentials of the sender" {
	receive r --creds "$dir/s"
	start_peer p "$dir/s" data=x send wait
	local pid
	pid=$(pid_of p)
	wait_until fdpass_has_line "$dir/r.out" '"x"'
	stop r
	assert_credentials "$pid" "$(id -u)" "$(id -g)"
	assert_json '.ancdata[0] | [.type, .length]' '["SCM_CREDENTIALS",12]'
}

@test "recv --creds receives all 253 descriptors of a message" {
	receive r --creds "$dir/s"
	run peer "$dir/s" data=x null=253 send
	finish r
	assert_success
	assert_json '[.ancdata[].fds | select(. != null)[]] | length' 253
	assert_json '[.ancdata[].type]' '["SCM_CREDENTIALS","SCM_RIGHTS"]'
}

@test "--pidfd shows a pidfd of the sender's process" {
	not_under qemu "does not support SO_PASSPIDFD"
	kernel_has --pidfd
	receive r --pidfd "$dir/s"
	start_peer p "$dir/s" data=x send wait
	local pid
	pid=$(pid_of p)
	wait_until fdpass_has_line "$dir/r.out" '"x"'
	stop r
	assert_json '.ancdata[0].type' SCM_PIDFD
	assert_json '.ancdata[0].pidfd | .. | .pid? // empty' "$pid"
}

@test "--timestamps shows the time of arrival of a datagram" {
	not_under qemu "does not support SO_TIMESTAMPNS"
	receive r -t dgram --timestamps --messages=1 "$dir/s"
	run peer -t dgram "$dir/s" data=x send
	finish r
	assert_json '[.ancdata[].type | select(test("TIMESTAMP"))] | length > 0' true
}

@test "--timestamps and --setsockopt apply to accepted connections, with and without --keep" {
	not_under qemu "does not support SO_TIMESTAMPNS"
	local option
	for option in --timestamps --setsockopt=SOL_SOCKET:SO_TIMESTAMPNS; do
		receive r -t seqpacket --messages=1 "$option" "$dir/s"
		run peer -t seqpacket "$dir/s" data=x send
		finish r
		assert_json '[.ancdata[].type]' '["SCM_TIMESTAMPNS"]'
		receive k -k -t seqpacket --messages=1 "$option" "$dir/k"
		run peer -t seqpacket "$dir/k" data=x send
		finish k
		assert_json '[.ancdata[].type]' '["SCM_TIMESTAMPNS"]'
	done
}

@test "the data of a long write is received completely, even though its descriptors arrive with the first bytes" {
	local bytes
	for bytes in 36543 36544 37000 300000; do
		start_ready r recv --data=stdin "$dir/s" wc -c
		head -c $bytes /dev/zero | fdpass send --wait -d @- "$dir/s" /etc/hosts
		finish r
		assert_success
		assert_equal "$((output))" $bytes
		assert_equal "$stderr" ""
	done
}

@test "recv reports data that is unread when it executes COMMAND" {
	expects_messages
	start_ready r recv --data=- "$dir/s" true
	kill -STOP "$(pid_of r)"
	run peer "$dir/s" data=abc null=1 send data=more send
	kill -CONT "$(pid_of r)"
	finish r
	assert_success
	assert_equal "$output" abc
	assert_equal "$stderr" 'fdpass: recv: 4 unread bytes of data will be lost (use --keep-socket to pass the connection)'
}

@test "--inq shows the number of unread bytes" {
	kernel_has --inq
	receive r --inq --bufsize=4 --messages=1 "$dir/s"
	run peer "$dir/s" data=0123456789 send
	finish r
	assert_json '.ancdata[0].type' SCM_INQ
	assert_json '.ancdata[0].hex' 06000000
}

@test "recv --no-rights receives no descriptors" {
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	receive r --no-rights "$dir/s"
	run peer "$dir/s" data=with null=1 send
	local sender=$status
	run peer "$dir/s" data=x send || true
	finish r
	[ "$sender" -ne 0 ] || [ "$status" -eq 125 ]
	assert_json '[.ancdata[].fds | select(. != null)[]] | length' "$([ -z "$output" ] || echo 0)"
}

@test "--no-rights closes and reports descriptors on a kernel without SO_PASSRIGHTS" {
	requires strace
	not_under valgrind "is not traced by watch"
	not_under qemu "is not traced by watch"
	# LeakSanitizer does not work in a traced process.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run --separate-stderr clean "$FDPASS" run socketpair: -- sh -c '"$1" send --data=x fd:3 0 && exec strace -o "$2" \
	    -e inject=setsockopt:error=ENOPROTOOPT "$1" recv --no-rights --fd=7 --timeout=0 fd:4 true' - "$FDPASS" "$dir/trace"
	assert_failure 124
	assert_regex "$stderr" 'needs Linux 6.16; received descriptors are closed instead of refused'
}

# --- --send and --data

@test "recv --send=TEXT sends TEXT before it receives" {
	start_peer p -l "$dir/s" recv data=answer open=/etc/passwd send
	run --separate-stderr fdpass recv -c --send='please
' --json "$dir/s"
	assert_success
	assert_data answer
	finish p
	assert_regex "$output" '7 please'
}

@test "--send=@FILE sends the contents of a file" {
	printf 'from a file' >"$dir/f"
	start_peer p -l "$dir/s" recv data=answer send
	run --separate-stderr fdpass recv -c --send="@$dir/f" --json "$dir/s"
	assert_success
	finish p
	assert_regex "$output" '11 from a file'
}

# Sends the write end of a pipe three times, and waits until no process has it open.
send_and_wait_for_close() {
	run timeout "$FDPASS_LIMIT" python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
for i in range(3):
    r, w = os.pipe()
    socket.send_fds(s, [b"x"], [w])
    os.close(w)
    assert os.read(r, 1) == b""
    os.close(r)
' "$dir/s"
	assert_success
}

@test "recv -k closes each descriptor that is no longer needed, and keeps its standard input open" {
	requires python3
	local data
	for data in discard -; do
		start_ready r recv -k --data=$data "$dir/s"
		send_and_wait_for_close
		[ -e "/proc/$(pid_of r)/fd/0" ]
		stop r
		assert_failure 143
	done
}

@test "--data=- writes the data unchanged" {
	head -c 100000 /dev/urandom >"$dir/in"
	start_ready r recv --data=- "$dir/s"
	run fdpass_connect_and_write "$dir/s" "$dir/in"
	finish r
	assert_success
	cmp "$dir/in" "$dir/r.out"
}

fdpass_connect_and_write() {
	/usr/bin/env python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(open(sys.argv[2], "rb").read())' "$1" "$2" 3>&- 4>&-
}

@test "--data=- with --json writes data to standard output and messages to standard error" {
	start_ready r recv --data=- --json "$dir/s"
	run peer "$dir/s" data='only this' open=/etc/passwd send
	finish r
	assert_success
	assert_equal "$output" "only this"
	assert_json .data "only this" "$stderr"
}

@test "--data=file:PATH writes the data of all messages" {
	receive r --data="file:$dir/out" -t seqpacket --messages=2 "$dir/s"
	run peer -t seqpacket "$dir/s" data=one, send data=two send
	finish r
	assert_success
	assert_equal "$(cat "$dir/out")" one,two
}

# --- access control

@test "--require accepts descriptors of the given kinds" {
	receive r --require=regular,pipe "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd pipe send
	finish r
	assert_success
	assert_kinds regular pipe
}

@test "--require refuses and closes descriptors of other kinds, and the error contains both kinds" {
	start_ready r recv --require=socket "$dir/s"
	run peer "$dir/s" data=x held send released
	assert_success
	finish r
	assert_error 125 'pipe.*socket|socket.*pipe'
}

@test "--allow-uid and --allow-gid accept the given users and groups and refuse others" {
	receive r --allow-uid="$(id -u)" --allow-gid="$(id -g)" "$dir/s"
	run peer "$dir/s" data=welcome send
	finish r
	assert_success
	assert_data welcome
	start_ready r recv --allow-uid=65533 "$dir/s2"
	run peer "$dir/s2" data=x held send released
	wait_until has_refused 1
	stop r
	assert_error 143 "refused: the sender .*uid $(id -u)"
	receive r --allow-uid="$(id -u)" "$dir/s4"
	run peer "$dir/s4" data=welcome send
	finish r
	assert_success
	start_ready r recv --allow-gid=65533 "$dir/s3"
	run peer "$dir/s3" data=x send
	wait_until has_refused 1
	stop r
	assert_error 143 "gid $(id -g)"
}

has_refused() { # COUNT
	(($(grep -c refused "$dir/r.err") == $1))
}

@test "recv prints one warning for each peer that is not allowed, disconnects it, and serves the next peer" {
	expects_messages
	requires_root
	chmod 755 "$dir"
	local type
	for type in stream seqpacket dgram; do
		start_ready r recv -t "$type" -m 666 --allow-uid=0 "$dir/s"
		run setpriv --reuid=65534 --regid=65534 --clear-groups "$PEER" -t "$type" "$dir/s" data=stranger send
		run setpriv --reuid=65534 --regid=65534 --clear-groups "$PEER" -t "$type" "$dir/s" data=stranger send
		wait_until has_refused 2
		run peer -t "$type" "$dir/s" data=friend null=1 send
		wait_until grep -q friend "$dir/r.out"
		[[ $type != dgram ]] || stop r
		[[ $type == dgram ]] || finish r
		assert_regex "$output" friend
		[[ $output != *stranger* ]]
		assert_equal "$(grep -c 'refused: the sender .*uid 65534' <<<"$stderr")" 2
	done
}

@test "recv with COMMAND refuses a peer that --allow-uid does not list, and waits for the next peer" {
	expects_messages
	requires_root
	chmod 755 "$dir"
	start_ready r recv -m 666 --allow-uid=0 "$dir/s" sh -c 'echo "got $FDPASS_COUNT from $FDPASS_PEER_UID"'
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$PEER" "$dir/s" data=x null=1 send
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_success
	assert_equal "$output" 'got 1 from 0'
}

@test "recv --connect exits with 125 if the peer is refused" {
	start p "$PEER" -l "$dir/p" wait
	wait_until listens "$dir/p"
	run fdpass recv -c --allow-uid=65533 "$dir/p"
	assert_error 125 'refused: the sender'
}

# --- untrusted peers

@test "recv escapes control characters from a peer in its text output" {
	mkdir "$dir/odd"
	local name=$'a\033]0;evil\007b\nc'
	echo x >"$dir/odd/$name"
	exec 7<"$dir/odd/$name"
	start_ready r recv "$dir/s"
	run peer "$dir/s" data='\x1b[2J\x07\x9b31m\nfdpass: fake' fds=7 send
	exec 7<&-
	finish r
	assert_success
	if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177-\237]')" "$dir/r.out"; then
		fdpass_report "control characters came through" output "$(cat -v "$dir/r.out")"
		false
	fi
	refute_regex "$output" $'\nfdpass: fake'
}

@test "JSON output is valid if the path of a descriptor is not UTF-8" {
	mkdir "$dir/odd"
	local name=$'\xff\xfe\x01"\\\n'
	echo x >"$dir/odd/$name"
	exec 7<"$dir/odd/$name"
	receive r "$dir/s"
	run peer "$dir/s" data=x fds=7 send
	exec 7<&-
	finish r
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_json '.ancdata[0].fds[0].kind' regular
}

@test "recv shows the message of a client that closes its socket immediately" {
	receive r "$dir/s"
	start_peer p "$dir/s" data=x send close
	finish r
	[ "$status" -lt 126 ]
	assert_data x
}

@test "recv does not treat an empty seqpacket message as end of file, even if the sender has exited" {
	receive r -t seqpacket "$dir/s"
	run peer -t seqpacket "$dir/s" data= send data= send data= null=1 send data=x null=2 send
	finish r
	assert_success
	assert_json '[.nbytes, ([.ancdata[].fds[]] | length)]' $'[0,0]\n[0,0]\n[0,1]\n[1,2]'
	start_ready c recv -t seqpacket -n 3 "$dir/s" sh -c 'echo "$FDPASS_COUNT"'
	run peer -t seqpacket "$dir/s" data= send data= send data= null=3 send
	finish c
	assert_success
	assert_equal "$output" 3
}

@test "--only-fds and --max-data are refused without an option that shows messages" {
	run --separate-stderr fdpass recv --only-fds "$dir/s" cat
	assert_error 125 '--only-fds needs --dump-cmsg'
	run --separate-stderr fdpass recv --data=- --max-data=3 "$dir/s"
	assert_error 125 '--max-data needs --dump-cmsg'
	run --separate-stderr fdpass relay --only-fds "$dir/f" "$dir/b"
	assert_error 125 '--only-fds needs --dump-cmsg'
}

@test "--only-fds and --max-data limit the output, and data_omitted is the number of omitted bytes" {
	start_ready r recv --json --only-fds --max-data=3 -t seqpacket "$dir/s"
	run peer -t seqpacket "$dir/s" data=plain send data=abcdef null=1 send
	assert_success
	finish r
	assert_success
	assert_equal "$(jq -c '[.message, .nbytes, .data, .data_omitted, keys_unsorted[-1]]' <<<"$output")" \
	    '[2,6,"abc",3,"data_omitted"]'
}

# required WORD: prints the names of the descriptors that show --only=WORD shows. --require of recv and hold parses WORD
# in the same way.
required() {
	fdpass show --only="$1" --json dir:/=d r:/etc/passwd=r "w:$dir/w=w" "rw:$dir/rw=rw" path:/etc/passwd=p pipe:=pipe \
	    socketpair:=st socketpair:dgram=dg socketpair:seqpacket=sq tcp-listen:127.0.0.1:0=tl 'tcp-listen:[::1]:0=tl6' \
	    udp-listen:127.0.0.1:0=ul "unix-listen:$dir/u=un" memfd:m=mem | jq -r .name | sed 's/-[01]$//' | sort -u | paste -sd' '
}

@test "KIND:PROPERTY in --only and --require matches only descriptors with this property" {
	[[ -e /proc/net/if_inet6 ]] && grep -q ' lo$' /proc/net/if_inet6 || skip "IPv6 is not available"
	: >"$dir/rw"
	: >"$dir/w"
	assert_equal "$(required any:r)" "d pipe-r r"
	assert_equal "$(required any:w)" "pipe-w w"
	assert_equal "$(required any:rw)" "dg mem rw sq st tl tl6 ul un"
	assert_equal "$(required any:path)" "p"
	assert_equal "$(required regular)" "p r rw w"
	assert_equal "$(required regular:r)" "r"
	assert_equal "$(required regular:w,regular:rw)" "rw w"
	assert_equal "$(required directory:r)" "d"
	assert_equal "$(required socket)" "dg sq st tl tl6 ul un"
	assert_equal "$(required socket:stream)" "st tl tl6 un"
	assert_equal "$(required socket:dgram)" "dg ul"
	assert_equal "$(required socket:seqpacket)" "sq"
	assert_equal "$(required socket:unix)" "dg sq st un"
	assert_equal "$(required socket:inet)" "tl ul"
	assert_equal "$(required socket:inet6)" "tl6"
	assert_equal "$(required socket:listening)" "tl tl6 un"
	assert_equal "$(required socket:unix:stream:listening)" "un"
	assert_equal "$(required socket:inet:stream,memfd)" "mem tl"
	assert_equal "$(required socket:unix:r)" ""
}
