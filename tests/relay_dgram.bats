#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of relay with datagrams: queues that are full, peers that exit, and datagrams that are refused.

load helpers

# relay OPTION...: starts a datagram relay from $dir/front to $dir/back and returns when it is ready.
relay() {
	start_ready relay relay -t dgram "$@" "$dir/front" "$dir/back"
}

# Runs the Python program on standard input. The program uses:
#   front(NAME)     returns a client's socket with an address
#   back            the server's socket
#   fds()           the number of open descriptors of the relay
#   reply(ADDRESS, DATA, FDS) sends DATA and descriptors from the server's socket
#   receive(SOCKET) returns the data, the number of descriptors, and the address of the sender
#   until(CHECK)    waits until CHECK() is true
# Programs send duplicates of descriptor 0, not 1: if a faulty relay kept standard output open, "run" would wait for it.
program() {
	requires python3
	{
		cat <<-'X'
			import array, os, socket, sys, time
			dir, relay = sys.argv[1], int(sys.argv[2])
			def bound(name):
			    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
			    s.bind(dir + '/' + name)
			    s.settimeout(20)
			    # Keeps the queue short, because users other than root may have at most RLIMIT_NOFILE
			    # descriptors in flight.
			    if os.getuid():
			        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
			    return s
			def front(name):
			    s = bound(name)
			    s.connect(dir + '/front')
			    return s
			def fds():
			    return len(os.listdir('/proc/%d/fd' % relay))
			def until(check):
			    limit = time.monotonic() + 20
			    while not check():
			        assert time.monotonic() < limit, 'timed out'
			def receive(s, size=100):
			    data, files, _, address = socket.recv_fds(s, size, 253)
			    for fd in files:
			        os.close(fd)
			    return data, len(files), address
			# send_fds() is not called, because some versions of Python ignore its address argument.
			def reply(address, data, files=[]):
			    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', files))]
			    back.sendmsg([data], rights if files else [], 0, address)
			def asleep():
			    return open('/proc/%d/stat' % relay).read().rpartition(') ')[2][0] == 'S'
			# Checked repeatedly, because a relay that polls in a loop also sleeps sometimes.
			def sleeps():
			    until(lambda: all(asleep() for i in range(50)))
			# Sends numbers until all queues are full, and returns their count. The queues are full if a
			# send fails while the relay was asleep before.
			def fill(send):
			    count = 0
			    while True:
			        full = asleep()
			        try:
			            send(b'%d' % count)
			            count += 1
			        except BlockingIOError:
			            if full:
			                return count
			back = bound('back')
			# After the readiness notification, the relay has more descriptors open until it has applied its
			# sandbox.
			until(asleep)
			before = fds()
		X
		cat
	} >"$dir/program"
	run timeout --foreground -s KILL 60 python3 "$dir/program" "$dir" "$(pid_of relay)" 3>&- 4>&-
}

@test "datagrams that do not fit into the server's queue arrive later, in order, with their descriptors" {
	relay
	program <<-'X'
		client = front('client')
		client.setblocking(False)
		count = fill(lambda text: socket.send_fds(client, [text], [0]))
		for i in range(count):
		    data, files, address = receive(back)
		    assert (data, files) == (b'%d' % i, 1), (i, data, files)
		# The relay still has one more descriptor open than before: the client's socket to the server.
		until(lambda: fds() == before + 1)
		sleeps()
		client.setblocking(True)
		client.send(b'last')
		print(receive(back)[0])
	X
	assert_equal "$output" "b'last'"
	stop relay
	assert_success
	assert_equal "$output$stderr" ""
}

@test "replies that do not fit into a send buffer arrive later, in order, with their descriptors" {
	relay
	program <<-'X'
		client = front('client')
		client.send(b'hello')
		address = receive(back)[2]
		back.setblocking(False)
		count = fill(lambda text: reply(address, text, [0]))
		back.settimeout(20)
		for i in range(count):
		    data, files, _ = receive(client)
		    assert (data, files) == (b'%d' % i, 1), (i, data, files)
		until(lambda: fds() == before + 1)
		sleeps()
		back.sendto(b'last', address)
		print(receive(client)[0])
	X
	assert_equal "$output" "b'last'"
	stop relay
	assert_success
	assert_equal "$output$stderr" ""
}

@test "the relay closes a client's socket to the server when a reply cannot be delivered" {
	relay
	program <<-'X'
		for descriptors in [], [0]:
		    client, other = front('client'), front('other')
		    client.send(b'hello')
		    address = receive(back)[2]
		    other.send(b'other')
		    other_address = receive(back)[2]
		    assert fds() == before + 2
		    client.close()
		    os.unlink(dir + '/client')
		    reply(address, b'reply', descriptors)
		    until(lambda: fds() == before + 1)
		    back.sendto(b'answer', other_address)
		    print(other.recv(100))
		    # The relay must also drop a pending reply.
		    back.setblocking(False)
		    fill(lambda text: reply(other_address, text, descriptors))
		    back.settimeout(20)
		    other.close()
		    os.unlink(dir + '/other')
		    until(lambda: fds() == before)
		    # The relay must serve a new client that binds the same address.
	X
	assert_equal "$output" "b'answer'
b'answer'"
	stop relay
	assert_success
	assert_equal "$output$stderr" ""
}

