#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of send: all forms of DESCRIPTOR as the receiver sees them, the data that is sent with them, and errors.

load helpers

refused_verb=send

# through ARG...: runs "fdpass send $dir/s ARG..." with fdpass recv as the receiver, and sets $output to the output of
# recv.
through() {
	receive r "$dir/s"
	run --separate-stderr fdpass send "$dir/s" "$@"
	assert_success || return 1
	finish r
	assert_success
}

# has_no_socket NAME: succeeds if no process has a Unix socket named NAME.
has_no_socket() {
	! grep -q "$1" /proc/net/unix
}

# --- DESCRIPTOR

@test "N, fd:N and - (standard input) send inherited descriptors, in the given order" {
	exec 7</etc/passwd 8</etc/group
	through 8 fd:7 - </dev/zero
	exec 7<&- 8<&-
	assert_json '[.ancdata[0].fds[].path]' '["/etc/group","/etc/passwd","/dev/zero"]'
}

@test "a descriptor that is given twice is sent twice" {
	through /etc/passwd 0 0
	assert_kinds regular char-device char-device
}

@test "a path, r:, w:, rw:, a:, dir: and path: open files with the documented access mode and flags" {
	echo text >"$dir/f"
	mkdir "$dir/d"
	through "$dir/f" "r:$dir/f" "w:$dir/new" "rw:$dir/f" "a:$dir/f" "dir:$dir/d" "path:$dir/f"
	assert_json '[.ancdata[0].fds[] | .kind + " " + .access]' \
	    '["regular r","regular r","regular w","regular rw","regular w","directory r","regular path"]'
	assert_json '.ancdata[0].fds[4].status_flags | index("O_APPEND") != null' true
	assert_json '[.ancdata[0].fds[].size]' '[5,5,0,5,5,'"$(stat -c %s "$dir/d")"',5]'
	[ -e "$dir/new" ]
	assert_equal "$(cat "$dir/f")" text
}

@test "send w:PATH truncates the file only after all DESCRIPTORs have been opened" {
	echo text >"$dir/f"
	start_peer p -l "$dir/s" recv
	refused 'nowhere: cannot open for reading: No such file' "$dir/s" "w:$dir/f" "$dir/nowhere"
	assert_equal "$(cat "$dir/f")" text
	run --separate-stderr fdpass send "$dir/s" "w:$dir/f"
	assert_success
	finish p
	assert_equal "$(stat -c %s "$dir/f")" 0
}

@test "pid:PID:FD sends a descriptor that refers to the same open file description, even for a socket" {
	not_under valgrind "does not support pidfd_open"
	printf 'one\ntwo\n' >"$dir/f"
	# Starts a process that has read four bytes of the file.
	cat >"$dir/hold" <<-'END'
		exec 7<>"$1"
		read -r line <&7
		echo ready
		exec sleep 60
	END
	start other sh "$dir/hold" "$dir/f"
	wait_until fdpass_has_line "$dir/other.out" ready
	start_peer listener -l "$dir/l" recv
	through "pid:$(pid_of other):7=file"
	assert_json '.ancdata[0].fds[0] | [.offset, .access, .kind]' '[4,"rw","regular"]'
	# The duplicate shares the offset, so cat reads only the remaining line.
	start_ready r recv -i "$dir/s" cat
	run fdpass send "$dir/s" "pid:$(pid_of other):7"
	assert_success
	finish r
	assert_equal "$output" two
	stop other
	# Sends the listening socket of another process.
	receive r "$dir/s"
	local socket
	for socket in /proc/"$(pid_of listener)"/fd/*; do
		[[ $(readlink "$socket") != socket:* ]] || break
	done
	run fdpass send "$dir/s" "pid:$(pid_of listener):${socket##*/}"
	assert_success
	finish r
	assert_json '.ancdata[0].fds[0].socket.listening' true
	assert_json '.ancdata[0].fds[0].link' "$(readlink "$socket")"
}

@test "the error for a pid:PID:FD that send may not access contains the DESCRIPTOR and the word ptrace" {
	not_under valgrind "does not support pidfd_open"
	requires setpriv
	requires_root
	start holder sleep 60
	local pid
	pid=$(pid_of holder)
	chmod 755 "$dir"
	run --separate-stderr timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$FDPASS" send "$dir/s" "pid:$pid:1=x" 3>&- 4>&-
	assert_error 125 "pid:$pid:1=x: .*ptrace"
}

@test "pid: and pidfd: report a missing process or descriptor" {
	not_under valgrind "does not support pidfd_open"
	start gone true
	local pid
	pid=$(pid_of gone)
	finish gone
	refused "pid:$pid:0: process $pid does not exist" "$dir/s" "pid:$pid:0"
	refused "pidfd:$pid: process $pid does not exist" "$dir/s" "pidfd:$pid"
	refused "pid:$$:999: process $$ has no descriptor 999" "$dir/s" "pid:$$:999"
	refused "pid:$$: expected pid:PID:FD" "$dir/s" "pid:$$"
}

@test "pidfd:PID sends a pidfd that refers to the process" {
	not_under valgrind "does not support pidfd_open"
	start victim sleep 60
	local pid
	pid=$(pid_of victim)
	through "pidfd:$pid"
	assert_kinds pidfd
	assert_json '.ancdata[0].fds[0].pidfd.pid' "$pid"
}

@test "memfd:NAME sends a sealed memfd that contains all of standard input, at offset 0" {
	head -c 300000 /dev/urandom >"$dir/in"
	start_ready r recv --data=discard "$dir/s" sh -c 'cat <&3 >"$0"; ! echo more 2>/dev/null >/proc/self/fd/3' "$dir/out"
	run --separate-stderr fdpass send "$dir/s" memfd:blob=b <"$dir/in"
	assert_success
	finish r
	assert_success
	cmp "$dir/in" "$dir/out"
	through memfd:blob <"$dir/in"
	assert_kinds memfd
	assert_json '.ancdata[0].fds[0] | [.memfd.name, .offset, .size]' '["blob",0,300000]'
	assert_json '.ancdata[0].fds[0].memfd.seals - ["exec"] | sort' '["grow","seal","shrink","write"]'
}

@test "standard input can be used only once" {
	refused 'memfd:b: standard input is already used by memfd:a' "$dir/s" memfd:a memfd:b
	refused 'data=@-: standard input is already used by memfd:a' --data=@- "$dir/s" memfd:a
}

