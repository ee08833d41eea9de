#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that the credentials that relay forwards are always those of the sender, and never those of relay itself.

load helpers

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	requires_root
	requires setpriv pgrep
	chmod 0755 "$dir"
}

# relay OPTION...: starts a relay from $dir/front, to which every user may connect, to $dir/back.
relay() {
	start_ready relay relay -m 0666 "$@" "$dir/front" "$dir/back"
	# The wrapper of started_by has either executed the relay or started it as a child.
	pid=$(pid_of relay)
	[[ $(<"/proc/$pid/comm") == @(fdpass|memcheck*) ]] || pid=$(pgrep -P "$pid")
}

# as_nobody COMMAND...: runs COMMAND with uid 65534, gid 65533 and no groups.
as_nobody() {
	setpriv --reuid=65534 --regid=65533 --clear-groups "$@" 3>&- 4>&-
}

# started_by COMMAND...: from now on, COMMAND (such as setpriv) starts fdpass.
started_by() {
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$*" "$FDPASS" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
}


# injected CALLS WHEN ERROR: makes the system calls CALLS of the relay fail with ERROR; WHEN selects the invocations, as
# in strace(1).
injected() {
	requires strace
	not_under valgrind 'traces itself'
	not_under qemu 'traces itself'
	export ASAN_OPTIONS=detect_leaks=0
	started_by strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=$3:when=$2"
}

@test "the relay forwards the user and group ID of a client that is not visible in its PID namespace" {
	local type
	requires unshare
	not_under qemu 'has no namespaces'
	unshare -p --fork true || skip 'there are no pid namespaces'
	started_by unshare -p --fork
	for type in stream seqpacket dgram; do
		start_peer server -l -t $type "$dir/back" creds-on recv=5 recv
		relay -t $type
		as_nobody "$PEER" -t $type "$dir/front" data=plain send data=more null=1 send
		finish server
		assert_regex "$output" "5 creds $pid:65534:65533 plain"
		assert_regex "$output" "4 creds $pid:65534:65533 fds 1 more"
		kill -TERM "$pid"
		finish relay
		rm -f "$dir/back"
	done
}

@test "in a user namespace that maps the relay to 65534, a relay without privileges refuses clients of other users" {
	local type
	expects_messages
	requires unshare
	not_under qemu 'has no namespaces'
	not_under valgrind 'needs files that another user cannot read'
	setpriv --reuid=65532 --regid=65532 --clear-groups unshare -U --map-user=65534 --map-group=65534 true ||
	    skip 'user namespaces cannot be created here'
	chmod 0777 "$dir"
	# Other users may be unable to search the directory of the build.
	mkdir -m 755 "$dir/bin"
	install "$FDPASS" "$dir/bin/fdpass"
	install "$PEER" "$dir/bin/peer"
	FDPASS=$dir/bin/fdpass
	started_by setpriv --reuid=65532 --regid=65532 --clear-groups unshare -U --map-user=65534 --map-group=65534
	for type in stream seqpacket dgram; do
		start_peer server -l -t $type "$dir/back" creds-on recv=5
		chmod 0777 "$dir/back"
		relay -t $type
		start client setpriv --reuid=65533 --regid=65533 --clear-groups "$dir/bin/peer" -t $type "$dir/front" data=plain send
		wait_until grep -q 'refused: the user or group IDs' "$dir/relay.err"
		kill -TERM "$pid"
		finish relay
		finish client || true
		stop server || true
		refute_output --partial plain
		rm -f "$dir/back"
	done
}

# identity: prints the user and group IDs and the capabilities of the relay.
identity() {
	grep -E '^(Uid|Gid|Groups|Cap[A-Z][a-z]*):' "/proc/$pid/status"
}

@test "after connecting for a client, the relay has its own IDs, groups and capabilities again" {
	local before
	not_under qemu 'has no such /proc/PID/status'
	started_by setpriv --groups=7,8
	start_peer server -l "$dir/back" recv
	relay
	before=$(identity)
	assert_regex "$before" 'Groups:	7 8'
	as_nobody "$PEER" "$dir/front" data=x send
	finish server
	assert_equal "$(identity)" "$before"
	kill -TERM "$pid"
	finish relay
	assert_success
}

