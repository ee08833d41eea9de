#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of run --on-demand and run --accept, which start a command when a client connects or data arrives.

load helpers

refused_verb=run

# activate NAME ARG...: starts "fdpass run -v ARG..." and waits until it is ready. Sets $port to the port of the first
# tcp-listen: or udp-listen: descriptor.
activate() {
	local name=$1
	shift
	start_ready "$name" run -v "$@"
	port=$(sed -nE 's/^fdpass: run: (tcp|udp)-listen:.*:([0-9]+)$/\2/p' "$dir/$name.err" | head -n 1)
}

# send_request PORT [TEXT]: connects, sends TEXT, and prints the reply up to end of file.
send_request() {
	local answer
	exec 5<>"/dev/tcp/127.0.0.1/$1"
	printf '%s' "${2-}" >&5
	answer=$(timeout "$FDPASS_LIMIT" cat <&5)
	exec 5>&-
	echo "$answer"
}

line_count() { # FILE
	if [[ -e $1 ]]; then wc -l <"$1"; else echo 0; fi
}

has_lines() { # FILE N
	[[ $(line_count "$1") -ge $2 ]]
}

# answer: a Python server that accepts one connection on the listening socket in descriptor 3, sends its argument, and
# exits.
answer='import os, socket, sys
connection = socket.socket(fileno=3).accept()[0]
connection.sendall(sys.argv[1].encode())'

# open_descriptors PID: prints the number of open descriptors of a process.
open_descriptors() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

# --- --on-demand

@test "--on-demand waits for a connection, then COMMAND replaces fdpass and serves the connection" {
	expects_messages
	requires python3
	activate s --on-demand tcp-listen:127.0.0.1:0=web tcp-listen:127.0.0.1:0=other -- sh -c \
	    'echo "$$ $LISTEN_PID $LISTEN_FDS $LISTEN_FDNAMES" >"$0/started"; exec python3 -c "$1" hello' "$dir" "$answer"
	[ ! -e "$dir/started" ]
	local pid
	pid=$(pid_of s)
	assert_equal "$(send_request "$port")" hello
	finish s
	assert_success
	assert_equal "$(cat "$dir/started")" "$pid $pid 2 web:other"
}

@test "--on-demand starts COMMAND when any of several descriptors is readable" {
	expects_messages
	activate s --on-demand tcp-listen:127.0.0.1:0 "unix-listen:$dir/s" -- sh -c 'echo "$LISTEN_FDS"'
	run peer "$dir/s"
	finish s
	assert_success
	assert_equal "$output" 2
}

@test "--on-demand starts COMMAND for a Unix socket of any type, a UDP socket, a FIFO and a pipe" {
	expects_messages
	local type
	for type in stream seqpacket dgram; do
		start_ready s run --on-demand -t "$type" "unix-listen:$dir/$type" -- "$PEER" fds
		run peer -t "$type" "$dir/$type" data=x send
		finish s
		assert_success
		assert_regex "$output" '3 socket:'
	done
	activate s --on-demand -i udp-listen:127.0.0.1:0 -- head -c 8
	fdpass run -o "udp:127.0.0.1:$port" -- printf datagram
	finish s
	assert_equal "$output" datagram
	mkfifo "$dir/fifo"
	start_ready s run --on-demand "$dir/fifo" -- sh -c 'cat <&3'
	echo through >"$dir/fifo"
	finish s
	assert_equal "$output" through
	mkfifo "$dir/go"
	start s sh -c '{ read -r line <"$1/go"; echo "$line"; } | "$0" run --on-demand -i 0 -- cat' "$FDPASS" "$dir"
	echo piped >"$dir/go"
	finish s
	assert_equal "$output" piped
}

# request_vsock PORT: connects to the vsock port of this machine, and prints the reply up to end of file.
request_vsock() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_VSOCK)
s.connect((1, int(sys.argv[1])))
print(s.makefile().read())' "$1"
}