@test "tcp: and udp: open connected sockets, for IPv4, IPv6 in brackets, and host names" {
	not_under qemu "does not support helper processes, which inspect sockets"
	start web "$FDPASS" run --verbose tcp-listen::0 udp-listen:127.0.0.1:0 -- sleep 60
	wait_until fdpass_has_line "$dir/web.err" udp-listen
	local tcp udp
	tcp=$(sed -n 's/.*tcp-listen::0: .*:\([0-9]*\)$/\1/p' "$dir/web.err")
	udp=$(sed -n 's/.*udp-listen:127.0.0.1:0: .*:\([0-9]*\)$/\1/p' "$dir/web.err")
	through "tcp:127.0.0.1:$tcp" "tcp:localhost:$tcp" "udp:127.0.0.1:$udp=x"
	assert_json '[.ancdata[0].fds[].socket | .type + " " + .state]' \
	    '["SOCK_STREAM connected","SOCK_STREAM connected","SOCK_DGRAM connected"]'
	if grep -q . /proc/net/if_inet6 2>/dev/null; then
		through "tcp:[::1]:$tcp"
		assert_json '.ancdata[0].fds[0].socket.family' AF_INET6
	fi
}

@test "tcp-listen: and udp-listen: bind sockets, and --verbose prints the port chosen for port 0" {
	expects_messages
	not_under qemu "does not support helper processes, which inspect sockets"
	receive r "$dir/s"
	run --separate-stderr fdpass send --verbose "$dir/s" tcp-listen:127.0.0.1:0=web udp-listen:127.0.0.1:0
	assert_success
	local port
	[[ $stderr =~ tcp-listen:127.0.0.1:0=web:\ 127.0.0.1:([0-9]+) ]]
	port=${BASH_REMATCH[1]}
	finish r
	assert_json '.ancdata[0].fds[0].socket | [.listening, (.local | tostring | test(":'"$port"'|'"$port"'"))]' '[true,true]'
	assert_json '.ancdata[0].fds[1].socket.type' SOCK_DGRAM
}

@test "unix: and unix-listen: open sockets of the requested type" {
	start_peer l -l "$dir/l" recv
	receive r -n 4 "$dir/s"
	run --separate-stderr fdpass send "$dir/s" "unix:$dir/l=x" "unix-listen:$dir/stays" "unix-listen:@$dir/abstract"
	assert_success
	run --separate-stderr fdpass send --type=stream "$dir/s" "unix-listen:$dir/two"
	finish r
	assert_json '[.ancdata[0].fds[].socket.listening]' $'[false,true,true]'
	[ -S "$dir/stays" ]
	receive r -t dgram --messages=1 "$dir/d"
	run --separate-stderr fdpass send -t dgram "$dir/d" "unix-listen:$dir/dgram"
	assert_success
	finish r
	assert_json '.ancdata[0].fds[0].socket.type' SOCK_DGRAM
}

@test "sockets that send created remain usable after send has exited" {
	start_ready r recv "$dir/s" "$FDPASS" recv --data=- fd:3
	run --separate-stderr fdpass send "$dir/s" "unix-listen:$dir/l"
	assert_success
	run --separate-stderr fdpass send -d hello "$dir/l" /dev/null
	assert_success
	finish r
	assert_success
	assert_equal "$output" hello

	start_ready l send -l -d hello "$dir/l" /dev/null
	start_ready r recv "$dir/s" "$FDPASS" recv --data=- fd:3
	run --separate-stderr fdpass send "$dir/s" "unix:$dir/l"
	assert_success
	finish r
	assert_success
	assert_equal "$output" hello
}

@test "pipe: and socketpair: send two descriptors each" {
	start_ready r recv -n 6 "$dir/s" sh -c 'echo through >&4; head -n 1 <&3; echo pair >&5; head -n 1 <&6'
	run --separate-stderr fdpass send "$dir/s" pipe: socketpair: socketpair:dgram
	assert_success
	finish r
	assert_equal "$output" $'through\npair'
	through pipe: socketpair:seqpacket
	assert_json '[.ancdata[0].fds[] | .access]' '["r","w","rw","rw"]'
	assert_json '.ancdata[0].fds[2].socket.type' SOCK_SEQPACKET
}

@test "listen:NAME, listen:I and listen:all send descriptors from LISTEN_FDS" {
	receive r -n 4 "$dir/s"
	run --separate-stderr fdpass run /etc/passwd=a /etc/group=b -- "$FDPASS" send "$dir/s" listen:b listen:0 listen:all
	assert_success
	finish r
	assert_json '[.ancdata[0].fds[].path]' '["/etc/group","/etc/passwd","/etc/passwd","/etc/group"]'
	refused 'listen:b: LISTEN_FDS and LISTEN_PID are not set' "$dir/s" listen:b
}

@test "=NAME after a path is not part of the path, and PATH= sends a path that contains =" {
	echo 1 >"$dir/a=b"
	through "$dir/a=b=" "$dir/a=b=name" "/etc/passwd=x"
	assert_json '[.ancdata[0].fds[].path]' '["'"$dir/a=b"'","'"$dir/a=b"'","/etc/passwd"]'
	refused "/etc/passwd=a:b: invalid name 'a:b'" "$dir/s" /etc/passwd=a:b
}

@test "send accepts a path that contains =, unless a file with the part before the = also exists" {
	cd "$dir"
	echo 1 >a=b
	through ./a=b a=b
	assert_json '[.ancdata[0].fds[] | [.path, .name]]' '[["'"$dir/a=b"'",null],["'"$dir/a=b"'",null]]'
	echo 2 >a
	refused "a=b: ambiguous: for the file a with the name 'b' write r:a=b, for the file 'a=b' write a=b=" ./s a=b
	through r:a=b a=b=
	assert_json '[.ancdata[0].fds[].path]' '["'"$dir/a"'","'"$dir/a=b"'"]'
	: >0=web
	refused "0=web: ambiguous: for descriptor 0 with the name 'web' write fd:0=web, for the file '0=web' write ./0=web=" ./s 0=web
	through fd:0=web ./0=web=
	assert_json '[.ancdata[0].fds[].path]' '["/dev/null","'"$dir/0=web"'"]'
	: >77=web
	through 77=web
	assert_json '.ancdata[0].fds[0].path' "$dir/77=web"
}

@test "listen:NAME sends all sockets with that name, even in a child of the process that LISTEN_PID identifies" {
	expects_messages
	not_under valgrind 'knows no pidfd_open'
	start_ready r recv --json -n 2 "$dir/s"
	run --separate-stderr bash -c 'export LISTEN_PID=$$ LISTEN_FDS=3 LISTEN_FDNAMES=web:admin:web; "$FDPASS" send "$1" listen:web; true' \
	    - "$dir/s" 3</etc/passwd 4</etc/hosts 5</etc/group
	assert_equal "$stderr" ''
	finish r
	assert_json '[.ancdata[].fds[].path]' '["/etc/passwd","/etc/group"]'
	run --separate-stderr bash -c 'export LISTEN_PID=1 LISTEN_FDS=1; "$FDPASS" send "$1" listen:0; true' - "$dir/s" 3</etc/passwd
	assert_error "$status" 'listen:0: LISTEN_FDS is for process 1, not for this one \([0-9]+\) or its parent \([0-9]+\)'
	run --separate-stderr bash -c 'export LISTEN_PID=$$ LISTEN_PIDFDID=1 LISTEN_FDS=1; "$FDPASS" send "$1" listen:0; true' - "$dir/s" 3</etc/passwd
	assert_error "$status" 'LISTEN_FDS is for another process with this pid \(LISTEN_PIDFDID differs\)'
}