@test "the relay forwards the user and group ID of a sender that has exited, with and without descriptors" {
	start_peer server -l "$dir/back" creds-on recv=5 drain
	relay
	kill -STOP "$(pid_of relay)"
	as_nobody "$PEER" "$dir/front" data=plain send data=abc null=2 send=50
	kill -CONT "$(pid_of relay)"
	finish server
	assert_equal "$(grep -c "^5 creds $pid:65534:65533 plain\$" <<<"$output")" 1
	assert_equal "$(grep -c "^3 creds $pid:65534:65533 fds 2 abc\$" <<<"$output")" 50
}

# arrives_when WHEN ERROR: sets $arrived to the message that arrives if the calls WHEN of sendmsg(2) fail with ERROR.
arrives_when() {
	local real=$FDPASS
	# Call 1 of sendmsg(2) is the relay's check for kernel features, so WHEN begins at 2.
	injected sendmsg "$1" "$2"
	start_peer server -l -t seqpacket "$dir/back" creds-on recv
	relay -t seqpacket
	as_nobody "$PEER" -t seqpacket "$dir/front" data=x send
	finish server
	arrived=${output#listening?}
	kill -TERM "$pid"
	finish relay
	FDPASS=$real
	rm -f "$dir/back"
}

@test "if the kernel refuses a sender's credentials, the relay tries its own PID, then unknown IDs, before it drops the message" {
	expects_messages
	local error
	for error in EPERM EINVAL ESRCH; do
		arrives_when 2 $error
		assert_equal "$error $arrived" "$error 1 creds $pid:65534:65533 x"
		arrives_when 2..3 $error
		assert_equal "$error $arrived" "$error 1 creds $pid:65534:65534 x"
	done
	arrives_when 2..20 EPERM
	assert_regex "$arrived" '^0 *$'
	assert_regex "$stderr" 'cannot forward the credentials of a sender: Operation not permitted'
}

# as_daemon: from now on, runs the relay with uid and gid 1 and no capabilities.
as_daemon() {
	chmod 0777 "$dir"
	started_by setpriv --reuid=1 --regid=1 --clear-groups
}

@test "an unprivileged relay refuses clients of other users, and never forwards their data with the relay's credentials" {
	local type
	expects_messages
	as_daemon
	for type in stream seqpacket; do
		start_peer server -l -t $type "$dir/back" creds-on recv recv
		chmod 0666 "$dir/back"
		relay -t $type
		run as_nobody "$PEER" -t $type "$dir/front" data=stranger send wait
		setpriv --reuid=1 --regid=1 --clear-groups "$PEER" -t $type "$dir/front" data=own send 3>&- 4>&-
		finish server
		assert_regex "$output" "3 creds $pid:1:1 own"
		assert_regex "$(<"$dir/relay.err")" 'connection 1: refused: the user or group IDs of the client differ from the relay'
		run ! grep -q stranger <<<"$output"
		kill -TERM "$pid"
		finish relay
		rm -f "$dir/back"
	done
	start_peer server -l -t dgram "$dir/back" creds-on recv
	chmod 0666 "$dir/back"
	relay -t dgram
	as_nobody "$PEER" -t dgram "$dir/front" data=stranger send
	setpriv --reuid=1 --regid=1 --clear-groups "$PEER" -t dgram "$dir/front" data=own send 3>&- 4>&-
	finish server
	assert_regex "$output" "3 creds $pid:1:1 own"
	kill -TERM "$pid"
	finish relay
	assert_regex "$stderr" 'refused: the user or group IDs of a datagram.s sender differ from the relay'
}

@test "an unprivileged relay refuses messages from other users on a connection from its own user" {
	requires python3
	expects_messages
	as_daemon
	start_peer server -l "$dir/back" creds-on drain
	chmod 0666 "$dir/back"
	relay
	python3 - "$dir/front" <<-'END'
		import os, socket, sys
		def become(uid):
		    os.setgroups([])
		    os.setresgid(uid, uid, uid)
		    os.setresuid(uid, uid, uid)
		s = socket.socket(socket.AF_UNIX)
		if os.fork() == 0:
		    become(1)
		    s.connect(sys.argv[1])
		    os._exit(0)
		os.wait()
		become(65534)
		s.send(b"stranger")
		assert s.recv(1) == b""
	END
	finish server
	run ! grep -q stranger <<<"$output"
	kill -TERM "$pid"
	finish relay
	assert_regex "$stderr" 'a message was refused: the user or group IDs of its sender differ from the relay'
}

@test "--own-creds forwards messages with the relay's credentials, with and without privileges" {
	start_peer server -l "$dir/back" creds-on recv
	relay --own-creds
	as_nobody "$PEER" "$dir/front" data=x send
	finish server
	assert_regex "$output" "1 creds $pid:0:0 x"
	kill -TERM "$pid"
	finish relay
	rm -f "$dir/back"
	as_daemon
	start_peer server -l "$dir/back" creds-on recv
	chmod 0666 "$dir/back"
	relay --own-creds
	as_nobody "$PEER" "$dir/front" data=x send
	finish server
	assert_regex "$output" "1 creds $pid:1:1 x"
}

# early_datagram OPTION...: prints the datagram that the server receives after uid 65534 sent it before the relay
# started.
early_datagram() {
	requires python3
	timeout --foreground 30 python3 - "$dir" "$FDPASS" "$@" 3>&- 4>&- <<-'X'
		import os, socket, struct, subprocess, sys
		dir, command, options = sys.argv[1], sys.argv[2], sys.argv[3:]
		front = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		front.bind(dir + '/front')
		os.chmod(dir + '/front', 0o777)
		back = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		back.bind(dir + '/back')
		back.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
		back.settimeout(10)
		if os.fork() == 0:
		    os.setgroups([])
		    os.setgid(65534)
		    os.setuid(65534)
		    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'early', dir + '/front')
		    os._exit(0)
		os.wait()
		ready, told = os.pipe()
		relay = subprocess.Popen([command, 'relay', '--ready-fd=%d' % told, *options, 'fd:%d' % front.fileno(), dir + '/back'],
		                         pass_fds=[front.fileno(), told])
		os.read(ready, 1)
		# Now the relay has set SO_PASSCRED, so the sender of this datagram is known.
		socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'late', dir + '/front')
		while True:
		    data, items, _, _ = back.recvmsg(100, 200)
		    pid, uid, gid = struct.unpack('iii', items[0][2])
		    print(data.decode(), 'relay' if pid == relay.pid else 'other', uid, gid)
		    if data == b'late':
		        break
		relay.terminate()
		relay.wait()
	X
}

