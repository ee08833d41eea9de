#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of all forms of ADDRESS, for listening and connecting, and of creating, replacing and removing paths.

load helpers

# heard NAME: waits for the receiver NAME, and checks that it received the data that "speak" sends.
heard() {
	finish "$1"
	assert_success
	assert_data "hello"
}

speak() {
	run peer "$@" data=hello send
	assert_success
}

@test "/path, ./path, a plain name and unix:PATH are accepted as paths" {
	cd "$dir"
	local form
	for form in "$dir/s" ./s s unix:s "unix:$dir/s"; do
		receive r "$form"
		speak "$dir/s"
		heard r
		[ ! -e s ]
	done
}

@test "./ and unix: make any name a path, even if it begins with another prefix" {
	cd "$dir"
	local name
	for name in send fd:0 @x listen:x env:HOME - --json; do
		receive r -- "./$name"
		speak "./$name"
		heard r
		receive r "unix:./$name"
		speak "./$name"
		heard r
	done
}

@test "@NAME and unix:@NAME are the same abstract name, without a file" {
	receive r "@fdp-test-$$"
	speak "@fdp-test-$$"
	heard r
	receive r "unix:@fdp-test-$$"
	speak "@fdp-test-$$"
	heard r
	[ ! -e "@fdp-test-$$" ]
}

@test "abns@NAME is padded with NULs to its full length" {
	receive r "abns@fdp-test-$$"
	run peer "@fdp-test-$$" data=x send
	[ "$status" -ne 0 ]
	run -0 python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
n = b"\0" + sys.argv[1].encode()
s.connect(n + b"\0" * (108 - len(n)))
s.sendall(b"hello")' "fdp-test-$$"
	heard r
}