@test "an IPv6 address needs no brackets before a port, and any host can be written in brackets" {
	requires python3
	python3 -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null || skip "IPv6 is not available"
	run --separate-stderr fdpass show --json tcp-listen:::1:0 'tcp-listen:[127.0.0.1]:0' 'tcp-listen:[localhost]:0'
	assert_success
	assert_regex "$(jq -r .socket.local.host <<<"$output")" $'^::1\n127.0.0.1\n(::1|127.0.0.1)$'
	refused 'tcp:fe80::1: expected HOST:PORT, with brackets around an IPv6 address' "$dir/s" tcp:fe80::1
	refused 'tcp:\[::1\]: expected \[HOST\]:PORT' "$dir/s" 'tcp:[::1]'
}

@test "vsock: and vsock-listen: accept a CID, as a number or name, and a port" {
	refused "vsock:x:1: invalid CID 'x': is not a number" "$dir/s" vsock:x:1
	refused "vsock:1: expected CID:PORT" "$dir/s" vsock:1
	refused "vsock:2:x: invalid port 'x': is not a number" "$dir/s" vsock:2:x
	refused "vsock:2:4294967296: invalid port '4294967296': is too large" "$dir/s" vsock:2:4294967296
	local number=$((RANDOM + 60000))
	"$FDPASS" show "vsock-listen:$number" >"$dir/out" 2>"$dir/err" || skip "no AF_VSOCK: $(cat "$dir/err")"
	run --separate-stderr fdpass show --json "vsock-listen:$number" "vsock-listen:any:$((number + 40000))"
	assert_success
	assert_json '[.socket.family, .socket.type, .socket.listening]' $'["AF_VSOCK","SOCK_STREAM",true]\n["AF_VSOCK","SOCK_STREAM",true]'
}

@test "send w:PATH truncates an existing file only if a receiver is connected" {
	echo content >"$dir/f"
	refused "No such file" "$dir/nobody" "w:$dir/f"
	assert_equal "$(cat "$dir/f")" content
	start_ready s send -l "$dir/s" "w:$dir/f"
	assert_equal "$(cat "$dir/f")" content
	run fdpass recv -c "$dir/s"
	finish s
	assert_equal "$(cat "$dir/f")" ''
}

@test "each error contains the DESCRIPTOR as written, the failed operation and the reason" {
	refused '^fdpass: send: 99: descriptor 99 is not open' "$dir/s" 99
	refused 'r:/nope=x: cannot open for reading: No such file or directory' "$dir/s" r:/nope=x
	refused 'dir:/etc/passwd: cannot open the directory: Not a directory' "$dir/s" dir:/etc/passwd
	refused 'tcp:127.0.0.1:1: connect to 127.0.0.1:1: Connection refused' "$dir/s" tcp:127.0.0.1:1
	refused 'tcp:x: missing port: expected HOST:PORT' "$dir/s" tcp:x
	refused "tcp:127.0.0.1:99999: invalid port '99999': is too large" "$dir/s" tcp:127.0.0.1:99999
	refused "unix:$dir/no: .*No such file" "$dir/s" "unix:$dir/no"
	refused 'tpc:a:1: no such path, and .tpc:. is not a DESCRIPTOR prefix' "$dir/s" tpc:a:1
	refused 'socketpair:x: ' "$dir/s" socketpair:x
	refused 'empty DESCRIPTOR' "$dir/s" ''
	refused 'fd:99999999999: .*too large' "$dir/s" fd:99999999999
}

@test "if send cannot open a DESCRIPTOR, it closes the others and removes the paths that it has created" {
	refused 'No such file' "$dir/s" "unix-listen:$dir/u" "w:$dir/w" "a:$dir/a" "rw:$dir/rw" \
	    "unix-listen:@$dir/abs" tcp-listen:127.0.0.1:0 "$dir/nowhere"
	assert_equal "$(ls "$dir")" ""
	has_no_socket "$dir/abs"
	has_no_socket "$dir/u"
}

@test "send removes created paths if no receiver listens or the receiver refuses the descriptors" {
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	refused "$dir/s: No such file|connect to $dir/s: No such file" "$dir/s" "unix-listen:$dir/u" "w:$dir/w"
	assert_equal "$(ls "$dir")" ""
	start_ready r recv --no-rights "$dir/s"
	refused 'refuses descriptors' "$dir/s" "unix-listen:$dir/u" "w:$dir/w"
	finish r
	[ ! -e "$dir/u" ]
	[ ! -e "$dir/w" ]
}

@test "send removes created paths when a signal terminates it" {
	mkfifo "$dir/fifo"
	start s "$FDPASS" send --wait "$dir/s" "unix-listen:$dir/u" "w:$dir/w"
	wait_until test -e "$dir/w"
	stop s
	assert_failure 143
	[ ! -e "$dir/u" ]
	[ ! -e "$dir/w" ]
}

# --- number of descriptors

@test "254 descriptors are sent as two messages, in order, without additional data" {
	local -a fds=()
	local i
	for ((i = 0; i < 254; i++)); do
		fds+=("r:/etc/passwd")
	done
	fds[252]=/dev/zero
	fds[253]=/dev/full
	through -d ab "${fds[@]}"
	assert_equal "${#lines[@]}" 2
	assert_json '.nbytes' $'1\n1'
	assert_data ab
	assert_json '[.ancdata[0].fds | length]' $'[253]\n[1]'
	assert_equal "$(jq -rs '[.[].ancdata[0].fds[].path] | .[252] + .[253]' <<<"$output")" /dev/zero/dev/full
}

@test "1000 descriptors arrive in order on stream, seqpacket and datagram sockets" {
	local type i
	local -a fds=()
	(ulimit -n 4096 2>/dev/null) || skip "the limit on open files is below 4096"
	for ((i = 0; i < 500; i++)); do
		: >"$dir/f$i"
		fds+=("$dir/f$i" 0)
	done
	for type in stream seqpacket dgram; do
		(
			ulimit -n 4096
			receive r -t "$type" -n 1000 --ancbufsize=4096 "$dir/s"
			run --separate-stderr fdpass send "$dir/s" "${fds[@]}" </dev/zero
			assert_success
			finish r
			assert_success
			assert_equal "${#lines[@]}" 4
			jq -rs '.[].ancdata[0].fds[].path' <<<"$output" >"$dir/got"
			for ((i = 0; i < 500; i++)); do
				echo "$dir/f$i"
				echo /dev/zero
			done | cmp - "$dir/got"
		)
	done
}

@test "send without a DESCRIPTOR sends only data" {
	through -d 'just text'
	assert_data 'just text'
	assert_json '.ancdata' '[]'
}

# --- data

@test "--data sends a text, the contents of a file, or standard input" {
	through -d 'a text' 0
	assert_data 'a text'
	printf 'from\0file' >"$dir/f"
	through --data="@$dir/f" 0
	assert_json '.nbytes' 9
	receive r "$dir/s"
	printf 'from input' | fdpass send -d @- "$dir/s" /etc/passwd
	finish r
	assert_data 'from input'
	assert_kinds regular
}