@test "a datagram that was queued before SO_PASSCRED was set is forwarded with unknown credentials" {
	run early_datagram
	assert_success
	assert_equal "$output" "early relay 65534 65534
late other 0 0"
}

@test "--allow-uid refuses a datagram from an unknown sender, even for the overflow user ID" {
	expects_messages
	run --separate-stderr early_datagram --allow-uid=65534,0
	assert_success
	assert_equal "$output" "late other 0 0"
	assert_regex "$stderr" '^fdpass: relay: refused'
}

@test "data from a TCP client is forwarded with unknown credentials" {
	requires python3
	start_ready server recv --json --creds "$dir/back"
	run timeout --foreground 30 python3 - "$dir" "$FDPASS" 3>&- 4>&- <<-'X'
		import socket, subprocess, sys
		front = socket.create_server(('127.0.0.1', 0))
		relay = subprocess.Popen([sys.argv[2], 'relay', '--connections=1', 'fd:%d' % front.fileno(), sys.argv[1] + '/back'],
		                         pass_fds=[front.fileno()])
		client = socket.create_connection(front.getsockname())
		client.send(b'hello')
		client.shutdown(socket.SHUT_WR)
		client.recv(1)
		relay.wait()
	X
	assert_success
	finish server
	assert_json 'select(.nbytes == 5) | [.peer.uid, .peer.gid, .ancdata[0].credentials.uid, .ancdata[0].credentials.gid]' \
	    '[65534,65534,65534,65534]'
}

@test "the relay forwards end of file without credentials" {
	start_peer server -l "$dir/back" creds-on drain
	relay --json
	as_nobody "$PEER" "$dir/front" data=x send
	finish server
	wait_until fdpass_has_line "$dir/relay.out" '"nbytes":0'
	stop relay
	assert_regex "$output" '"uid":65534'
	assert_equal "$(jq -rs '[.[] | select(.nbytes == 0) | .ancdata[].credentials.uid | select(. == 0)] | length' <<<"$output")" 0
}