@test "--on-demand and --accept wait for connections to a vsock socket" {
	expects_messages
	requires python3
	local number=$((RANDOM + 20000))
	fdpass show "vsock-listen:$number" >"$dir/out" 2>&1 || skip "no AF_VSOCK: $(cat "$dir/out")"
	# A connection to the Unix socket starts COMMAND, which also gets the vsock socket.
	start_ready s run -v --on-demand "vsock-listen:$number=vm" "unix-listen:$dir/s" -- \
	    sh -c 'echo "$LISTEN_FDNAMES"; "$0" show 3' "$FDPASS"
	run peer "$dir/s"
	finish s
	assert_success
	assert_regex "$output" '^vm:.*
fd 3 "vm": socket AF_VSOCK SOCK_STREAM, .* listening'
	run --separate-stderr fdpass show --table "vsock-listen:$number"
	assert_regex "$output" "  listening on vsock:any:$number\$"
	start_ready s run -v --accept "vsock-listen:$number" -- true
	stop s
	assert_failure 143
	start_ready s run -v --on-demand "vsock-listen:$number" -- python3 -c "$answer" hello
	run request_vsock "$number"
	((status == 0)) || skip "no connections within this machine (the kernel has no vsock_loopback)"
	assert_equal "$output" hello
	finish s
	assert_success
	start_ready s run -v --accept --connections=1 --fd=1 "vsock-listen:$number" -- sh -c 'echo "$REMOTE_ADDR $REMOTE_PORT"'
	run request_vsock "$number"
	assert_regex "$output" '^vsock:1 [0-9]+'
	finish s
	assert_success
}

@test "--on-demand passes regular files, which are always readable, but does not wait for them" {
	expects_messages
	activate s --on-demand /etc/passwd /dev/null "dir:$dir" w:"$dir/w" tcp-listen:127.0.0.1:0 -- "$PEER" fds
	: 5<>"/dev/tcp/127.0.0.1/$port"
	finish s
	assert_success
	assert_regex "$output" '3 /etc/passwd'
	assert_regex "$output" '7 socket:'
	refused 'none of the descriptors can become readable' --on-demand /etc/passwd w:"$dir/w" -- true
}

@test "run --on-demand removes its socket if a signal terminates run while it waits, and keeps the socket for COMMAND" {
	local signal
	for signal in TERM HUP USR1; do
		start_ready s run --on-demand "unix-listen:$dir/s" -- touch "$dir/ran"
		stop s "$signal"
		[ "$status" -gt 128 ]
		[ ! -e "$dir/s" ]
		[ ! -e "$dir/ran" ]
	done
	start_ready s run --on-demand "unix-listen:$dir/s" -- test -S "$dir/s"
	run peer "$dir/s"
	finish s
	assert_success
	[ -S "$dir/s" ]
}

@test "--on-demand reports a missing COMMAND before it listens" {
	run --separate-stderr -127 fdpass run --on-demand "unix-listen:$dir/s" -- no-such-command
	assert_error 127 'cannot run no-such-command: No such file'
	: >"$dir/plain"
	run --separate-stderr fdpass run --accept "unix-listen:$dir/s" -- "$dir/plain"
	assert_error 126 'Permission denied'
	run --separate-stderr -127 fdpass run --on-demand -k "unix-listen:$dir/s" -- ./no-such-command
	assert_error 127 'No such file'
	[ ! -e "$dir/s" ]
}

@test "--on-demand sends READY=1 to NOTIFY_SOCKET once it listens" {
	receive n -t dgram --messages=1 "$dir/n"
	NOTIFY_SOCKET=$dir/n start s "$FDPASS" run --on-demand "unix-listen:$dir/s" -- true
	finish n
	assert_data READY=1
	stop s
}

# --- --on-demand --keep

@test "--keep starts COMMAND again for each connection after COMMAND has exited, and resets no connection" {
	requires python3
	activate s --on-demand -k tcp-listen:127.0.0.1:0 -- python3 -c "$answer" hello
	local i
	for i in 1 2 3; do
		assert_equal "$(send_request "$port")" hello
	done
	wait_until fdpass_has_line "$dir/s.err" 'exited with status 0'
	stop s
	assert_failure 143
	assert_regex "$stderr" 'fdpass: run: started process [0-9]+'
	assert_regex "$stderr" 'fdpass: run: process [0-9]+ exited with status 0'
	refute_regex "$stderr" 'delayed'
}

@test "--keep reports the exit status of COMMAND" {
	start_ready s run -v --on-demand -k -t dgram "unix-listen:$dir/s" -- sh -c 'exec head -c 1 <&3 >/dev/null' # EINVAL
	run peer -t dgram "$dir/s" data=x send
	wait_until fdpass_has_line "$dir/s.err" 'process [0-9]+ exited with status [01]'
	stop s
	start_ready s run -v --on-demand -k "unix-listen:$dir/s" -- sh -c 'kill -9 $$'
	run peer "$dir/s"
	wait_until fdpass_has_line "$dir/s.err" 'process [0-9]+ was killed by signal 9 \(Killed\)'
	stop s
}