@test "send without --data sends one NUL byte" {
	start_peer p -l "$dir/s" drain
	run --separate-stderr fdpass send "$dir/s" 0
	assert_success
	finish p
	assert_equal "${lines[1]}" '1 fds 1 \x00'
}

@test "empty data with descriptors is refused on a stream socket, because the descriptors would be lost" {
	start_peer p -l "$dir/s" drain
	run --separate-stderr fdpass send -d '' "$dir/s" 0
	assert_error 125 'without data'
	finish p
	assert_equal "${lines[1]}" 0
	# send -l refuses empty data at its start, before a client connects.
	refused 'without data' -l -d '' "$dir/l" 0
	: >"$dir/empty"
	refused 'without data' -l -d "@$dir/empty" "$dir/l" 0
	[ ! -e "$dir/l" ]
}

@test "empty data is sent as a message on datagram and seqpacket sockets" {
	local type
	for type in dgram seqpacket; do
		start_peer p -l -t "$type" "$dir/s" recv
		run --separate-stderr fdpass send -d '' "$dir/s" 0 0
		assert_success
		finish p
		assert_equal "${lines[1]}" '0 fds 2'
		rm -f "$dir/s"
	done
}

@test "send --data reports a missing file, and data that is too long for a datagram" {
	refused "data=@$dir/no: cannot open $dir/no: No such file" -d "@$dir/no" "$dir/s"
	receive r -t dgram --messages=1 "$dir/s"
	head -c 8000000 /dev/zero >"$dir/big"
	refused 'too long for one message' -d "@$dir/big" "$dir/s" 0
	stop r
}

# --- credentials

@test "--creds sends the credentials of send, and --creds=PID:UID:GID sends other credentials if permitted" {
	receive r --creds -k --messages=2 "$dir/s"
	start s "$FDPASS" send --creds -d x "$dir/s" 0
	local pid
	pid=$(pid_of s)
	finish s
	assert_success
	if [[ $(id -u) == 0 ]]; then
		run --separate-stderr fdpass send --creds=1:2:3 -d y "$dir/s" 0
		assert_success
		finish r
		assert_credentials "$pid" "$(id -u)" "$(id -g)"
		assert_json '.ancdata[].credentials | values | .gid' "$(id -g)"$'\n3'
	else
		stop r
		assert_credentials "$pid" "$(id -u)" "$(id -g)"
	fi
}

@test "an unprivileged user cannot send credentials of another process" {
	requires setpriv
	requires_root
	chmod 755 "$dir"
	receive r -m 666 "$dir/s"
	run --separate-stderr timeout 20 setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$FDPASS" send --creds=1:0:0 "$dir/s" 3>&- 4>&-
	assert_error 125 'credentials'
	finish r
	assert_equal "$output" ""
}

@test "--creds refuses invalid credentials" {
	local bad
	for bad in 1 1:2 a:b:c 1:2:3:4 :: -1:0:0 0:0:0 1:2:99999999999 99999999999:0:0 1:2: ' 1:2:3'; do
		refused '--creds' --creds="$bad" "$dir/s"
	done
	refused "invalid argument '1' for --creds: expected PID:UID:GID" --creds=1 "$dir/s"
}

# --- connecting

@test "--wait waits for a receiver that starts later" {
	start s "$FDPASS" send --wait -d late "$dir/s" /etc/passwd
	wait_until test -e "/proc/$(pid_of s)/fd"
	receive r "$dir/s"
	finish s
	assert_success
	finish r
	assert_data late
	assert_kinds regular
}

@test "--wait=SECONDS exits with 124 if no process listens" {
	run --separate-stderr fdpass send --wait=0.2 "$dir/s" 0
	assert_error 124 "$dir/s"
}

@test "send detects the receiver's socket type, and refuses another requested type" {
	receive r -k -n 1 -t seqpacket "$dir/s"
	refused 'not a stream socket' -t stream "$dir/s" 0
	run --separate-stderr fdpass send "$dir/s" 0
	assert_success
	finish r
	assert_kinds char-device
}

@test "send accepts a connected socket as - and fd:N" {
	receive r "$dir/s"
	run --separate-stderr fdpass run "unix:$dir/s" --fd=0 -- "$FDPASS" send -d hello - /etc/passwd
	assert_success
	finish r
	assert_data hello
	assert_kinds regular
	refused 'fd:99' fd:99 0
	refused 'fd:0: .*[Ss]ocket' fd:0 0
}

# --- listening

@test "-l sends its descriptors to the first client, and removes the path" {
	start_ready s send -l -d offer "$dir/s" /etc/passwd
	run --separate-stderr fdpass recv -c --json "$dir/s"
	assert_success
	assert_data offer
	assert_kinds regular
	finish s
	assert_success
	[ ! -e "$dir/s" ]
}

@test "send -l removes its path before it sends, so that the receiver can listen on the same path" {
	start_ready s send -l "$dir/s" /etc/passwd
	run --separate-stderr fdpass recv -c "$dir/s" sh -c '[ ! -e "$1" ]; echo $?; "$0" send -l -w 0.1 "$1" 3; echo $?' \
	    "$FDPASS" "$dir/s"
	assert_equal "$output" $'0\n124'
	finish s
	assert_success
	# send -l --reply also removes the path before it waits for the reply.
	start_ready s send -l --reply "$dir/s"
	start_peer p "$dir/s" recv wait
	wait_until fdpass_has_line "$dir/p.out" '^1 '
	run --separate-stderr fdpass recv -c "$dir/s"
	assert_error 125 'No such file'
	stop s
}

@test "send -l w:PATH truncates the file only once, for the first of several clients" {
	local word
	echo before >"$dir/file"
	start_ready s send -l --connections=2 "$dir/s" "w:$dir/file"
	for word in one two; do
		# shellcheck disable=SC2016 # the inner shell expands the variables
		run fdpass recv -c -o "$dir/s" sh -c 'echo "$0"' $word
		assert_success
	done
	finish s
	assert_success
	assert_equal "$(od -An -c "$dir/file" | tr -d ' ')" 'one\ntwo\n'
}

@test "send -l serves N clients with --connections=N, and any number of clients with -k" {
	start_ready s send -l --connections=3 "$dir/s" /etc/passwd /etc/group
	local i
	for i in 1 2 3; do
		run --separate-stderr fdpass recv -c --json "$dir/s"
		assert_success
		assert_kinds regular regular
	done
	finish s
	assert_success
	start_ready s send -l -k -t seqpacket "$dir/s" /etc/passwd
	for i in 1 2 3 4 5; do
		run --separate-stderr fdpass recv -c --json "$dir/s"
		assert_success
		assert_kinds regular
	done
	stop s
	assert_failure 143
	[ ! -e "$dir/s" ]
}