@test "a path longer than sun_path can be listened on and connected to, and is removed" {
	local deep=$dir
	while ((${#deep} < 300)); do
		deep+=/a-directory-with-a-long-name
	done
	mkdir -p "$deep"
	receive r "$deep/socket"
	[ -S "$deep/socket" ]
	(cd "$deep" && peer ./socket data=hello send)
	heard r
	[ ! -e "$deep/socket" ]
	start p sh -c 'cd "$1" && exec "$PEER" -l ./socket data=hello send' sh "$deep"
	wait_until fdpass_has_line "$dir/p.out" listening
	run --separate-stderr fdpass recv -c --json "$deep/socket"
	assert_success
	assert_data hello
}

@test "paths of exactly 107 and 108 bytes can be used" {
	local length path
	for length in 107 108 109; do
		path=$dir/
		while ((${#path} < length)); do
			path+=x
		done
		receive r "$path"
		(cd "$dir" && peer "./${path##*/}" data=hello send)
		heard r
	done
}

@test "with fd:N, recv detects a listening socket and accepts a connection" {
	run -0 python3 - "$FDPASS" "$dir" <<'X'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2] + "/s")
s.listen(5)
p = subprocess.Popen([sys.argv[1], "recv", "--json", "fd:%d" % s.fileno()], pass_fds=[s.fileno()], stdout=subprocess.PIPE)
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[2] + "/s")
c.sendall(b"hello")
c.close()
print(p.communicate(timeout=20)[0].decode(), end="")
sys.exit(p.returncode)
X
	assert_data hello
	[ -S "$dir/s" ]
}

@test "fd:N and - accept connected sockets of each socket type" {
	local type
	for type in STREAM SEQPACKET DGRAM; do
		for how in fd:0 - fd:9; do
			run -0 python3 - "$FDPASS" "$type" $how <<'X'
import os, socket, subprocess, sys
a, b = socket.socketpair(socket.AF_UNIX, getattr(socket, "SOCK_" + sys.argv[2]))
os.dup2(b.fileno(), 9)
p = subprocess.Popen([sys.argv[1], "recv", "--json", "--messages=1", sys.argv[3]], pass_fds=[9], stdin=b,
    stdout=subprocess.PIPE)
socket.send_fds(a, [b"hello"], [0])
print(p.communicate(timeout=20)[0].decode(), end="")
sys.exit(p.returncode)
X
			assert_data hello
			assert_json '[.ancdata[].fds[]] | length' 1
		done
	done
}

@test "fd:N fails for a descriptor that is not open or not a socket" {
	run --separate-stderr fdpass recv fd:7 7</dev/null
	assert_error 125 'fd:7.*socket'
	run --separate-stderr fdpass recv fd:77
	assert_error 125 'fd:77.*not open'
	run --separate-stderr fdpass recv - </dev/null
	assert_error 125 'socket'
}

# with_listen_fds NAMES COMMAND...: runs a command that inherits two listening sockets, $dir/s3 and $dir/s4.
with_listen_fds() {
	run --separate-stderr python3 - "$dir" "$@" 3>&- 4>&- <<'X'
import fcntl, os, socket, sys
d, names, command = sys.argv[1], sys.argv[2], sys.argv[3:]
for n in (3, 4):
    s = socket.socket(socket.AF_UNIX)
    s.bind("%s/s%d" % (d, n))
    s.listen(5)
    c = socket.socket(socket.AF_UNIX)
    c.connect("%s/s%d" % (d, n))
    c.sendall(b"to %d" % n)
    c.close()
    high = fcntl.fcntl(s.fileno(), fcntl.F_DUPFD, 100)
    s.close()
    os.dup2(high, n, True)
    os.close(high)
os.environ.update(LISTEN_FDS="2", LISTEN_FDNAMES=names)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.execv(command[0], command)
X
}

@test "listen:I and listen:NAME select a socket from LISTEN_FDS" {
	with_listen_fds web:admin "$FDPASS" recv --json listen:0
	assert_success
	assert_data "to 3"
	rm "$dir/s3" "$dir/s4"
	with_listen_fds web:admin "$FDPASS" recv --json listen:admin
	assert_success
	assert_data "to 4"
	[ -S "$dir/s4" ]
}

@test "listen: fails if LISTEN_PID contains another process ID, the name is unknown, or the index is out of range" {
	LISTEN_PID=1 with_listen_fds web:admin "$FDPASS" recv listen:0
	assert_error 125 'listen:0'
	rm "$dir/s3" "$dir/s4"
	with_listen_fds web:admin "$FDPASS" recv listen:nobody
	assert_error 125 'nobody'
	rm "$dir/s3" "$dir/s4"
	with_listen_fds web:admin "$FDPASS" recv listen:2
	assert_error 125 'listen:2|2'
	run --separate-stderr fdpass recv listen:0
	assert_error 125 'listen:0.*LISTEN_FDS|LISTEN_FDS'
	LISTEN_FDS=junk LISTEN_PID=1 run --separate-stderr fdpass recv listen:0
	assert_error 125 'LISTEN_FDS|LISTEN_PID|listen:0'
}

@test "env:VAR uses the address in VAR, and fails if VAR is unset or empty" {
	export SOMEWHERE="$dir/s"
	receive r env:SOMEWHERE
	speak "$dir/s"
	heard r
	export SOMEWHERE="@fdp-env-$$"
	receive r env:SOMEWHERE
	speak "@fdp-env-$$"
	heard r
	SOMEWHERE='' run --separate-stderr fdpass recv env:SOMEWHERE
	assert_error 125 'SOMEWHERE'
	run --separate-stderr fdpass recv env:NOT_SET_AT_ALL
	assert_error 125 'NOT_SET_AT_ALL.*not set'
	SOMEWHERE=env:SOMEWHERE run --separate-stderr fdpass recv env:SOMEWHERE
	assert_failure 125
}

# --- paths

@test "the path of a listening socket has mode 0600, or the mode in --mode, independently of the umask" {
	umask 000
	start_ready r recv "$dir/s"
	assert_equal "$(stat -c %a "$dir/s")" 600
	stop r
	umask 077
	start_ready r recv -m 0666 "$dir/s"
	assert_equal "$(stat -c %a "$dir/s")" 666
	stop r
	start_ready r recv --mode=660 "$dir/s"
	assert_equal "$(stat -c %a "$dir/s")" 660
	stop r
}

@test "--owner and --group set the owner and group of the path of a listening socket" {
	requires_root
	start_ready r recv --owner=nobody --group=nogroup -m 0660 "$dir/s"
	assert_equal "$(stat -c %U:%G:%a "$dir/s")" nobody:nogroup:660
	stop r
	start_ready r recv --owner=12345 --group=54321 "$dir/s"
	assert_equal "$(stat -c %u:%g "$dir/s")" 12345:54321
	stop r
	run --separate-stderr fdpass recv --owner=no-such-user "$dir/s"
	assert_error 125 'no-such-user'
	run --separate-stderr fdpass recv --group=no-such-group "$dir/s"
	assert_error 125 'no-such-group'
}

@test "the mode and owner of a path are set before any client can connect" {
	requires strace
	requires_root
	# LeakSanitizer does not work under strace.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	run -124 timeout 10 strace -f -o "$dir/trace" "$FDPASS" recv -w 0.1 -m 0666 --owner=nobody "$dir/s" 3>&- 4>&-
	# listen(2) must be called after the last chmod(2) or chown(2), because clients can connect after listen(2).
	local last_change connectable
	last_change=$(grep -nE 'ch(mod|own)' "$dir/trace" | tail -n 1 | cut -d : -f 1)
	connectable=$(grep -nE 'listen\(|rename|link\(|linkat' "$dir/trace" | grep -v unlink | tail -n 1 | cut -d : -f 1)
	((last_change < connectable)) || {
		fdpass_report order trace "$(cat "$dir/trace")"
		false
	}
}

@test "the mode of a datagram socket is set before its path exists" {
	requires strace
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	run -124 timeout 10 strace -f -o "$dir/trace" "$FDPASS" recv -t dgram -w 0.1 "$dir/s" 3>&- 4>&-
	local mode path
	mode=$(grep -n 'fchmod(.*0600' "$dir/trace" | head -n 1 | cut -d : -f 1)
	path=$(grep -n 'bind(' "$dir/trace" | head -n 1 | cut -d : -f 1)
	((mode < path))
}

@test "a path on which a process listens is not replaced if fdpass has no permission to connect to it" {
	requires_root
	requires setpriv
	chmod 777 "$dir"
	start_peer p -l "$dir/s" wait
	chmod 600 "$dir/s"
	cp "$FDPASS" "$dir/fdpass"
	run --separate-stderr setpriv --reuid=65534 --clear-groups timeout 10 "$dir/fdpass" recv -w 5 "$dir/s" 3>&- 4>&-
	assert_failure 125
	assert_regex "$stderr" "$dir/s.*Permission denied"
	[ -S "$dir/s" ]
	kill -0 "$(pid_of p)"
}

@test "fdpass replaces a stale socket at the path on which it listens" {
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/s"
	[ -S "$dir/s" ]
	receive r "$dir/s"
	speak "$dir/s"
	heard r
}

@test "a stale datagram socket is replaced by a stream socket and vice versa" {
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1])' "$dir/s"
	receive r "$dir/s"
	speak "$dir/s"
	heard r
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/s"
	receive r -t dgram --messages=1 "$dir/s"
	speak -t dgram "$dir/s"
	heard r
}

@test "a path on which a socket of any type listens is not replaced" {
	local type
	for type in stream seqpacket dgram; do
		start_peer p -l -t $type "$dir/s" wait
		local inode
		inode=$(stat -c %i "$dir/s")
		run --separate-stderr fdpass recv -w 5 "$dir/s"
		assert_error 125 "$dir/s.*([Aa]ddress already in use|listen)"
		assert_equal "$(stat -c %i "$dir/s")" "$inode"
		stop p KILL
		rm "$dir/s"
	done
}

@test "a second receiver on the same path fails, and the first receiver continues" {
	expects_messages
	receive r "$dir/s"
	run --separate-stderr fdpass recv -w 5 "$dir/s"
	assert_error 125 'in use|listen'
	speak "$dir/s"
	heard r
}

@test "a file that is not a socket is never removed" {
	echo precious >"$dir/file"
	mkdir "$dir/directory"
	mkfifo "$dir/fifo"
	ln -s /nowhere "$dir/dangling"
	local what
	for what in file directory fifo; do
		run --separate-stderr fdpass recv -w 5 "$dir/$what"
		assert_error 125 "$dir/$what"
		[ -e "$dir/$what" ]
	done
	assert_equal "$(cat "$dir/file")" precious
	run --separate-stderr fdpass recv -w 5 "$dir/dangling"
	assert_failure 125
	[ -L "$dir/dangling" ]
}

@test "the path is removed at exit only if it is still the socket that fdpass created" {
	start_ready r recv "$dir/s"
	rm "$dir/s"
	echo 'somebody else' >"$dir/s"
	stop r
	assert_equal "$(cat "$dir/s")" "somebody else"
	rm "$dir/s"
	start_ready r recv "$dir/s"
	mv "$dir/s" "$dir/moved"
	start_ready other recv "$dir/s"
	stop r
	[ -S "$dir/s" ]
	stop other
	[ ! -e "$dir/s" ]
}

@test "the path is removed at exit even if its directory has been renamed" {
	mkdir "$dir/d"
	start_ready r recv "$dir/d/s"
	mv "$dir/d" "$dir/e"
	stop r
	[ ! -e "$dir/e/s" ]
}

@test "listening fails if the directory does not exist or is a file" {
	run --separate-stderr fdpass recv "$dir/none/s"
	assert_error 125 "$dir/none/s.*No such file"
	echo x >"$dir/f"
	run --separate-stderr fdpass recv "$dir/f/s"
	assert_error 125 "$dir/f/s.*Not a directory"
}

@test "listening fails in a directory without write permission" {
	requires setpriv
	mkdir -m 755 "$dir/d"
	chmod 755 "$dir"
	if [ "$(id -u)" = 0 ]; then
		cp "$FDPASS" "$dir/fdpass"
		chmod 755 "$dir/fdpass"
		run --separate-stderr setpriv --reuid=65534 --clear-groups timeout 10 "$dir/fdpass" recv "$dir/d/s" 3>&- 4>&-
	else
		chmod 555 "$dir/d"
		run --separate-stderr fdpass recv "$dir/d/s"
	fi
	assert_error 125 "$dir/d/s.*Permission denied"
	[ -z "$(ls -A "$dir/d")" ]
}

# --- connecting

@test "connecting to a path fails if no process listens on it or the file is not a socket" {
	run --separate-stderr fdpass recv -c "$dir/none"
	assert_error 125 "$dir/none.*No such file"
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/dead"
	run --separate-stderr fdpass recv -c "$dir/dead"
	assert_error 125 "$dir/dead: the socket is not listening: Connection refused"
	: >"$dir/file"
	run --separate-stderr fdpass send "$dir/file"
	assert_error 125 "connect to $dir/file: not a socket\$"
	run --separate-stderr fdpass send --wait "$dir/file"
	assert_error 125 "connect to $dir/file: not a socket\$"
	[ -S "$dir/dead" ]
	echo x >"$dir/file"
	run --separate-stderr fdpass recv -c "$dir/file"
	assert_error 125 "$dir/file"
	run --separate-stderr fdpass recv -c "@fdp-nobody-$$"
	assert_error 125 "@fdp-nobody-$$: no socket of this name is listening: Connection refused"
}

@test "--wait retries to connect until a process listens" {
	start r "$FDPASS" recv -c --wait --json "$dir/s"
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/s"
	rm "$dir/s"
	start_peer p -l "$dir/s" data=hello send
	heard r
}

@test "--wait=SECONDS exits with 124 if no process listens" {
	run --separate-stderr fdpass recv -c --wait=0.2 "$dir/s"
	[ "$status" -eq 124 ] || [ "$status" -eq 125 ]
	assert_regex "$stderr" "^fdpass: .*$dir/s"
}

@test "connecting fails if --type differs from the type of the peer's socket" {
	start_peer p -l -t seqpacket "$dir/s" wait
	run --separate-stderr fdpass recv -c -t stream "$dir/s"
	assert_error 125 "$dir/s.*(type|stream)"
}

# --- readiness

@test "a newline is written to --ready-fd when peers can connect" {
	mkfifo "$dir/f"
	start r sh -c 'exec "$FDPASS" recv --ready-fd=9 --json "$1" 9>"$2"' sh "$dir/s" "$dir/f"
	run -0 timeout 20 head -n 1 "$dir/f"
	assert_equal "$output" ""
	peer "$dir/s" data=hello send
	finish r
	assert_data hello
}

@test "READY=1 is sent to the path or abstract name in NOTIFY_SOCKET" {
	local where
	for where in "$dir/n" "@fdp-notify-$$"; do
		start_peer n -l -t dgram "$where" recv
		export NOTIFY_SOCKET=$where
		start r "$FDPASS" recv "$dir/s"
		finish n
		assert_regex "$output" 'READY=1'
		stop r
		rm -f "$dir/n"
	done
}

@test "if the descriptor of --ready-fd is not open, fdpass reports an error and creates no path" {
	run --separate-stderr fdpass recv --ready-fd=77 "$dir/s"
	assert_error 125 'ready-fd.*77|77'
	[ ! -e "$dir/s" ]
}

# stopped_at_bind OPTION...: starts recv, and stops it (SIGSTOP) immediately after it has created the path.
stopped_at_bind() {
	local tracer
	start recv strace -qq -o trace -e trace=bind -e inject=bind:signal=SIGSTOP:when=1 "$FDPASS" recv "$@" "$dir/s"
	wait_until test -S s
	tracer=$(pid_of recv)
	wait_until pgrep -P "$tracer" >/dev/null
	pid=$(pgrep -P "$tracer")
	wait_until grep -q '^State:.*[Tt] ' "/proc/$pid/status"
}

@test "a path never has more permissions than --mode specifies, and no permissions until its owner is set" {
	requires strace pgrep
	not_under valgrind "does not support tracing"
	not_under qemu "does not support tracing"
	export ASAN_OPTIONS=detect_leaks=0
	cd "$dir"
	stopped_at_bind
	assert_equal "$(stat -c %a s)" 600
	kill -CONT "$pid"
	wait_until listens "$dir/s"
	kill -TERM "$pid"
	finish recv
	stopped_at_bind --mode=644
	assert_equal "$(stat -c %a s)" 644
	kill -CONT "$pid"
	wait_until listens "$dir/s"
	kill -TERM "$pid"
	finish recv
	requires_root
	stopped_at_bind --mode=644 --owner=65534
	assert_equal "$(stat -c '%a %u' s)" "0 0"
	kill -CONT "$pid"
	wait_until listens "$dir/s"
	assert_equal "$(stat -c '%a %u' s)" "644 65534"
	kill -TERM "$pid"
	finish recv
}

@test "a signal does not extend the time limit of a wait for a connection" {
	requires strace
	not_under valgrind "does not support tracing"
	not_under qemu "does not support tracing"
	export ASAN_OPTIONS=detect_leaks=0
	run --separate-stderr strace -qq -o "$dir/trace" -e trace=ppoll -e inject=ppoll:error=EINTR:delay_enter=150000:when=1..3 \
	    "$FDPASS" recv --timeout=0.4 "$dir/s"
	assert_error 124 "timed out after 0.4 s"
	assert_equal "$(grep -c INJECTED "$dir/trace")" 3
	assert_regex "$(tail -n 1 "$dir/trace")" 'tv_sec=0, tv_nsec=0\}.* = 0 \(Timeout\)'
}