@test "--keep delays and warns once if COMMAND starts 5 times within 2 seconds without accepting the connection" {
	start_ready s run --on-demand -k "unix-listen:$dir/s" -- sh -c 'date +%s%N >>"$0"' "$dir/starts"
	run peer "$dir/s" wait &
	wait_until has_lines "$dir/starts" 8
	stop s
	local -a at
	mapfile -t at <"$dir/starts"
	((at[5] - at[4] >= 90000000))
	((at[6] - at[5] >= 190000000))
	((at[7] - at[6] >= 390000000))
	assert_equal "$(grep -c 'further starts are delayed' <<<"$stderr")" 1
	assert_error 143 'sh exited repeatedly without reading its input'
}

@test "--keep forwards SIGTERM to COMMAND and waits until COMMAND has exited" {
	start_ready s run --on-demand -k "unix-listen:$dir/s" -- sh -c \
	    'trap "echo stopped >>\"\$0/log\"; exit 3" TERM; echo running >>"$0/log"; while :; do sleep 0.05; done' "$dir"
	run peer "$dir/s"
	wait_until has_lines "$dir/log" 1
	stop s
	assert_failure 143
	assert_equal "$(cat "$dir/log")" $'running\nstopped'
	[ ! -e "$dir/s" ]
}

@test "--keep lets COMMAND serve pending connections after SIGTERM" {
	requires python3
	start_ready s run --on-demand -k "unix-listen:$dir/s" -- python3 -c '
import os, signal, socket, sys
listener = socket.socket(fileno=3)
def stop(number, frame):
    while os.path.exists(sys.argv[1] + "/s"):
        pass
    for i in range(2):
        listener.accept()[0].sendall(b"served")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open(sys.argv[1] + "/running", "w")
while True:
    signal.pause()' "$dir"
	start_peer a "$dir/s" recv
	start_peer b "$dir/s" recv
	wait_until test -e "$dir/running"
	stop s
	assert_failure 143
	finish a
	assert_equal "$output" '6 served'
	finish b
	assert_equal "$output" '6 served'
}

@test "--keep removes files created for COMMAND only if COMMAND was never started" {
	start_ready s run --on-demand -k -i -o "unix-listen:$dir/s" "w:$dir/log" -- sh -c 'echo ran; sleep 60'
	[ -e "$dir/log" ]
	stop s
	[ ! -e "$dir/log" ]
	start_ready s run --on-demand -k -i -o "unix-listen:$dir/s" "w:$dir/log" -- sh -c 'echo ran; exec sleep 60'
	run peer "$dir/s"
	wait_until has_lines "$dir/log" 1
	stop s
	assert_equal "$(cat "$dir/log")" ran
	[ ! -e "$dir/s" ]
}

@test "--keep kills COMMAND at the second SIGTERM if COMMAND has not exited" {
	start_ready s run -v --on-demand -k "unix-listen:$dir/s" -- sh -c \
	    'trap "echo ignored >>\"\$0/log\"" TERM; echo running >>"$0/log"; while :; do sleep 0.05; done' "$dir"
	run peer "$dir/s"
	wait_until has_lines "$dir/log" 1
	kill "$(pid_of s)"
	wait_until has_lines "$dir/log" 2
	[ ! -e "$dir/s" ]
	kill -0 "$(pid_of s)"
	stop s
	assert_failure 143
	assert_regex "$stderr" 'stopping: waiting for process [0-9]+ to exit; a second signal kills it'
	assert_regex "$stderr" 'killed by signal 9'
}

@test "--keep does not forward a signal that the terminal has already sent to COMMAND" {
	requires python3
	cat >"$dir/terminal.py" <<-'END'
		import os, pty, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(sys.argv[1], sys.argv[1:])
		seen = b""
		while b"running" not in seen:
		    seen += os.read(fd, 1000)
		os.write(fd, b"\x03")
		while True:
		    try:
		        data = os.read(fd, 1000)
		    except OSError:
		        break
		    if not data:
		        break
		    seen += data
		status = os.waitpid(pid, 0)[1]
		print(seen.count(b"interrupted"), os.WTERMSIG(status))
	END
	cat >"$dir/command.py" <<-'END'
		import os, signal, time
		def interrupted(number, frame):
		    os.write(1, b"interrupted\n")
		    signal.setitimer(signal.ITIMER_REAL, 0.2)
		signal.signal(signal.SIGINT, interrupted)
		signal.signal(signal.SIGALRM, lambda number, frame: os._exit(0))
		os.write(1, b"running\n")
		while True:
		    signal.pause()
	END
	exec 5</dev/zero
	run timeout "$FDPASS_LIMIT" python3 "$dir/terminal.py" sh -c 'echo x | "$@"' sh "$FDPASS" run --on-demand -k 0 -- python3 "$dir/command.py"
	exec 5<&-
	assert_regex "$output" '^1 '
}