@test "send -l -k serves the next client after a client that disconnects or refuses descriptors" {
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	start_ready s send -l -k -d "@$top/configure.ac" "$dir/s" /etc/passwd
	run --separate-stderr fdpass recv -c --no-rights "$dir/s"
	run peer "$dir/s" close
	assert_success
	run --separate-stderr fdpass recv -c --json "$dir/s"
	assert_success
	assert_kinds regular
	stop s
	local line
	while read -r line; do
		assert_regex "$line" '^fdpass: send: '
	done <<<"$stderr"
}

@test "send --connections counts only clients that have received the descriptors" {
	expects_messages
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	start_ready s send -l --connections=2 "$dir/s" /etc/passwd
	run --separate-stderr fdpass recv -c --no-rights "$dir/s"
	local i
	for i in 1 2; do
		run --separate-stderr fdpass recv -c --json "$dir/s"
		assert_success
		assert_kinds regular
	done
	finish s
	assert_error 0 'refuses descriptors|has gone'
}

@test "send -l -k closes each connection after sending" {
	start_ready s send -l -k "$dir/s" /etc/passwd
	run peer "$dir/s" drain
	assert_success
	local before i
	before=$(idle_fd_count "$(pid_of s)")
	for i in 1 2 3 4 5; do
		run peer "$dir/s" drain
		assert_success
	done
	assert_equal "$(fd_count "$(pid_of s)")" "$before"
	stop s
}

@test "send detects an inherited listening socket, with and without -k" {
	start k "$FDPASS" run "unix-listen:$dir/k" -- "$FDPASS" send -k --ready-fd=1 fd:3 /etc/passwd
	wait_until fdpass_has_line "$dir/k.out" '^$'
	local i
	for i in 1 2; do
		run --separate-stderr fdpass recv -c --json "$dir/k"
		assert_kinds regular
	done
	stop k
	start one "$FDPASS" run "unix-listen:$dir/one" -- "$FDPASS" send --ready-fd=1 fd:3 /etc/passwd
	wait_until fdpass_has_line "$dir/one.out" '^$'
	run --separate-stderr fdpass recv -c --json "$dir/one"
	assert_kinds regular
	finish one
	assert_success
	run --separate-stderr clean "$FDPASS" run socketpair: -- "$FDPASS" send -k fd:3
	assert_error 125 'fd:3: --keep requires a listening socket'
}

@test "send -l exits with 124 and removes its path when --timeout expires" {
	run --separate-stderr fdpass send -l -w 0.1 "$dir/s" 0
	assert_error 124 "$dir/s"
	[ ! -e "$dir/s" ]
}

@test "send -l refuses a datagram socket" {
	refused 'datagram' -l -t dgram "$dir/s" 0
	[ ! -e "$dir/s" ]
}

@test "send refuses --keep and --connections without --listen, and --listen with --connect" {
	refused '--keep needs --listen' -k "$dir/s"
	refused '--connections needs --listen' --connections=2 "$dir/s"
	refused 'mutually exclusive' -l -c "$dir/s"
}

# --- the reply

@test "--reply shows the reply and its descriptors" {
	start_peer p -l "$dir/s" recv data=thanks open=/etc/group send
	run --separate-stderr fdpass send --json --reply -d please "$dir/s" /etc/passwd
	assert_success
	assert_data thanks
	assert_kinds regular
	assert_json '.ancdata[0].fds[0].path' /etc/group
	finish p
	assert_equal "${lines[1]}" '6 fds 1 please'
}

@test "--reply=- and --reply=file:PATH write the data of the reply" {
	start_peer p -l "$dir/s" recv data='one\n' send data='two\n' send
	run --separate-stderr fdpass send --reply=- -d x "$dir/s"
	assert_success
	assert_equal "$output" $'one\ntwo'
	finish p
	rm -f "$dir/s"
	start_peer p -l "$dir/s" recv data='a\0b' send
	run --separate-stderr fdpass send --reply="file:$dir/answer" -d x "$dir/s"
	assert_success
	assert_equal "$output" ""
	printf 'a\0b' | cmp - "$dir/answer"
}

@test "--reply=- --json writes data to standard output and the message to standard error" {
	start_peer p -l "$dir/s" recv data=answer null=1 send
	run --separate-stderr fdpass send --reply=- --json -d x "$dir/s"
	assert_success
	assert_equal "$output" answer
	assert_json '.ancdata[0].fds | length' 1 "$stderr"
}

@test "send --reply exits after --messages=N messages or -n descriptors, even if the receiver stays connected" {
	start_peer p -l -t seqpacket "$dir/s" recv data=1 send data=2 send wait
	run --separate-stderr fdpass send --reply --json --messages=1 -d x "$dir/s"
	assert_success
	assert_data 1
	finish p
	rm -f "$dir/s"
	start_peer p -l "$dir/s" recv data=1 send data=2 null=2 send wait
	run --separate-stderr fdpass send --reply --json -n 2 -d x "$dir/s"
	assert_success
	finish p
}

@test "-n and --require of send --reply apply to the descriptors of the reply" {
	start_peer p -l "$dir/s" recv data=1 null=1 send
	run --separate-stderr fdpass send --reply -n 2 -d x "$dir/s"
	assert_failure 125
	assert_regex "$stderr" '1 of 2 descriptors'
	rm -f "$dir/s"
	finish p
	start_peer p -l "$dir/s" recv data=1 null=3 send
	run --separate-stderr fdpass send --reply -n 2 -d x "$dir/s"
	assert_failure 125
	assert_regex "$stderr" 'received 3 descriptors, expected at most 2'
	rm -f "$dir/s"
	finish p
	start_peer p -l "$dir/s" recv data=1 open=/etc/passwd send
	run --separate-stderr fdpass send --reply --require=socket -d x "$dir/s"
	assert_failure 125
	assert_regex "$stderr" 'regular, but only socket is allowed'
}

@test "send --reply exits with 124 if no reply arrives before --timeout expires" {
	start_peer p -l "$dir/s" recv wait
	run --separate-stderr fdpass send --reply -w 0.2 -d x "$dir/s"
	assert_error 124 'timed out after'
}

@test "send --allow-uid and send --allow-gid send nothing to receivers of other users and groups" {
	start_peer p -l "$dir/s" drain
	run --separate-stderr fdpass send --allow-uid=54321 --allow-gid=54321 "$dir/s" 0
	assert_error 125 "$dir/s: refused: the receiver .*uid $(id -u).* is not allowed"
	finish p
	assert_equal "${lines[1]}" 0
	start_ready s send -l --allow-uid="$(id -u)" "$dir/l" 0
	run --separate-stderr fdpass recv -c --json "$dir/l"
	assert_kinds char-device
	finish s
	assert_success
}

@test "options of send that concern the reply require --reply" {
	local option
	for option in --json --dump-cmsg -n1 --messages=1 --bufsize=1 --ancbufsize=1 --buffers=1 --flags=peek --pidfd --inq \
	    --security --timestamps --no-rights --require=socket; do
		refused 'needs --reply' "$option" "$dir/s" 0
	done
}