@test "datagrams in both directions are shown with direction, connection and descriptors" {
	relay --json
	program <<-'X'
		client, other = front('client'), front('other')
		socket.send_fds(client, [b'one'], [0])
		address = receive(back)[2]
		other.send(b'two')
		receive(back)
		reply(address, b'reply', [0, 0])
		print(receive(client)[:2])
	X
	assert_equal "$output" "(b'reply', 2)"
	stop relay
	assert_success
	assert_equal "$(jq -rs 'map([.message, .connection, .direction, .data, ([.ancdata[]?.fds[]?] | length)] | join(" ")) | join(",")' <<<"$output")" \
	    "1 1 in one 1,2 2 in two 0,3 1 out reply 2"
}

@test "an unprivileged relay refuses replies from other users, with one message each, and forwards replies from root" {
	requires_root
	requires python3 setpriv
	expects_messages
	chmod 0777 "$dir"
	printf '#!/bin/sh\nexec setpriv --reuid=1 --regid=1 --clear-groups "%s" "$@"\n' "$FDPASS" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass relay
	program <<-'X'
		os.chmod(dir + '/back', 0o666)
		client = front('client')
		os.chmod(dir + '/client', 0o666)
		client.send(b'hello')
		address = receive(back)[2]
		pid = os.fork()
		if pid == 0:
		    os.setgroups([])
		    os.setresgid(65533, 65533, 65533)
		    os.setresuid(65534, 65534, 65534)
		    reply(address, b'stranger', [0, 0])
		    os._exit(0)
		print(os.waitpid(pid, 0)[1])
		back.sendto(b'own', address)
		print(receive(client)[0])
		# The relay has closed the refused descriptors.
		until(lambda: fds() == before + 1)
	X
	assert_equal "$output" "0
b'own'"
	stop relay
	assert_equal "$stderr" "fdpass: relay: connection 1: refused: the user or group IDs of a datagram's sender differ from the relay's, and the relay cannot forward other IDs (see --own-creds)"
}

@test "with --max-connections, the relay forgets the senders that have been silent for the longest time" {
	relay --max-connections=3
	program <<-'X'
		clients = [front('c%d' % i) for i in range(5)]
		addresses = []
		for client in clients:
		    client.send(b'hello')
		    addresses.append(receive(back)[2])
		assert fds() == before + 3
		clients[2].send(b'again')
		assert receive(back)[2] == addresses[2]
		clients[0].send(b'new')
		addresses[0] = receive(back)[2]
		assert fds() == before + 3
		for i in 0, 2, 4:
		    back.sendto(b'%d' % i, addresses[i])
		    print(receive(clients[i])[0])
		for i in 1, 3:
		    try:
		        back.sendto(b'x', addresses[i])
		    except ConnectionRefusedError:
		        print('forgotten')
	X
	assert_equal "$output" "b'0'
b'2'
b'4'
forgotten
forgotten"
	stop relay
	assert_success
}

# limited LIMIT: sets the limit on open files of each relay that is started from now on.
limited() {
	not_under valgrind "reserves descriptor numbers"
	printf '#!/bin/sh\nulimit -n %s\nexec "%s" "$@"\n' "$1" "$FDPASS" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
}

@test "with a low open file limit, the relay serves any number of senders, and the most recent senders receive replies" {
	limited 60
	relay
	program <<-'X'
		for i in range(60):
		    client = front('c%d' % i)
		    client.send(b'hello')
		    address = receive(back)[2]
		    if i > 0:
		        for a, c in (address, client), previous:
		            back.sendto(b'reply', a)
		            assert receive(c)[0] == b'reply'
		    previous = (address, client)
		# The relay uses at most half of its 60 descriptor numbers, and reserves the others for received
		# descriptors.
		assert before + 5 < fds() <= 30, fds()
		print('served')
	X
	assert_equal "$output" served
	stop relay
	assert_success
	assert_equal "$stderr" ""
}

@test "relay receives a datagram only when its descriptors and the pending ones certainly fit into the open file limit" {
	requires_root
	limited 330
	relay
	program <<-'X'
		client, other = front('client'), front('other')
		client.send(b'hello')
		address = receive(back)[2]
		# Fills the client's queue, so that the relay has a pending reply.
		back.setblocking(False)
		count = fill(lambda text: reply(address, text.zfill(30000), [0] * 100))
		back.settimeout(20)
		socket.send_fds(other, [b'many'], [0] * 253)
		until(asleep)
		for i in range(count):
		    assert receive(client, 30000)[:2] == ((b'%d' % i).zfill(30000), 100)
		print(receive(back)[:2])
		# Fills the server's queue, so that the relay has a pending datagram.
		client.setblocking(False)
		count = fill(lambda text: socket.send_fds(client, [text.zfill(30000)], [0] * 100))
		client.settimeout(20)
		reply(address, b'many', [0] * 253)
		until(asleep)
		for i in range(count):
		    assert receive(back, 30000)[:2] == ((b'%d' % i).zfill(30000), 100)
		print(receive(client)[:2])
	X
	assert_equal "$output" "(b'many', 253)
(b'many', 253)"
	stop relay
	assert_success
	assert_equal "$stderr" ""
}