@test "--keep exits with the status of COMMAND when no descriptor can become readable, but waits again for a FIFO" {
	run --separate-stderr timeout --foreground -s KILL "$FDPASS_LIMIT" sh -c 'echo x | "$0" run --on-demand -k -i 0 -- sh -c "cat; exit 3"' "$FDPASS" 3>&- 4>&-
	assert_failure 3
	assert_equal "$output" x
	mkfifo "$dir/fifo"
	start_ready s run --on-demand -k -i "$dir/fifo" -- sh -c 'cat >>"$0"; echo . >>"$0"' "$dir/log"
	echo one >"$dir/fifo"
	wait_until has_lines "$dir/log" 2
	echo two >"$dir/fifo"
	wait_until has_lines "$dir/log" 4
	stop s
	assert_failure 143
	assert_equal "$stderr" ""
	assert_equal "$(paste -sd ' ' "$dir/log")" "one . two ."
}

# --- --accept

@test "--accept passes only the connection, as descriptor 3, and sets REMOTE_ADDR and REMOTE_PORT" {
	activate s --accept tcp-listen:127.0.0.1:0=web -- sh -c '"$0" inherited >&3; echo "$REMOTE_ADDR $REMOTE_PORT" >&3' "$PEER"
	exec 6<>"/dev/tcp/127.0.0.1/$port"
	run cat <&6
	exec 6>&-
	assert_regex "$output" 'LISTEN_FDS=1'
	assert_regex "$output" 'LISTEN_FDNAMES=connection'
	assert_regex "$output" '127\.0\.0\.1 [0-9]+$'
	assert_equal "$(grep -cE '^[0-9]+ ' <<<"$output")" 4
	refute_regex "$output" 'FDPASS_PEER'
	stop s
	assert_failure 143
}

@test "--accept sets REMOTE_ADDR and REMOTE_PORT as systemd.exec(5) describes for each address family" {
	requires python3
	cat >"$dir/ask.py" <<-'END'
		import socket, sys
		connection = socket.socket(getattr(socket, sys.argv[1]))
		if len(sys.argv) > 4:
		    connection.bind(sys.argv[4].replace("@", "\0"))
		connection.connect((sys.argv[2], int(sys.argv[3])) if sys.argv[3] else sys.argv[2])
		text = connection.makefile().read().strip()
		print(text.replace(str(connection.getsockname()[1]), "PORT") if sys.argv[3] else text)
	END
	export REMOTE_ADDR=outer REMOTE_PORT=outer
	activate s --accept tcp-listen::0 "unix-listen:$dir/s" -- sh -c 'echo "${REMOTE_ADDR-unset} ${REMOTE_PORT-unset}" >&3'
	assert_equal "$(python3 "$dir/ask.py" AF_INET 127.0.0.1 "$port")" '127.0.0.1 PORT'
	if [[ -e /proc/net/if_inet6 ]] && grep -q ' lo$' /proc/net/if_inet6; then
		assert_equal "$(python3 "$dir/ask.py" AF_INET6 ::1 "$port")" '::1 PORT'
	fi
	assert_equal "$(python3 "$dir/ask.py" AF_UNIX "$dir/s" '')" 'unset unset'
	assert_equal "$(python3 "$dir/ask.py" AF_UNIX "$dir/s" '' "$dir/client")" "$dir/client unset"
	assert_equal "$(python3 "$dir/ask.py" AF_UNIX "$dir/s" '' "@$dir/{fd}")" "@$dir/{fd} unset"
	stop s
}

@test "--accept sets FDPASS_PEER_PID, _UID and _GID to the credentials of a Unix peer" {
	start_ready s run -v --accept "unix-listen:$dir/s" -- \
	    sh -c 'echo "$FDPASS_PEER_PID $FDPASS_PEER_UID $FDPASS_PEER_GID" >>"$0"' "$dir/log"
	start_peer p "$dir/s" wait
	wait_until has_lines "$dir/log" 1
	assert_equal "$(cat "$dir/log")" "$(pid_of p) $(id -u) $(id -g)"
	wait_until fdpass_has_line "$dir/s.err" "connection 1 from pid $(pid_of p), uid $(id -u): started process [0-9]+"
	stop s
}