@test "send --setsockopt sets socket options before it sends" {
	receive r "$dir/s"
	head -c 3000000 /dev/zero >"$dir/in"
	run --separate-stderr fdpass send --setsockopt=SOL_SOCKET:SO_SNDBUF=4096 -d "@$dir/in" "$dir/s" 0
	assert_success
	finish r
	assert_equal "$(jq -s '[.[].nbytes] | [max < 65536, add]' -c <<<"$output")" '[true,3000000]'
}

@test "send keeps the paths of sent descriptors even if it refuses the reply" {
	start_peer p -l "$dir/s" recv data=no null=1 send
	run --separate-stderr fdpass send --reply -n 0 "$dir/s" "unix-listen:$dir/u" "w:$dir/w"
	assert_failure 125
	[ -S "$dir/u" ]
	[ -e "$dir/w" ]
}

@test "--reply=DEST refuses unknown destinations, and those that require a command" {
	local bad
	for bad in stdin fd:5 env:X nonsense file: ''; do
		refused '--reply' --reply="$bad" "$dir/s"
	done
}

@test "--reply with COMMAND executes the command with the descriptors of the reply" {
	start_peer p -l "$dir/s" recv data=answer open=/etc/group open=/etc/hosts send wait
	run --separate-stderr fdpass send --reply=stdin --fd=5 --fd='$SECOND' --setenv='X={fd}' -n 2 -d please "$dir/s" /etc/passwd -- \
	    sh -c '"$0" fds; cat; echo " $X $SECOND $FDPASS_PEER_PID"' "$PEER"
	assert_success
	assert_regex "$output" $'\n5 /etc/group'
	assert_regex "$output" "answer 5 [0-9]+ $(pid_of p)\$"
	assert_equal "$(grep -cE '^[0-9]+ ' <<<"$output")" 5
	finish p
	assert_equal "${lines[1]}" '6 fds 1 please'
	rm -f "$dir/s"
	# Without --fd, COMMAND gets descriptors from 3 up. --keep-socket passes the connection.
	start_peer p -l -t seqpacket "$dir/s" recv data=answer null=1 send recv
	run --separate-stderr fdpass send --reply=discard --keep-socket=7 "$dir/s" -- \
	    sh -c 'echo "$LISTEN_FDS $FDPASS_SOCKET"; "$0" send -d more fd:7; exit 9' "$FDPASS"
	assert_failure 9
	assert_equal "$output" "1 7"
	finish p
	assert_regex "$output" '4 more'
}

@test "COMMAND is not executed if the reply has too few, too many or no descriptors" {
	start_peer p -l "$dir/s" recv data=x send
	run --separate-stderr fdpass send --reply "$dir/s" -- touch "$dir/ran"
	assert_error 125 'end of file after 0 of 1 descriptors'
	rm -f "$dir/s"
	finish p
	start_peer p -l "$dir/s" recv data=x null=3 send
	run --separate-stderr fdpass send --reply=discard -n 2 "$dir/s" -- touch "$dir/ran"
	assert_error 125 'received 3 descriptors, expected at most 2'
	[ ! -e "$dir/ran" ]
	finish p
	refused "missing COMMAND after '--'" --reply "$dir/s" 0 --
	refused '--fd needs a COMMAND' --fd=3 --reply "$dir/s" 0
	refused '--inherit needs --reply' --inherit=0 "$dir/s" 0 -- true
	refused 'and a COMMAND, which gets one reply, are mutually exclusive' -l -k --reply "$dir/s" -- true
}

@test "send --reply on a datagram socket binds an address, to which the receiver can reply" {
	requires python3
	start p python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening", flush=True)
data, address = s.recvfrom(100)
s.sendto(b"answer to " + data, address)' "$dir/s"
	wait_until fdpass_has_line "$dir/p.out" listening
	run --separate-stderr fdpass send -t dgram --reply=- --messages=1 -w 20 -d question "$dir/s" 0
	assert_success
	assert_equal "$output" 'answer to question'
	finish p
	assert_success
}

@test "the error for a socket that cannot pass descriptors contains the reason" {
	start web "$FDPASS" run --verbose tcp-listen:127.0.0.1:0 -- sleep 60
	wait_until fdpass_has_line "$dir/web.err" ':'
	local at
	at=$(grep -oE '127.0.0.1:[0-9]+$' "$dir/web.err")
	run --separate-stderr clean "$FDPASS" run "tcp:$at" -- "$FDPASS" send fd:3 0
	assert_error 125 'fd:3: only AF_UNIX sockets can transfer descriptors'
	run --separate-stderr clean "$FDPASS" run "tcp:$at" -- "$FDPASS" send -d text fd:3
	assert_success
}

@test "--half-close shuts down the sending direction, and the reply still arrives" {
	start_peer p -l "$dir/s" drain data=got-all send
	run --separate-stderr fdpass send -N --reply=- -d everything "$dir/s"
	assert_success
	assert_equal "$output" got-all
	finish p
	assert_success
}

# --- errors while sending

@test "data larger than the socket buffer reaches a slow reader, with the descriptors at the first byte" {
	head -c 3000000 /dev/urandom >"$dir/in"
	receive r --data=file:"$dir/out" --bufsize=777 "$dir/s"
	run --separate-stderr fdpass send -d "@$dir/in" "$dir/s" /etc/passwd
	assert_success
	finish r
	assert_success
	cmp "$dir/in" "$dir/out"
	assert_equal "$(head -n 1 <<<"$output" | jq '.ancdata[0].fds | length')" 1
	assert_equal "$(tail -n +2 <<<"$output" | jq -s '[.[].ancdata[]] | length')" 0
}

@test "data larger than the socket buffer is sent completely over a non-blocking socket" {
	requires python3
	head -c 3000000 /dev/urandom >"$dir/in"
	run --separate-stderr timeout 60 python3 - "$FDPASS" "$dir/in" <<-'END'
		import os, socket, subprocess, sys
		ours, theirs = socket.socketpair()
		theirs.setblocking(False)
		child = subprocess.Popen([sys.argv[1], "send", "-d", "@" + sys.argv[2], "fd:%d" % theirs.fileno(), "/etc/passwd"],
		    pass_fds=[theirs.fileno()])
		theirs.close()
		data, fds, flags, address = socket.recv_fds(ours, 1000, 10)
		assert len(fds) == 1, fds
		while True:
		    more, fds, flags, address = socket.recv_fds(ours, 3333, 10)
		    if not more:
		        break
		    assert len(fds) == 0, fds
		    data += more
		assert child.wait() == 0
		assert data == open(sys.argv[2], "rb").read(), len(data)
	END
	assert_success
}

@test "send exits with 124 when --timeout expires while the receiver does not read" {
	head -c 3000000 /dev/zero >"$dir/in"
	start_peer p -l "$dir/s" wait
	run --separate-stderr fdpass send -w 0.2 -d "@$dir/in" "$dir/s" 0
	assert_error 124 "$dir/s"
}

