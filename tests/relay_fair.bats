#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that no client can make relay delay another client or a signal.

load helpers

# within SECONDS COMMAND...: checks that COMMAND succeeds within SECONDS.
within() {
	local limit=$1 begin=$EPOCHREALTIME
	shift
	"$@"
	((${EPOCHREALTIME/./} - ${begin/./} < limit * 1000000)) || {
		fdpass_report "too slow" "limit in seconds" "$limit" took "$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
		return 1
	}
}

# lingering COUNT CONNECTIONS [UID]: sends COUNT sockets to the relay, over CONNECTIONS connections, as user UID. The
# last close of each socket blocks for 30 seconds. Then prints "sent", and keeps the connections open until end of file
# on standard input.
lingering() {
	exec timeout --foreground -s KILL 60 python3 -c '
import os, resource, socket, struct, sys
path, count, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 20000), limit))
if len(sys.argv) > 4:
    os.setgroups([])
    os.setgid(int(sys.argv[4]))
    os.setuid(int(sys.argv[4]))
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
listener.bind(("127.0.0.1", 0))
listener.listen(100)
clients = [socket.socket(socket.AF_UNIX) for i in range(connections)]
for client in clients:
    client.connect(path)
kept = []
for i in range(count):
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    tcp.connect(listener.getsockname())
    kept.append(listener.accept()[0])
    tcp.setblocking(False)
    try:
        while True:
            tcp.send(b"x" * 65536)
    except BlockingIOError:
        pass
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 30))
    try:
        socket.send_fds(clients[i % connections], [b"x"], [tcp.fileno()])
    except OSError:
        pass
    tcp.close()
print("sent", flush=True)
sys.stdin.read()' "$dir/front" "$@" 3>&- 4>&-
}

@test "1200 refused clients, each of which sent a lingering socket, delay neither another client of the relay nor a signal" {
	expects_messages
	requires_root
	requires python3
	not_under valgrind "does not support helper processes, which close descriptors"
	chmod 0755 "$dir"
	start_peer server -l "$dir/back" recv
	relay -m 0666 --allow-uid=0
	# The relay is stopped until all clients have sent their sockets, and then accepts all clients at once.
	kill -STOP "$(pid_of relay)"
	mkfifo "$dir/hold"
	exec 9<>"$dir/hold"
	start stranger lingering 1200 1200 65534 <"$dir/hold" 9>&-
	wait_until fdpass_has_line "$dir/stranger.out" sent
	kill -CONT "$(pid_of relay)"
	within 5 peer "$dir/front" data=allowed send wait
	finish server
	assert_regex "$output" '7 allowed'
	within 5 wait_until relay_is_clean
	within 5 stop relay
	assert_success
	exec 9>&-
}

@test "a relay that is the last to close a socket with a lingering socket in its queue does not delay other clients" {
	requires python3 strace pgrep
	not_under valgrind "does not support tracing"
	not_under qemu "does not support tracing"
	export ASAN_OPTIONS=detect_leaks=0
	# strace delays the relay after each message, so that the relay is the last process to close the descriptor.
	start tracer strace -f -qq -o /dev/null -e trace=sendmsg,sendmmsg -e inject=sendmsg,sendmmsg:delay_exit=300000 \
	    "$FDPASS" relay "$dir/front" "$dir/back"
	wait_until listens "$dir/front"
	run timeout --foreground -s KILL 60 python3 - "$dir" 3>&- 4>&- <<-'X'
		import os, socket, struct, sys, time
		dir = sys.argv[1]
		back = socket.socket(socket.AF_UNIX)
		back.bind(dir + '/back')
		back.listen(10)
		listener = socket.socket()
		listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
		listener.bind(('127.0.0.1', 0))
		listener.listen(1)
		tcp = socket.socket()
		tcp.connect(listener.getsockname())
		kept = listener.accept()[0]
		tcp.setblocking(False)
		try:
		    while True:
		        tcp.send(b'x' * 65536)
		except BlockingIOError:
		    pass
		tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 30))
		one, other = socket.socketpair()
		socket.send_fds(one, [b'x'], [tcp.fileno()])
		client = socket.socket(socket.AF_UNIX)
		client.connect(dir + '/front')
		server = back.accept()[0]
		socket.send_fds(client, [b'x'], [other.fileno()])
		tcp.close()
		other.close()
		os.close(socket.recv_fds(server, 1, 1)[1][0])
		begin = time.monotonic()
		second = socket.socket(socket.AF_UNIX)
		second.connect(dir + '/front')
		second.send(b'hello')
		back.settimeout(40)
		print(back.accept()[0].recv(10), 'late' if time.monotonic() - begin > 15 else 'in time')
	X
	assert_equal "$output" "b'hello' in time"
	kill -TERM "$(pgrep -P "$(pid_of tracer)")"
	kill -TERM "$(pgrep -P "$(pid_of tracer)")" 2>/dev/null || true
	fdpass_finish tracer
}