@test "--inetd places the connection on standard input and output, inherits standard error, and sets no LISTEN_FDS" {
	activate s --accept --inetd tcp-listen:127.0.0.1:0 -- sh -c 'read -r line; echo "got $line $LISTEN_FDS"; echo err >&2; "$0" fds' "$PEER"
	exec 6<>"/dev/tcp/127.0.0.1/$port"
	echo hello >&6
	run cat <&6
	exec 6>&-
	assert_equal "${lines[0]}" 'got hello '
	assert_equal "$(grep -cE '^[0-9]+ ' <<<"$output")" 3
	wait_until fdpass_has_line "$dir/s.err" '^err$'
	stop s
}

@test "run --inetd without --accept warns that COMMAND gets the listening socket" {
	run --separate-stderr fdpass run --inetd tcp-listen:127.0.0.1:0 -- true
	assert_error 0 'tcp-listen:127.0.0.1:0: COMMAND gets the listening socket; .* add --accept$'
	# This command corresponds to "wait" in inetd.conf: COMMAND needs the UDP socket itself.
	run --separate-stderr fdpass run --inetd udp-listen:127.0.0.1:0 -- true
	assert_equal "$stderr" ''
	run --separate-stderr fdpass run --inetd socketpair: -- true
	refute_regex "$stderr" accept
}

@test "run -v prints each listening address once" {
	run --separate-stderr fdpass run -v tcp-listen:127.0.0.1:0 -- sh -c 'exit 3'
	assert_failure 3
	assert_regex "$stderr" '^fdpass: run: tcp-listen:127.0.0.1:0: 127.0.0.1:[0-9]+$'
	activate s --accept tcp-listen:127.0.0.1:0 -- true
	port=$(sed -n 's/.*: 127.0.0.1:\([0-9]*\)$/\1/p' "$dir/s.err")
	assert_equal "$(grep -c "127.0.0.1:$port" "$dir/s.err")" 1
	assert_equal "$(grep -c "listening on tcp-listen:127.0.0.1:0$" "$dir/s.err")" 1
	stop s
	# An address that the user has specified completely is not printed again.
	run --separate-stderr fdpass run -v "tcp-listen:127.0.0.1:$port" -- true
	assert_equal "$stderr" ''
}

@test "--accept places the connection at the number given with --fd, and --setenv can contain this number" {
	activate s --accept --fd=7,3=in --setenv='X={fd}' tcp-listen:127.0.0.1:0 -- sh -c \
	    'echo "$X $LISTEN_FDS $LISTEN_FDNAMES" >&7; "$0" fds >&3' "$PEER"
	run send_request "$port"
	assert_equal "${lines[0]}" '7 1 in'
	assert_regex "$output" '3 socket:.*7 socket:'
	stop s
}

@test "--accept runs at most --max-children processes concurrently, and serves further connections when children exit" {
	mkfifo "$dir/go"
	start_ready s run --accept --max-children=2 "unix-listen:$dir/s" -- sh -c \
	    'echo >>"$0/started"; cat "$0/go" >/dev/null; echo >>"$0/done"' "$dir"
	local i
	for i in 1 2 3 4 5; do
		start_peer "p$i" "$dir/s" wait
	done
	wait_until has_lines "$dir/started" 2
	# Gives a third child, which must not start, time to start.
	run timeout 0.3 sh -c 'while [ "$(wc -l <"$0")" -lt 3 ]; do :; done' "$dir/started"
	assert_equal "$(line_count "$dir/started")" 2
	release() {
		timeout 1 sh -c ': >"$0"' "$dir/go" 2>/dev/null || true
		has_lines "$dir/done" 5
	}
	wait_until release
	assert_equal "$(line_count "$dir/started")" 5
	stop s
}

@test "--accept serves all its listening sockets, even if one of them always has waiting connections" {
	expects_messages
	requires python3
	start_ready s run -v --accept --max-children=1 --connections=5 "unix-listen:$dir/busy" "unix-listen:$dir/other" -- \
	    sh -c 'until [ -e "$0/go" ]; do sleep 0.02; done' "$dir"
	python3 -c 'import socket, sys
clients = []
for name in ["busy"] * 4 + ["other"]:
    clients.append(socket.socket(socket.AF_UNIX))
    clients[-1].bind(f"{sys.argv[1]}/{name}{len(clients)}")
    clients[-1].connect(f"{sys.argv[1]}/{name}")
open(f"{sys.argv[1]}/go", "w").close()
for client in clients:
    client.recv(1)' "$dir"
	finish s
	assert_success
	assert_regex "$stderr" "connection 2 from $dir/other5: started"
}