@test "send reports a receiver that disconnects during the transfer, and is not killed by SIGPIPE" {
	head -c 3000000 /dev/zero >"$dir/in"
	start_peer p -l "$dir/s" recv=1000 kill
	refused 'receiver has closed the connection' -d "@$dir/in" "$dir/s" 0
}

@test "send reports a receiver that refuses descriptors" {
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	start_ready r recv --no-rights "$dir/s"
	refused 'the receiver refuses descriptors' "$dir/s" 0
	finish r
}

@test "the error for too many in-flight descriptors contains the limit" {
	requires setpriv
	requires_root
	chmod 755 "$dir"
	start_peer p -l "$dir/s" wait
	chmod 777 "$dir/s"
	local -a fds=()
	local i uid=$((100000 + RANDOM))
	for ((i = 0; i < 600; i++)); do
		fds+=(0)
	done
	run --separate-stderr timeout 20 bash -c 'ulimit -n 64; exec "$@"' bash setpriv --reuid=$uid --regid=65534 \
	    --clear-groups --inh-caps=-all "$FDPASS" send "$dir/s" "${fds[@]}" </dev/null 3>&- 4>&-
	assert_error 125 'too many descriptors .*in flight'
}

@test "send reports that the kernel refuses to pass a descriptor" {
	requires python3
	run --separate-stderr timeout 20 python3 - "$FDPASS" <<-'END'
		import ctypes, os, socket, subprocess, sys
		ring = ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(120))
		if ring == -1:
		    sys.exit(77)
		a, b = socket.socketpair()
		sys.exit(subprocess.run([sys.argv[1], "send", "fd:%d" % a.fileno(), str(ring)], pass_fds=[a.fileno(), ring]).returncode)
	END
	[ "$status" -ne 77 ] || skip "io_uring is not available"
	[ "$status" -ne 0 ] || skip "this kernel allows passing an io_uring"
	assert_error 125 'the kernel refused one of the descriptors'
}

@test "send --reply fails if standard output is a file on a full disk" {
	start_peer p -l "$dir/s" recv data=answer send
	run --separate-stderr bash -c '"$0" send --reply=- -d x "$1" >/dev/full 3>&- 4>&-' "$FDPASS" "$dir/s"
	assert_error 125 'standard output: No space left'
	rm -f "$dir/s"
	finish p
	start_peer p -l "$dir/s" recv data=answer send
	run --separate-stderr bash -c '"$0" send --reply --json -d x "$1" >/dev/full 3>&- 4>&-' "$FDPASS" "$dir/s"
	assert_failure 125
	assert_regex "$stderr" 'No space left'
}

@test "send works with closed standard streams, and opens no other file at their numbers" {
	receive r "$dir/s"
	"$FDPASS" send "$dir/s" /etc/passwd <&- >&- 2>&- 3>&- 4>&-
	finish r
	assert_kinds regular
}

# --- options

@test "send reports a missing and an empty ADDRESS" {
	refused 'missing ADDRESS'
	refused 'empty' ''
	refused 'empty' '' 0
}

@test "every option of send refuses an invalid argument" {
	local option
	for option in --type= --type=raw --wait= --wait=x --wait=-1 --mode= --mode=9 --mode=77777 --owner= --owner=no-such-user \
	    --group= --group=no-such-group --ready-fd= --ready-fd=-1 --ready-fd=x --ready-fd=99999999999 --timeout= \
	    --timeout=x --timeout=-1 --dump-cmsg=xml --color=pink --fds= --fds=x --fds=-1 --fds=3-2 --fds=99999999999 \
	    --messages= --messages=0 --messages=-1 --messages=x --bufsize= --bufsize=-1 --bufsize=99999999999 \
	    --ancbufsize= --ancbufsize=-1 --ancbufsize=x --buffers= --buffers=1,x --buffers=-1 --flags= --flags=no \
	    --setsockopt= --setsockopt=nonsense --require= --require=nonsense --allow-uid= --allow-uid=no-such-user \
	    --allow-gid= --connections= --connections=0 --connections=-1 --connections=x --reply=x; do
		run --separate-stderr fdpass send -l --reply "$option" "$dir/s" 0
		assert_error 125 '' || {
			echo "$option"
			return 1
		}
		[ ! -e "$dir/s" ]
	done
}

@test "repeated, unknown and inapplicable options, and missing arguments, are errors" {
	refused 'data was specified twice' -d a -d b "$dir/s"
	refused 'timeout was specified twice' -w 1 --timeout=2 "$dir/s"
	refused 'unrecognized option' --nonsense "$dir/s"
	refused "'--data' requires an argument" "$dir/s" -d
	refused 'spawn is not an option of send' --spawn "$dir/s"
}

@test "options of send may follow operands, and -- ends the options" {
	receive r -k -n 2 "$dir/s"
	run --separate-stderr fdpass send "$dir/s" /etc/passwd -d behind
	assert_success
	cd "$dir"
	echo >./-d
	run --separate-stderr fdpass send -- "$dir/s" -d
	assert_success
	finish r
	assert_data $'behind\n\0' || assert_json '.nbytes' $'6\n1'
	assert_kinds regular regular
}

@test "--timeout limits reading standard input and opening a FIFO without a writer" {
	local -a words
	local line
	mkfifo "$dir/fifo"
	start_ready p recv -k --data=discard "$dir/s"
	while read -r line; do
		read -r -a words <<<"$line"
		run --separate-stderr timeout 20 "$FDPASS" "${words[@]}" < <(exec sleep 30 3>&- 4>&-) 3>&- 4>&-
		assert_error 124 'timed out before the .* could be (opened|read)'
		[[ ! -e $dir/listening && ! -e $dir/new ]]
	done <<-END
		send --timeout=0.2 -d @- $dir/s
		send --timeout=0.2 -d @$dir/fifo $dir/s
		send --timeout=0.2 $dir/s memfd:x
		send --timeout=0.2 $dir/s unix-listen:$dir/listening r:$dir/fifo
		send --timeout=0.2 --reply=file:$dir/fifo $dir/s
		recv --timeout=0.2 -c --send=@- $dir/s
		recv --timeout=0.2 --data=file:$dir/fifo $dir/new
	END
}

@test "the DESCRIPTOR -=NAME is standard input with this name" {
	receive r --messages=1 "$dir/s"
	run --separate-stderr fdpass send "$dir/s" -=in </etc/passwd
	assert_success
	finish r
	assert_json '.ancdata[0].fds[0].path' /etc/passwd
	run --separate-stderr "$FDPASS" show --json -=in </etc/passwd 3>&- 4>&-
	assert_json '[.path, .name]' '["/etc/passwd","in"]'
}

@test "send detects operands in the wrong order, and its error contains the correct order" {
	start_ready r recv "$dir/s"
	: >"$dir/file"
	refused "$dir/file is not a socket, but $dir/s is \(ADDRESS must precede DESCRIPTOR\)" "$dir/file" "$dir/s"
	refused "$dir/s: it is a socket, which cannot be opened; to connect to it, use unix:$dir/s" "$dir/s" "$dir/s"
	stop r
}