@test "closing a connection with lingering sockets in its queue does not make the relay delay other clients" {
	requires python3
	not_under valgrind "does not support helper processes, which close descriptors"
	# The first server reads nothing and then exits, so the sockets stay in the queues.
	start_peer server -l "$dir/back" wait
	relay
	mkfifo "$dir/hold"
	exec 9<>"$dir/hold"
	start stranger lingering 300 1 <"$dir/hold" 9>&-
	wait_until fdpass_has_line "$dir/stranger.out" sent
	kill -KILL "$(pid_of server)"
	rm "$dir/back"
	start_peer server2 -l "$dir/back" recv
	within 5 peer "$dir/front" data=another send wait
	finish server2
	assert_regex "$output" '7 another'
	within 5 stop relay
	assert_success
	exec 9>&-
}

@test "a relay handles signals if another process accepts a connection on a shared listening socket first" {
	requires_root
	requires python3 strace
	not_under valgrind 'traces itself'
	not_under qemu 'traces itself'
	export ASAN_OPTIONS=detect_leaks=0
	run timeout --foreground -s KILL 60 python3 - "$FDPASS" "$dir" 3>&- 4>&- <<-'X'
		import fcntl, os, socket, subprocess, sys, time
		command, dir = sys.argv[1:]
		front = socket.socket(socket.AF_UNIX)
		front.bind(dir + '/front')
		front.listen(10)
		flags = fcntl.fcntl(front, fcntl.F_GETFL)
		ready, ready_w = os.pipe()
		# strace delays the relay before accept(2) for half a second. Meanwhile, this process accepts the
		# connection.
		strace = subprocess.Popen(['strace', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', 'trace=/accept',
		                           '-e', 'inject=/accept:delay_enter=500000:when=1', command, 'relay',
		                           '--ready-fd=%d' % ready_w, 'fd:%d' % front.fileno(), dir + '/back'],
		                          pass_fds=[front.fileno(), ready_w])
		os.read(ready, 1)
		relay = int(open('/proc/%d/task/%d/children' % (strace.pid, strace.pid)).read().split()[0])
		client = socket.socket(socket.AF_UNIX)
		client.connect(dir + '/front')
		while open('/proc/%d/stat' % relay).read().split()[2] != 't':
		    pass
		front.accept()
		while open('/proc/%d/stat' % relay).read().split()[2] == 't':
		    pass
		print(fcntl.fcntl(front, fcntl.F_GETFL) == flags)
		os.kill(relay, 15)
		try:
		    print(strace.wait(10))
		except subprocess.TimeoutExpired:
		    os.kill(relay, 9)
		    raise
	X
	assert_success
	assert_equal "$output" "True
0"
}