@test "--connections removes the path after the last connection, and exits with 0 when the children have exited" {
	mkfifo "$dir/go"
	start_ready s run --accept --connections=2 "unix-listen:$dir/s" -- sh -c 'echo >>"$0/started"; read -r _ <"$0/go"' "$dir"
	run peer "$dir/s"
	[ -S "$dir/s" ]
	run peer "$dir/s"
	wait_until has_lines "$dir/started" 2
	[ ! -e "$dir/s" ]
	kill -0 "$(pid_of s)"
	exec 5<>"$dir/go"
	printf 'x\nx\n' >&5
	finish s
	exec 5>&-
	assert_success
}

@test "--accept does not pass listening sockets to children, not even with --inherit=all" {
	start l "$FDPASS" run tcp-listen:127.0.0.1:0 -- "$FDPASS" run --accept --inherit=all 3 "unix-listen:$dir/s" -- "$PEER" inherited
	wait_until listens "$dir/s"
	run peer "$dir/s" wait
	wait_until fdpass_has_line "$dir/l.out" 'LISTEN_FDS'
	assert_equal "$(grep -c socket: "$dir/l.out")" 1
	stop l
}

@test "run --allow-uid prints one warning when it refuses a peer of another user, and serves the next peer" {
	requires setpriv
	requires_root
	chmod 755 "$dir"
	start_ready s run --accept -m 666 --allow-uid=root "unix-listen:$dir/s" -- sh -c 'echo served >>"$0"' "$dir/log"
	# shellcheck disable=SC2016
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$PEER" -T 10 "$dir/s" wait 3>&- 4>&-
	assert_success
	run peer "$dir/s"
	wait_until has_lines "$dir/log" 1
	stop s
	assert_error 143 'refused: the sender [(]pid [0-9]+, uid 65534, gid 65534[)] is not allowed'
	assert_equal "$(line_count "$dir/log")" 1
	refused 'need an AF_UNIX socket' --accept --allow-uid=root tcp-listen:127.0.0.1:0 -- true
}

@test "--accept stops listening at SIGTERM, forwards a second SIGTERM to the children, and kills them at the third" {
	mkfifo "$dir/go"
	start_ready s run --accept "unix-listen:$dir/s" -- sh -c 'echo >>"$0/started"; read -r _ <"$0/go"; echo >>"$0/done"' "$dir"
	run peer "$dir/s"
	wait_until has_lines "$dir/started" 1
	kill "$(pid_of s)"
	wait_until test ! -e "$dir/s"
	kill -0 "$(pid_of s)"
	echo >"$dir/go"
	finish s
	assert_failure 143
	has_lines "$dir/done" 1
	start_ready s run -v --accept "unix-listen:$dir/s" -- sh -c 'trap "echo got >>\"\$0/got\"" TERM; echo >>"$0/started"; while :; do sleep 0.05; done' "$dir"
	run peer "$dir/s"
	wait_until has_lines "$dir/started" 2
	kill "$(pid_of s)"
	wait_until test ! -e "$dir/s"
	[ ! -e "$dir/got" ]
	kill "$(pid_of s)"
	wait_until has_lines "$dir/got" 1
	stop s
	assert_failure 143
	assert_regex "$stderr" 'killed by signal 9'
}

@test "children of --accept have the signal actions and the signal mask that fdpass inherited" {
	not_under valgrind "does not pass on that SIGCHLD is ignored"
	not_under qemu "uses a real-time signal itself"
	local ours ignoring
	for ignoring in '' 'trap "" CHLD HUP;'; do
		start s bash -c "$ignoring exec \"\$@\"" bash grep -E '^Sig(Blk|Ign)' /proc/self/status
		finish s
		ours=$output
		start s bash -c "$ignoring exec \"\$@\"" bash "$FDPASS" run --accept --connections=1 "unix-listen:$dir/s" -- \
		    grep -E '^Sig(Blk|Ign)' /proc/self/status
		wait_until listens "$dir/s"
		run peer "$dir/s"
		finish s
		assert_success
		assert_equal "$output" "$ours"
	done
}

@test "--accept does not reap children that fdpass inherited" {
	start s sh -c 'sleep 60 & echo $! >"$1/sleep"; sh -c "exit 7" & exec "$0" run --accept --connections=3 "unix-listen:$1/s" -- true' \
	    "$FDPASS" "$dir"
	wait_until listens "$dir/s"
	local i
	for i in 1 2 3; do
		run peer "$dir/s"
	done
	finish s
	assert_success
	kill "$(cat "$dir/sleep")"
}