@test "send prints a hint if standard input contains data that is not sent" {
	expects_messages
	start_ready r recv -k "$dir/s"
	run --separate-stderr bash -c 'echo hello | "$FDPASS" send "$1"' - "$dir/s"
	assert_success
	assert_equal "$stderr" 'fdpass: send: standard input is not sent; to send its data, use -d @-'
	echo hello >"$dir/file"
	for args in '' '0' '-d x' '-d @-'; do
		# shellcheck disable=SC2086 # word splitting is intended
		run --separate-stderr fdpass send "$dir/s" $args <"$dir/file"
		assert_success
		assert_equal "$stderr" "$([[ -n $args ]] || echo 'fdpass: send: standard input is not sent; to send its data, use -d @-')"
	done
	run --separate-stderr fdpass send "$dir/s" </dev/null
	assert_equal "$stderr" ''
	run --separate-stderr bash -c ': | "$FDPASS" send "$1"' - "$dir/s"
	assert_equal "$stderr" ''
	stop r
}

@test "--verbose reports that the name of a descriptor is not sent without --names" {
	expects_messages
	receive r "$dir/s"
	run --separate-stderr fdpass send -v --no-sandbox "$dir/s" /etc/passwd /etc/hosts=hosts 0=null
	assert_success
	assert_equal "$stderr" "fdpass: send: the name 'hosts' is not sent; to send names, use --names"
	finish r
	assert_kinds regular regular char-device
	# Names from LISTEN_FDNAMES, which the user has not given explicitly, are not reported.
	receive r "$dir/s"
	run --separate-stderr fdpass run /etc/passwd=a -- "$FDPASS" send -v --no-sandbox "$dir/s" listen:a
	assert_success
	assert_equal "$stderr" ''
	finish r
	assert_kinds regular
}

@test "--names sends the names of the descriptors before the data, and recv --names uses them" {
	start_ready r recv --json "$dir/s"
	run --separate-stderr fdpass send --names -d hello "$dir/s" /etc/passwd=users /etc/hosts 0=null
	assert_success
	finish r
	assert_data $'LISTEN_FDNAMES=users:unknown:null\nhello'
	start_ready r recv --json "$dir/s"
	run fdpass send --names "$dir/s" /etc/passwd=users
	finish r
	assert_data $'LISTEN_FDNAMES=users\n'
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start_ready r recv --names --data=env:TEXT -n 2 "$dir/s" sh -c 'echo "$LISTEN_FDNAMES $TEXT"'
	run fdpass send --names -d hello "$dir/s" /etc/passwd=users /etc/hosts=hosts
	finish r
	assert_equal "$output" 'users:hosts hello'
	# The names also arrive if several messages are needed, and on seqpacket and datagram sockets.
	local many=()
	for ((i = 0; i < 300; i++)); do many+=("/etc/passwd=n$i"); done
	for type in stream seqpacket; do
		# shellcheck disable=SC2016 # the inner shell expands the variables
		start_ready r recv -t "$type" --names -n 300 "$dir/s" sh -c 'echo "$LISTEN_FDS ${LISTEN_FDNAMES%%:*} ${LISTEN_FDNAMES##*:}"'
		run --separate-stderr fdpass send --names "$dir/s" "${many[@]}"
		assert_success
		finish r
		assert_equal "$output" '300 n0 n299'
	done
	refused '--names needs a DESCRIPTOR' --names "$dir/s"
	# send --names does not expect a line with names in the reply.
	start_ready r recv -N --send=answer "$dir/s"
	run --separate-stderr fdpass send --names --reply=- "$dir/s" 0=null
	assert_success
	assert_equal "$output" answer
	finish r
}

# start_idle_client: starts a client that connects to $dir/s, and neither reads nor sends data.
start_idle_client() {
	rm -f "$dir/up"
	start idle python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX); s.connect('$dir/s'); open('$dir/up', 'w'); time.sleep(60)"
	wait_until test -e "$dir/up"
}

@test "send -l -k serves receivers concurrently, and a slow receiver does not delay others" {
	requires python3
	head -c 4000000 /dev/zero >"$dir/big"
	start_ready s send -lk -d "@$dir/big" "$dir/s" /etc/hosts
	start_idle_client
	for _ in 1 2 3; do
		run --separate-stderr fdpass recv -c -w 10 --json "$dir/s"
		assert_success
		assert_equal "$(jq -s '[.[].nbytes] | add' <<<"$output")" 4000000
	done
	stop s TERM
	stop idle
	start_ready s send -lk --reply=file:"$dir/replies" "$dir/s" /etc/hosts
	start_idle_client
	python3 -c "
import socket
s = socket.socket(socket.AF_UNIX); s.connect('$dir/s'); s.recv(1); s.sendall(b'answer')" 3>&- 4>&-
	wait_until fdpass_has_line "$dir/replies" answer
	stop s TERM
}

@test "send -l --connections=2 stops listening after it has accepted two receivers" {
	start_ready s send -l --connections=2 "$dir/s" /etc/hosts
	for _ in 1 2; do
		run --separate-stderr fdpass recv -c --json "$dir/s"
		assert_success
		assert_kinds regular
	done
	finish s
	assert_success
	run --separate-stderr fdpass recv -c "$dir/s"
	assert_error 125 'connect to'
}

@test "send -l prints a warning when it refuses a receiver that is not allowed, and continues to listen" {
	expects_messages
	requires_root
	for many in '' -k; do
		# shellcheck disable=SC2086 # word splitting is intended
		start_ready s send -l $many -m 0666 --allow-uid=0 "$dir/s" /etc/hosts
		chmod 711 "$dir"
		run --separate-stderr setpriv --reuid=65534 --clear-groups "$FDPASS" recv -c -w 5 --json "$dir/s" 3>&- 4>&-
		refute_regex "$output" '"fds"'
		run --separate-stderr fdpass recv -c -w 5 --json "$dir/s"
		assert_kinds regular
		if [[ -n $many ]]; then stop s; else
			finish s
			assert_success
		fi
		assert_equal "$(grep -c 'refused: the receiver (pid [0-9]*, uid 65534, gid [0-9]*) is not allowed' <<<"$stderr")" 1
	done
}

@test "send reports operands in the wrong order, and a COMMAND without --reply" {
	echo x >"$dir/in.txt"
	refused "in.txt is not a socket \(ADDRESS must precede DESCRIPTOR\)" "$dir/in.txt" "$dir/x.sock"
	refused "COMMAND needs --reply" "$dir/x.sock" "$dir/in.txt" -- cat
}

@test "--only-fds and --max-data with --reply require that messages are shown" {
	refused '--only-fds needs --dump-cmsg' --reply=- --only-fds "$dir/x.sock"
	refused '--max-data needs --dump-cmsg' --reply --max-data=3 "$dir/x.sock" 0 -- cat
}