@test "six relays that share a listening socket serve 1000 connections, and each of them handles SIGTERM" {
	requires python3
	not_under valgrind "is too slow"
	run timeout --foreground -s KILL 100 python3 - "$FDPASS" "$dir" 3>&- 4>&- <<-'X'
		import atexit, fcntl, os, signal, socket, subprocess, sys, threading
		signal.signal(signal.SIGALRM, lambda *_: sys.exit('timed out'))
		signal.alarm(90)
		command, dir = sys.argv[1:]
		front = socket.socket(socket.AF_UNIX)
		front.bind(dir + '/front')
		front.listen(1000)
		flags = fcntl.fcntl(front, fcntl.F_GETFL)
		back = socket.socket(socket.AF_UNIX)
		back.bind(dir + '/back')
		back.listen(1000)
		def echo(connection):
		    while data := connection.recv(5):
		        connection.send(data)
		def serve():
		    while True:
		        threading.Thread(target=echo, args=[back.accept()[0]], daemon=True).start()
		threading.Thread(target=serve, daemon=True).start()
		ready, told = os.pipe()
		relays = [subprocess.Popen([command, 'relay', '--ready-fd=%d' % told, 'fd:%d' % front.fileno(), dir + '/back'],
		                           pass_fds=[front.fileno(), told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		          for i in range(6)]
		atexit.register(lambda: [relay.kill() for relay in relays])
		for relay in relays:
		    os.read(ready, 1)
		served = 0
		for i in range(20):
		    clients = [socket.socket(socket.AF_UNIX) for j in range(50)]
		    for j, client in enumerate(clients):
		        client.settimeout(20)
		        client.connect(dir + '/front')
		        # Waits for a reply before each of the last connections: all relays are then idle, and all try
		        # to accept the next one.
		        if j > 45:
		            client.send(b'ready')
		            client.recv(5)
		    # A relay that is blocked in accept(2) does not serve its clients, and recv(5) times out.
		    for client in clients:
		        client.send(b'hello')
		        served += client.recv(5) == b'hello'
		        client.close()
		print(served, fcntl.fcntl(front, fcntl.F_GETFL) == flags)
		for relay in relays:
		    relay.terminate()
		print([relay.wait(20) for relay in relays])
	X
	assert_success
	assert_equal "$output" "1000 True
[0, 0, 0, 0, 0, 0]"
}

# pipe_is_full: succeeds if a write to $dir/shown would block.
pipe_is_full() {
	python3 -c '
import os, select, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
sys.exit(len(select.select([], [fd], [], 0)[1]))' "$dir/shown"
}

@test "a signal terminates a relay whose output and messages are not read" {
	requires python3
	local form
	mkfifo "$dir/shown"
	exec 8<>"$dir/shown"
	printf '#!/bin/sh\nexec "%s" "$@" >"%s" 8>&-\n' "$FDPASS" "$dir/shown" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
	for form in text json; do
		start_peer server -l "$dir/back" drain 8>&-
		relay --dump-cmsg=$form 8>&-
		start client "$PEER" "$dir/front" bytes=3000 flood 8>&-
		wait_until pipe_is_full
		kill -TERM "$(pid_of relay)"
		within 3 finish relay
		assert_failure 125
		assert_regex "$stderr" 'stopped by a signal before all output was written'
		[ ! -e "$dir/front" ]
		finish client
		finish server
		rm -f "$dir/back"
		exec 8>&- 8<>"$dir/shown"
	done
	exec 8>&-
}

@test "a relay whose output is read slowly loses no output" {
	start_peer server -l -t seqpacket "$dir/back" drain
	printf '#!/bin/sh\n"%s" "$@" | { head -c 1000; cat; } >"%s/shown"\n' "$FDPASS" "$dir" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass start_ready relay relay -t seqpacket --json --connections=1 "$dir/front" "$dir/back"
	run peer -t seqpacket "$dir/front" bytes=3000 send=300
	finish relay
	assert_success
	finish server
	assert_equal "$(jq -s 'map(select(.nbytes == 3000)) | length' "$dir/shown")" 300
}

@test "an idle relay exits when the reader of its output exits" {
	mkfifo "$dir/shown"
	exec 8<>"$dir/shown"
	printf '#!/bin/sh\nexec "%s" "$@" >"%s" 8>&-\n' "$FDPASS" "$dir/shown" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
	relay --json 8>&-
	exec 8>&-
	within 5 finish relay
	assert_failure 141
	assert_equal "$stderr" ""
	[ ! -e "$dir/front" ]
}

@test "a relay removes its path at each signal that terminates a process" {
	local signal
	not_under valgrind 'takes signals of its own'
	ulimit -c 0
	# env restores the default actions, because a shell starts background processes with SIGINT and SIGQUIT ignored.
	printf '#!/bin/sh\nexec env --default-signal=INT,QUIT "%s" "$@"\n' "$FDPASS" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
	local -a signals=(HUP INT QUIT USR1 USR2 ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR SYS RTMIN RTMAX)
	# Sanitizers install handlers for these signals.
	[[ -n ${SAN_CFLAGS-} ]] || signals+=(ILL TRAP ABRT BUS FPE SEGV)
	for signal in "${signals[@]}"; do
		relay
		kill -s "$signal" "$(pid_of relay)"
		within 5 finish relay
		[[ ! -e $dir/front ]] || {
			fdpass_report "the path is left behind" signal "$signal"
			return 1
		}
	done
}