@test "--accept continues if a client disconnects before it is accepted" {
	requires python3
	activate s --accept --max-children=1 tcp-listen:127.0.0.1:0 -- sh -c 'echo >>"$0"' "$dir/log"
	python3 - "$port" <<-'END'
		import socket, struct, sys
		for i in range(20):
		    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		    connection.close()
	END
	run send_request "$port"
	wait_until has_lines "$dir/log" 1
	stop s
	assert_failure 143
}

# peak_memory PID: prints the peak resident memory in kilobytes.
peak_memory() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

@test "--accept leaks no process, descriptor or memory over 300 connections" {
	start_ready s run --accept "unix-listen:$dir/s" -- true
	local before i memory
	for ((i = 0; i < 20; i++)); do
		"$PEER" "$dir/s" wait 3>&- 4>&-
	done
	wait_until has_no_children "$(pid_of s)"
	memory=$(peak_memory "$(pid_of s)")
	before=$(open_descriptors "$(pid_of s)")
	for ((i = 0; i < 300; i++)); do
		"$PEER" "$dir/s" wait 3>&- 4>&-
	done
	wait_until has_no_children "$(pid_of s)"
	assert_equal "$(open_descriptors "$(pid_of s)")" "$before"
	[[ -n ${FDPASS_WORLD-} ]] || (($(peak_memory "$(pid_of s)") <= memory + 128))
	stop s
}

@test "--accept serves connections and handles signals while standard error is a full pipe" {
	mkfifo "$dir/err"
	exec 6<>"$dir/err"
	start s sh -c 'exec "$@" 2>&6' sh "$FDPASS" run -v --accept --max-children=1 "unix-listen:$dir/s" -- sh -c 'echo >>"$0"' "$dir/log"
	wait_until listens "$dir/s"
	# Fills the remaining space in the pipe.
	timeout 1 sh -c 'cat /dev/zero >&6' 2>/dev/null || true
	local i
	for i in 1 2 3; do
		run peer "$dir/s" wait
	done
	wait_until has_lines "$dir/log" 3
	stop s
	exec 6>&-
	assert_failure 143
	[ ! -e "$dir/s" ]
}

@test "run prints the listening address with --verbose, and without it if standard error is a terminal" {
	requires script
	activate s --on-demand "unix-listen:$dir/s" tcp-listen:127.0.0.1:0 -- true
	wait_until fdpass_has_line "$dir/s.err" "fdpass: run: listening on unix-listen:$dir/s and 1 more"
	stop s
	start s script -qec "exec '$FDPASS' run --accept tcp-listen:127.0.0.1:0 -- true" /dev/null
	wait_until fdpass_has_line "$dir/s.out" 'fdpass: run: listening on tcp-listen:127.0.0.1:0 .127.0.0.1:[0-9]+.'
	stop s
}

@test "--accept refuses descriptors that do not listen and options that do not apply" {
	refused 'not a listening socket' --accept udp-listen:127.0.0.1:0 -- true
	refused 'not a listening socket' --accept tcp-listen:127.0.0.1:0 /etc/passwd -- true
	refused 'needs a listening socket' --accept -- true
	refused 'mutually exclusive' --accept --on-demand tcp-listen:127.0.0.1:0 -- true
	refused 'cannot place one connection with 2 options' --accept -i -o tcp-listen:127.0.0.1:0 -- true
	refused 'max-children needs --accept' --on-demand --max-children=3 tcp-listen:127.0.0.1:0 -- true
	refused 'connections needs --accept' --connections=3 tcp-listen:127.0.0.1:0 -- true
	refused 'allow-uid needs --accept' --allow-uid=0 tcp-listen:127.0.0.1:0 -- true
	refused 'keep needs --on-demand' -k tcp-listen:127.0.0.1:0 -- true
	refused 'ready-fd needs --on-demand or --accept' --ready-fd=1 tcp-listen:127.0.0.1:0 -- true
}

# --- --fd=N,M

@test "run --fd=N,M places one descriptor at several numbers, in every order, and replaces open descriptors" {
	local places
	exec 5</etc/passwd 6</etc/group
	for places in '5,6 3,4' '6,5 4,3' '3,6 5' '6 5,3' '5 6,3' '3,4,5,6 7' '6,3 5,4' '5,7 6,3' '7,5 3,6'; do
		local -a place
		read -ra place <<<"$places"
		keep="5 6" run clean "$FDPASS" run --fd="${place[0]}" --fd="${place[1]}" 5 6 -- "$PEER" fds
		assert_success
		assert_equal "$(grep -vE '^[012] ' <<<"$output")" "$(
			{
				tr ',' '\n' <<<"${place[0]}" | sed 's,$, /etc/passwd,'
				tr ',' '\n' <<<"${place[1]}" | sed 's,$, /etc/group,'
			} | sort -n
		)" "places $places"
	done
	exec 5<&- 6<&-
	refused 'used twice' --fd=3,4 --fd=4 0 0 -- true
	refused 'used twice' --fd=3,3 0 -- true
	refused 'expected N' --fd=3, 0 -- true
	refused 'expected N' --fd=,3 0 -- true
}

@test "with recv and send --reply, --fd=N,M places one descriptor at several numbers" {
	start_ready r recv --fd=0,9=in "$dir/s" sh -c 'cat; readlink /proc/self/fd/9'
	echo hello >"$dir/f"
	run peer "$dir/s" data=x open="$dir/f" send
	finish r
	assert_equal "$output" "hello"$'\n'"$dir/f"
	start_peer server -l "$dir/t" recv data=x open="$dir/f" send
	run --separate-stderr fdpass send --reply --fd=0,9 "$dir/t" -- sh -c 'cat; readlink /proc/self/fd/9'
	assert_equal "$output" "hello"$'\n'"$dir/f"
	refused_recv() {
		run --separate-stderr fdpass recv "$@" "$dir/s" true
		assert_error 125 'both use descriptor'
	}
	refused_recv --fd=3,5 --keep-socket=5
	refused_recv --fd=3,5 --data=fd:5
}

# --- LISTEN_PIDFDID

@test "LISTEN_PIDFDID contains the inode number of a pidfd of COMMAND, and is checked like LISTEN_PID" {
	requires python3
	not_under valgrind "does not support pidfd_open"
	python3 -c 'import os, sys; sys.exit(os.fstat(os.pidfd_open(os.getpid())).st_ino < 1000)' || skip "this kernel does not support pidfs"
	run --separate-stderr clean "$FDPASS" run 0 -- python3 -c '
import os
print(int(os.environ["LISTEN_PIDFDID"]) == os.fstat(os.pidfd_open(os.getpid())).st_ino)'
	assert_equal "$output" True
	run --separate-stderr fdpass run 0 -- sh -c 'LISTEN_PIDFDID=1 exec "$0" run listen:0 -- true' "$FDPASS"
	assert_error 125 'LISTEN_FDS is for another process with this pid [(]LISTEN_PIDFDID differs[)]'
	run --separate-stderr fdpass run /etc/passwd=name -- "$FDPASS" show --json
	assert_success
}

@test "run --accept exits at SIGTERM even if no process can be created for a connection" {
	not_under valgrind "does not start with such a low limit on processes"
	requires_root
	requires setpriv prlimit
	# A user ID of its own, because RLIMIT_NPROC counts all processes of the user, also those of a concurrent test.
	local id=$((100000 + BASHPID))
	chmod 0777 "$dir"
	# setpriv executes fdpass directly, before capabilities are lost, because the user may be unable to search the
	# directory of fdpass.
	start r prlimit --nproc=1 setpriv --reuid=$id --regid=$id --clear-groups \
	    "$FDPASS" run --accept "unix-listen:$dir/s" -- true
	wait_until listens "$dir/s"
	run peer "$dir/s"
	wait_until grep -q 'fork: .*connections wait' "$dir/r.err"
	kill -TERM "$(pid_of r)"
	finish r
	assert_failure 143
	assert_regex "$stderr" 'connection 1: closed because no process could be created'
}

@test "--accept raises the soft limit on open files, and COMMAND gets the original limit" {
	not_under valgrind "uses more descriptors than the test expects"
	local limit
	(($(ulimit -Hn) > 64)) || skip "the hard limit is $(ulimit -Hn)"
	for limit in 64 24; do
		printf '#!/bin/sh\nulimit -S -n %d || exit 99\nexec "%s" "$@"\n' "$limit" "$FDPASS" >"$dir/limited"
		chmod +x "$dir/limited"
		FDPASS=$dir/limited start_ready s run --accept --connections=1 "unix-listen:$dir/s" -- sh -c 'ulimit -S -n'
		assert_regex "$(cat "/proc/$(pid_of s)/limits")" "Max open files +$(ulimit -Hn) "
		run peer "$dir/s"
		finish s
		assert_equal "$output" "$limit"
	done
}
