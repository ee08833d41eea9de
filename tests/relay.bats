#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of relay, through which clients and servers must communicate as over a direct connection.

load helpers

CROWD=${builddir:-build}/tests/peers/crowd

# wrapped COMMAND...: from now on, runs the shell command COMMAND before each start of fdpass.
wrapped() {
	printf '#!/bin/sh\n%s\nexec "%s" "$@"\n' "$1" "$FDPASS" >"$dir/fdpass"
	chmod +x "$dir/fdpass"
	FDPASS=$dir/fdpass
}

crowd() {
	timeout --foreground -s KILL 60 "$CROWD" "$@" 3>&- 4>&-
}

@test "relay forwards data and descriptors in both directions" {
	start_peer server -l "$dir/back" recv data='from the server' open=/etc/group send
	relay
	run peer "$dir/front" data='from the client' open=/etc/passwd null=2 send recv drain
	assert_success
	assert_regex "$output" '15 fds 1 from the server'
	finish server
	assert_regex "$output" '15 fds 3 from the client'
	wait_until relay_is_clean
	stop relay
	assert_success
	assert_equal "$output$stderr" ""
}

@test "253 descriptors in one message are forwarded on each type of socket" {
	local type
	for type in stream seqpacket; do
		start_peer server -l -t $type "$dir/back" recv
		relay -t $type
		run peer -t $type "$dir/front" data=x null=253 send
		finish server
		assert_regex "$output" '^listening
1 fds 253 x'
		wait_until relay_is_clean
		stop relay
		assert_success
		rm "$dir/back"
	done
}

@test "a client that shuts down its sending side still gets the reply" {
	start_peer server -l "$dir/back" drain data=answer send
	relay
	run peer "$dir/front" data=question send shutdown drain
	assert_success
	assert_regex "$output" '6 answer'
	finish server
	assert_regex "$output" '8 question'
	wait_until relay_is_clean
}

@test "a server that shuts down its sending side still receives data from the client" {
	start_peer server -l "$dir/back" shutdown drain
	relay
	run peer "$dir/front" drain data=late send
	assert_success
	finish server
	assert_regex "$output" '4 late'
	wait_until relay_is_clean
}

@test "the relay forwards end of file in both directions" {
	start_peer server -l "$dir/back" wait
	relay
	run peer "$dir/front" kill
	finish server
	assert_success
	wait_until relay_is_clean
	start_peer server2 -l "$dir/back2" kill
	start_ready relay2 relay "$dir/front2" "$dir/back2"
	run peer "$dir/front2" wait
	assert_success
}

@test "the relay forwards data that a client wrote before it was killed" {
	start_peer server -l "$dir/back" recv=3 drain
	relay
	run peer "$dir/front" data='last words' open=/etc/passwd send kill
	finish server
	assert_regex "$output" '3 fds 1 las'
	assert_regex "$output" '7 t words'
	wait_until relay_is_clean
}

@test "the relay forwards end of file directly after many messages with descriptors" {
	local relay
	start_peer server -l "$dir/back" drain
	relay
	relay=$(pid_of relay)
	# The relay is stopped, so that all messages are queued before it reads.
	kill -STOP "$relay"
	run peer "$dir/front" data=abc null=2 send=100
	kill -CONT "$relay"
	assert_success
	finish server
	assert_equal "$(grep -c '^3 fds 2 abc$' <<<"$output")" 100
	wait_until relay_is_clean
}

# relay_holds: succeeds if the relay has descriptors open that it has received but not yet forwarded.
relay_holds() {
	(($(fd_count "$(pid_of relay)") > before + 2))
}

@test "many messages with descriptors reach a slow reader completely and in order" {
	local server i text messages=()
	for i in {100..219}; do
		printf -v text '%d.%03000d' "$i" 0
		messages+=("data=$text" null=3 send)
	done
	start_peer server -l "$dir/back" drain
	server=$(pid_of server)
	relay
	kill -STOP "$server"
	start_peer client "$dir/front" "${messages[@]}"
	wait_until relay_holds
	kill -CONT "$server"
	finish client
	assert_success
	finish server
	assert_success
	assert_equal "$(sed -n 's/^3004 fds 3 \([0-9]*\)\..*/\1/p' <<<"$output")" "$(seq 100 219)"
	wait_until relay_is_clean
}

@test "a client of the relay gets an error when it sends after the server has exited" {
	start_peer server -l "$dir/back" recv kill
	relay
	run peer "$dir/front" bytes=1000 flood
	assert_regex "$output" '(Broken pipe|Connection reset by peer)'
	wait_until relay_is_clean
}

@test "the relay forwards a connection reset" {
	start_peer server -l "$dir/back" data=unread send recv=1 close
	relay
	run peer "$dir/front" data=xy send wait
	finish server
	wait_until relay_is_clean
	stop relay
	assert_success
}

@test "seqpacket: each message is forwarded unchanged, even an empty message, with and without descriptors" {
	start_peer server -l -t seqpacket "$dir/back" recv recv recv recv recv recv
	relay -t seqpacket
	run peer -t seqpacket "$dir/front" data=one send send data=three null=1 send null=2 send bytes=70000 send send
	assert_success
	finish server
	assert_equal "${lines[1]}" "3 one"
	assert_equal "${lines[2]% }" "0"
	assert_equal "${lines[3]}" "5 fds 1 three"
	assert_equal "${lines[4]% }" "0 fds 2"
	assert_regex "${lines[5]}" "^70000 x"
	assert_equal "${lines[6]% }" "0"
	wait_until relay_is_clean
}

@test "seqpacket: the relay does not forward end of file after empty messages as another empty message" {
	start_peer server -l -t seqpacket "$dir/back" recv recv recv recv recv recv
	relay -t seqpacket --json
	run peer -t seqpacket "$dir/front" data=a send send send data=b send send kill
	finish server
	# The relay shows the five messages that the server received, and end of file as message 6.
	wait_until fdpass_has_line "$dir/relay.out" '"message":6'
	stop relay
	assert_equal "$(jq -rs '[.[] | select(.direction == "in") | .data] | join("|")' <<<"$output")" "a|||b||"
}

@test "seqpacket: the relay does not split a long message" {
	start_peer server -l -t seqpacket "$dir/back" recv
	relay -t seqpacket
	run peer -t seqpacket "$dir/front" bytes=200000 open=/etc/passwd send
	assert_success
	finish server
	assert_regex "$output" '(200000 fds 1|65536 TRUNC)'
}

@test "datagrams: relay forwards datagrams from senders with and without a name, and numbers senders as connections" {
	start_peer server -l -t dgram "$dir/back" recv recv
	relay -t dgram --json
	run peer -t dgram "$dir/front" data=anonymous open=/etc/passwd send
	run peer -t dgram -b "$dir/me" "$dir/front" data=named send
	assert_success
	finish server
	assert_regex "$output" '9 fds 1 anonymous'
	assert_regex "$output" '5 named'
	stop relay
	assert_success
	assert_equal "$(jq -rs 'map([.connection, .direction, .data] | join(" ")) | join(",")' <<<"$output")" \
	    "1 in anonymous,2 in named"
}

@test "relay accepts an inherited listening socket for clients and a connected socket for the server" {
	start_peer server -l "$dir/back" recv data=answer send
	start relay "$FDPASS" run unix-listen:"$dir/front"=front unix:"$dir/back" -- \
	    "$FDPASS" relay listen:front fd:4
	wait_until listens "$dir/front"
	run peer "$dir/front" data=question open=/etc/passwd send recv
	assert_success
	assert_regex "$output" '6 answer'
	finish server
	assert_regex "$output" '8 fds 1 question'
	# A relay to a connected socket exits after one connection.
	finish relay
	assert_success
}

@test "relay between two connected sockets exits when the connection ends" {
	start_peer client -l "$dir/front" data=question send recv
	start_peer server -l "$dir/back" recv data=answer send
	run fdpass run unix:"$dir/front" unix:"$dir/back" -- "$FDPASS" relay fd:3 fd:4
	assert_success
	finish client
	assert_regex "$output" '6 answer'
	finish server
	assert_regex "$output" '8 question'
}

@test "the receiver gets the credentials of the original sender" {
	requires_root
	requires setpriv
	start_peer server -l -t seqpacket "$dir/back" creds-on recv recv
	relay -t seqpacket -m 0666
	chmod 0755 "$dir"
	start client setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$PEER" -t seqpacket "$dir/front" data=x send data=y open=/etc/passwd send wait
	# The client must not exit, because the relay can send only process IDs of existing processes.
	client=$(pid_of client)
	finish server
	assert_regex "$output" "1 creds $client:65534:65534 x"
	assert_regex "$output" "1 creds $client:65534:65534 fds 1 y"
	wait_until relay_is_clean
}

@test "credentials of a server and explicit credentials of a client are forwarded" {
	requires_root
	# The server must not exit, because the relay can send only process IDs of existing processes.
	start_peer server -l "$dir/back" recv data=answer send wait
	relay
	run peer "$dir/front" creds-on data=x send recv
	assert_regex "$output" "6 creds $(pid_of server):$(id -u):$(id -g) answer"
	start_peer server2 -l -t dgram "$dir/back2" creds-on recv
	start_ready relay2 relay -t dgram "$dir/front2" "$dir/back2"
	run peer -t dgram "$dir/front2" creds=1:1:1 data=spoken send
	finish server2
	assert_regex "$output" '6 creds 1:1:1 spoken'
}

@test "SO_PEERCRED of the server returns the client's user and groups" {
	requires_root
	requires setpriv
	start_ready server recv --json "$dir/back"
	relay -m 0666
	chmod 0755 "$dir"
	# The relay, not the client, connects to the server, so the client needs no access to the path.
	chmod 0700 "$dir/back"
	run setpriv --reuid=65534 --regid=65533 --clear-groups "$PEER" "$dir/front" data=x send 3>&-
	assert_success
	finish server
	assert_json '.peer | [.uid, .gid]' '[65534,65533]'
	assert_regex "$(cat "/proc/$(pid_of relay)/status")" 'Uid:	0	0	0	0'
}

@test "the relay refuses a client whose user and groups it cannot set, and does not connect with its own credentials" {
	local call
	requires_root
	requires setpriv strace
	not_under valgrind 'traces itself'
	not_under qemu 'traces itself'
	local fdpass=$FDPASS
	FDPASS=$dir/traced
	chmod 0755 "$dir"
	for call in setgroups setresgid setresuid; do
		printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec strace -qq -o /dev/null -e trace=/^%s -e inject=/^%s:error=EAGAIN:when=1 "%s" "$@"\n' \
			$call $call "$fdpass" >"$FDPASS"
		chmod +x "$FDPASS"
		start_peer server -l "$dir/back" recv
		relay -m 0666 --connections=1
		run setpriv --reuid=65534 --regid=65533 --clear-groups "$PEER" "$dir/front" wait 3>&-
		finish relay
		assert_failure 125
		assert_regex "$stderr" "connection 1: cannot connect with the client's user and groups: Resource temporarily unavailable"
		assert_equal "$stdout" ""
		# The client below is the server's first client if the relay has not connected to the server.
		run peer "$dir/back" data=direct send
		finish server
		assert_regex "$output" '6 direct'
		rm -f "$dir/back"
	done
}

@test "an unprivileged relay does not forward credentials, and warns with --creds" {
	expects_messages
	requires_root
	requires setpriv
	chmod 0777 "$dir"
	wrapped ''
	sed -i 's/^exec /exec setpriv --reuid=65534 --regid=65534 --clear-groups /' "$dir/fdpass"
	start_peer server -l "$dir/back" creds-on recv
	chmod 0666 "$dir/back"
	relay --creds --json -m 0666
	run peer "$dir/front" data=x send
	finish server
	assert_regex "$output" "1 creds $(pid_of relay):65534:65534 x"
	stop relay
	assert_regex "$stderr" '^fdpass: relay: credentials cannot be forwarded'
	assert_json 'select(.message == 1) | [.ancdata[].credentials.uid]' '[0]'
}

@test "the relay forwards out-of-band data as out-of-band data, at the same position in the stream" {
	requires python3
	start_ready relay relay "$dir/front" "$dir/back"
	run timeout 20 python3 - "$dir/front" "$dir/back" 3>&- 4>&- <<-'X'
		import select, socket, sys
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(sys.argv[2])
		listener.listen(1)
		client = socket.socket(socket.AF_UNIX)
		client.connect(sys.argv[1])
		server = listener.accept()[0]
		try:
		    client.send(b'abX', socket.MSG_OOB)
		except OSError:
		    sys.exit('this kernel has none')
		poll = select.poll()
		poll.register(server, select.POLLPRI)
		assert poll.poll(15000)
		print(server.recv(10), server.recv(1, socket.MSG_OOB))
		client.send(b'cd')
		print(server.recv(10))
	X
	[[ $output != *"has none"* ]] || skip "$output"
	assert_equal "$output" "b'ab' b'X'
b'cd'"
}

@test "relay --json shows messages in order, with direction, connection and descriptors" {
	start_peer server -l "$dir/back" recv data=answer open=/etc/group send
	relay --json
	run peer "$dir/front" data=question open=/etc/passwd send recv drain
	assert_success
	wait_until fdpass_has_line "$dir/relay.out" '"message":3'
	stop relay
	assert_success
	assert_equal "$(jq -rs 'map([.message, .connection, .direction, .nbytes, .data] | join(" ")) | join(",")' <<<"$output")" \
	    "1 1 in 8 question,2 1 out 6 answer,3 1 out 0 "
	assert_json 'select(.message < 3) | [.ancdata[].fds | select(. != null)[].path] | join(" ")' $'/etc/passwd\n/etc/group'
	assert_json 'select(.message == 1) | .problems' '[]'
}

@test "the text output of relay contains the direction and the connection of each message" {
	start_peer server -l "$dir/back" recv
	relay --dump-cmsg
	run peer "$dir/front" data=question open=/etc/passwd send
	finish server
	stop relay
	assert_regex "$output" 'question'
	assert_regex "$output" '/etc/passwd'
}

@test "with --only-fds, relay omits messages without control messages, but includes them in the message numbers" {
	expects_messages # unless run by root, a warning that credentials are not forwarded
	start_peer server -l -t seqpacket "$dir/back" recv recv recv
	relay -t seqpacket --json --only-fds --creds
	run peer -t seqpacket "$dir/front" data=plain send data=with null=1 send data=more send
	finish server
	wait_until relay_is_clean
	stop relay
	assert_equal "$(jq -rs 'map([.message, .data] | join(" ")) | join(",")' <<<"$output")" '2 with'
}

@test "relay --max-data limits the data that is shown, not the data that is forwarded" {
	local line
	start_peer server -l -t seqpacket "$dir/back" recv recv recv recv
	relay -t seqpacket --json --max-data=4
	start_ready text relay -t seqpacket --dump-cmsg --max-data=4 "$dir/text" "$dir/front"
	run peer -t seqpacket "$dir/text" data=1234567 send data=1234 send data='123\xc3\xa9' send data='\xff\xfe\xfd\xfc\xfb' send
	finish server
	assert_regex "$output" '7 1234567'
	wait_until fdpass_has_line "$dir/relay.out" '"message":5'
	stop text
	assert_regex "$output" 'data "1234" and 3 more bytes'
	stop relay
	assert_equal "$(jq -cs 'map([.nbytes, .data, .data_base64, .data_omitted])[:4] | .[]' <<<"$output")" \
	    '[7,"1234",null,3]
[4,"1234",null,0]
[5,"123",null,2]
[5,null,"//79/A==",1]'
	assert_json 'select(.message == 1) | keys_unsorted[-1]' data_omitted
	run --separate-stderr "$FDPASS" relay --max-data=x "$dir/f" "$dir/b"
	assert_failure 125
	assert_regex "$stderr" "max-data"
}

@test "--no-rights makes the sender's sendmsg(2) with descriptors fail, and data is still forwarded" {
	start_peer server -l "$dir/back" recv drain
	relay --no-rights
	run peer "$dir/front" data=plain send data=x null=1 send
	case $status in
	0) # This kernel cannot refuse descriptors, so the relay drops them.
		finish server
		refute_regex "$output" 'fds'
		;;
	*)
		assert_regex "$output" 'Operation not permitted'
		finish server
		;;
	esac
	# Without the descriptors, the server may receive both writes as one message.
	assert_regex "$output" '(5 plain|6 plainx)'
	wait_until relay_is_clean
}

@test "--no-rights closes and reports descriptors that were sent before the relay started" {
	requires python3
	not_under qemu "does not support SO_PASSRIGHTS"
	kernel_has --no-rights
	local type
	for type in SOCK_STREAM SOCK_SEQPACKET SOCK_DGRAM; do
		run timeout --foreground -s KILL "$FDPASS_LIMIT" python3 - "$FDPASS" "$dir/$type" $type 3>&- 4>&- <<-'X'
			import atexit, os, signal, socket, subprocess, sys
			signal.signal(signal.SIGALRM, lambda *_: sys.exit("timed out"))
			signal.alarm(90)
			fdpass, prefix, type = sys.argv[1], sys.argv[2], getattr(socket, sys.argv[3])
			front, back, client = [socket.socket(socket.AF_UNIX, type) for i in range(3)]
			front.bind(prefix + "front")
			back.bind(prefix + "back")
			if type != socket.SOCK_DGRAM:
			    front.listen(1)
			    back.listen(1)
			client.connect(prefix + "front")
			socket.send_fds(client, [b"early"], [0])
			# The kernel reports no sender of an early datagram, and only a privileged relay can forward an unknown one.
			relay = subprocess.Popen([fdpass, "relay", "--no-rights", "--own-creds", "fd:%d" % front.fileno(), prefix + "back"],
			    pass_fds=[front.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
			atexit.register(relay.kill)
			server = back if type == socket.SOCK_DGRAM else back.accept()[0]
			print(socket.recv_fds(server, 100, 10)[:2])
			relay.terminate()
			client.close()
			server.close()
			print(relay.communicate()[1].decode().split("\n")[0])
		X
		assert_equal "$output" "(b'early', [])
fdpass: relay: --no-rights: descriptors that were sent before the relay could refuse them are closed"
	done
}

@test "each option that requests control messages works with many messages on each type of socket" {
	expects_messages
	local type option
	local -a clients=() servers=()
	for ((i = 0; i < 20; i++)); do
		# After two messages from one end, the relay reads again from this end, because there may be a third one.
		clients+=(data=a send=2 recv=1 recv=1 data=b null=2 send=2 recv)
		servers+=(recv=1 recv=1 data=c send=2 recv=1 recv=1 data="thanks $i" open=/etc/passwd send)
	done
	for type in stream seqpacket; do
		for option in --pidfd --security --creds --dump-cmsg --dump-cmsg=json --no-sandbox --busy-poll=0 --busy-poll=1 -v --max-connections=1; do
			start_peer server -l -t $type "$dir/back" "${servers[@]}"
			relay -t $type "$option"
			run peer -t $type "$dir/front" "${clients[@]}"
			assert_equal "$option $status $(grep -c 'fds [0-9]* thanks' <<<"$output")" "$option 0 20"
			finish server
			assert_equal "$option $(grep -c 'fds [0-9]* b$' <<<"$output")" "$option 40"
			wait_until relay_is_clean
			stop relay
			assert_success
			rm -f "$dir/back"
		done
	done
}

@test "relay --allow-uid accepts only clients of the given users" {
	expects_messages
	start_peer server -l "$dir/back" recv
	relay --allow-uid=4242
	run peer "$dir/front" wait
	stop relay
	assert_regex "$stderr" '^fdpass: relay: .*uid'
	start_ready relay2 relay --allow-uid="$(id -u)" "$dir/front2" "$dir/back"
	run peer "$dir/front2" data=hello send
	finish server
	assert_regex "$output" '5 hello'
}

@test "the relay disconnects a client with a warning if no server listens, and serves the next client" {
	relay
	run peer "$dir/front" wait
	assert_success
	wait_until relay_is_clean
	wait_until fdpass_has_line "$dir/relay.err" "connection 1: connect to $dir/back: No such file or directory"
	start_peer server -l "$dir/back" recv
	run peer "$dir/front" data=hello send
	finish server
	assert_regex "$output" '5 hello'
}

@test "--wait makes a client wait for a server that starts later" {
	relay --wait
	start client "$PEER" "$dir/front" data=early send recv
	start_peer server -l "$dir/back" recv data=late send
	finish server
	assert_regex "$output" '5 early'
	finish client
	assert_regex "$output" '4 late'
}

@test "--connections=N exits after N connections, and removes the socket immediately" {
	start_peer server -l "$dir/back" recv
	relay --connections=1
	run peer "$dir/front" data=x send
	finish relay
	assert_success
	[[ ! -e $dir/front ]]
}

@test "relay --connections=N exits with 125 if a connection to the server has failed" {
	relay --connections=1
	run peer "$dir/front" wait
	finish relay
	assert_failure 125
}

@test "SIGTERM makes relay stop listening and wait until open connections are closed" {
	expects_messages
	start_peer server -l "$dir/back" recv recv
	mkfifo "$dir/go"
	relay
	start client "$FDPASS" run -o unix:"$dir/front" -- sh -c 'echo one; read _ <"$0"; echo two' "$dir/go"
	wait_until fdpass_has_line "$dir/server.out" '4 one'
	kill -TERM "$(pid_of relay)"
	wait_until test ! -e "$dir/front"
	echo >"$dir/go"
	finish relay
	assert_success
	finish server
	assert_regex "$output" '4 two'
}

@test "at the first signal, relay reports open connections, and disconnects clients that still wait for a server" {
	expects_messages
	start_peer server -l "$dir/back" recv wait
	relay
	start client "$PEER" "$dir/front" data=one send wait
	wait_until fdpass_has_line "$dir/server.out" '3 one'
	kill -TERM "$(pid_of relay)"
	wait_until fdpass_has_line "$dir/relay.err" '^fdpass: relay: stopping: waiting for 1 open connection to end; a second signal closes it$'
	stop relay
	assert_success
	finish client
	start_ready relay2 relay --wait "$dir/front2" "$dir/nobody"
	local before
	before=$(sockets relay2)
	start client2 "$PEER" "$dir/front2" wait
	wait_until eval '(($(sockets relay2) > before))'
	stop relay2
	assert_success
	assert_equal "$stderr" "fdpass: relay: stopping: closed 1 connection that waited for a server"
	finish client2
	assert_success
}

# sockets NAME: prints the number of sockets of the background command NAME.
sockets() {
	find "/proc/$(pid_of "$1")/fd" -lname 'socket:*' | wc -l
}

# waiting_clients N ACTION: connects N clients to a relay that waits for a server. The clients hang up at once, or keep
# their connections until descriptor 0 is at end of file.
waiting_clients() {
	exec timeout --foreground -s KILL 60 python3 -c '
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
clients = []
for i in range(int(sys.argv[2])):
    client = socket.socket(socket.AF_UNIX)
    client.connect(sys.argv[1])
    if sys.argv[3] == "keep":
        clients.append(client)
print(len(clients), "open", flush=True)
sys.stdin.read()' "$dir/front" "$@" 3>&- 4>&-
}

@test "--wait forwards data from a client that has hung up, and discards clients that hung up without sending data" {
	requires python3
	relay --wait
	run waiting_clients 100 close
	assert_success
	wait_until relay_is_clean
	run peer "$dir/front" data='last words' send kill
	start_peer server -l "$dir/back" recv
	finish server
	assert_regex "$output" '10 last words'
	wait_until relay_is_clean
}

relay_wakeups() {
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$(pid_of relay)/status"
}

relay_woke() {
	(($(relay_wakeups) >= $1))
}

@test "--wait uses almost no CPU time for 1000 waiting clients, and disconnects them at the first signal" {
	expects_messages
	requires python3
	(($(ulimit -Hn) >= 4096)) || skip "RLIMIT_NOFILE is only $(ulimit -Hn)"
	local ticks
	relay --wait
	mkfifo "$dir/hold"
	exec 9<>"$dir/hold"
	start waiting waiting_clients 1000 keep <"$dir/hold" 9>&-
	wait_until fdpass_has_line "$dir/waiting.out" '1000 open'
	wait_until relay_sleeps
	ticks=$(relay_ticks)
	# Every 10 ms, the relay tries to connect for one of the waiting clients.
	wait_until relay_woke $(($(relay_wakeups) + 100))
	(($(relay_ticks) - ticks <= 10))
	stop relay
	assert_success
	assert_regex "$stderr" "^fdpass: relay: stopping: closed [0-9]+ connections that waited for a server"
	exec 9>&-
}

@test "without --type, relay uses the type of the server's socket" {
	local type
	for type in stream seqpacket dgram; do
		start_peer server -l -t $type "$dir/back" recv
		relay
		run peer -t $type "$dir/front" data=hello open=/etc/passwd send
		assert_success
		finish server
		assert_regex "$output" '5 fds 1 hello'
		stop relay
		assert_success
		rm -f "$dir/back"
		start_peer server -l -t $type "@$dir/back" recv
		start_ready relay relay "$dir/front" "@$dir/back"
		run peer -t $type "$dir/front" data=hello send
		assert_success
		finish server
		assert_regex "$output" '5 hello'
		stop relay
		# A server may bind a relative path and have another working directory than the relay.
		start server sh -c 'cd "$1" && exec "$2" -l -t "$3" back recv' - "$dir" "$PEER" $type
		wait_until fdpass_has_line "$dir/server.out" '^listening$'
		relay
		run peer -t $type "$dir/front" data=hello send
		assert_success
		finish server
		assert_regex "$output" '5 hello'
		stop relay
		rm -f "$dir/back"
	done
}

@test "if a server that starts later has another type, the message contains the required --type" {
	expects_messages
	local type
	for type in seqpacket dgram; do
		relay
		start_peer server -l -t $type "$dir/back" recv
		run peer "$dir/front" wait
		wait_until fdpass_has_line "$dir/relay.err" "connection 1: connect to $dir/back: .*: use --type=$type\$"
		stop relay
		run peer -t $type "$dir/back" data=x send
		finish server
		rm -f "$dir/back"
	done
}

@test "a second SIGTERM closes open connections" {
	expects_messages
	start_peer server -l "$dir/back" recv wait
	relay
	start client "$PEER" "$dir/front" data=one send wait
	wait_until fdpass_has_line "$dir/server.out" '3 one'
	kill -TERM "$(pid_of relay)"
	wait_until test ! -e "$dir/front"
	stop relay
	assert_success
	finish client
	assert_success
	finish server
	assert_success
}

@test "SIGINT terminates an idle relay, which removes its socket, unless SIGINT is ignored" {
	expects_messages
	relay
	kill -INT "$(pid_of relay)" # a shell starts background processes with this signal ignored
	run peer "$dir/front" wait
	assert_success
	stop relay TERM
	assert_success
	wrapped 'trap - INT; exec env --default-signal=INT "$0.real" "$@"'
	ln -s "$(sed -n 's/^exec "\(.*\)" "\$@"/\1/p' "$FDPASS")" "$FDPASS.real"
	relay
	stop relay INT
	assert_success
	[[ ! -e $dir/front ]]
}

@test "a slow reader delays only its own connection" {
	relay
	run crowd -s 50 "$dir/front" "$dir/back"
	assert_success
	assert_regex "$output" '50 answered'
	assert_regex "$output" 'stalled: [0-9]+ bytes'
	wait_until relay_is_clean
}

@test "relay --max-connections=N makes further clients wait, and disconnects none" {
	relay --max-connections=3
	run crowd 60 "$dir/front" "$dir/back"
	assert_success
	assert_regex "$output" '60 answered, at most [123] concurrently'
	wait_until relay_is_clean
}

@test "a relay whose open file limit allows no client does not start, and prints the minimum, which is sufficient" {
	not_under valgrind "reserves descriptors of its own"
	# For users other than root, the limit also applies to the descriptors in flight of all tests that run now.
	requires_root
	# One client reaches the limit, so the relay warns that new clients must wait.
	expects_messages
	local real=$FDPASS limit minimum
	for limit in 12 16; do
		FDPASS=$real
		wrapped "ulimit -n $limit"
		run --separate-stderr fdpass relay "$dir/front" "$dir/back"
		assert_error 125 "RLIMIT_NOFILE is $limit, the minimum is [0-9]+$"
		minimum=${stderr##* }
		[[ ! -e $dir/front ]]
	done
	FDPASS=$real
	wrapped "ulimit -n $((minimum - 1))"
	run fdpass relay "$dir/front" "$dir/back"
	assert_failure 125
	FDPASS=$real
	# start_ready passes a FIFO for --ready-fd, so the limit must be higher than the minimum.
	wrapped "ulimit -n $((minimum + 2))"
	relay
	local client
	for client in 1 2 3; do
		start_peer "server$client" -l "$dir/back" recv data=answer null=1 send
		run peer "$dir/front" data=x null=2 send recv
		assert_regex "$output" 'fds 1 answer'
		finish "server$client"
		assert_regex "$output" 'fds 2 x'
		rm "$dir/back"
	done
	stop relay
	assert_success
}

@test "at the limit on open files, relay makes new clients wait, disconnects none, and prints one warning" {
	not_under valgrind "reserves some descriptor numbers"
	expects_messages
	wrapped 'ulimit -n 40'
	relay
	run crowd 60 "$dir/front" "$dir/back"
	assert_success
	assert_regex "$output" '60 answered'
	wait_until relay_is_clean
	stop relay
	assert_success
	assert_equal "$(grep -c 'new clients must wait' <<<"$stderr")" 1
	assert_equal "$(grep -c . <<<"$stderr")" 1
}

@test "relay receives a message only when its descriptors and the pending ones certainly fit into the open file limit" {
	local type
	not_under valgrind "reserves some descriptor numbers"
	requires_root
	requires python3
	wrapped 'ulimit -n 330'
	for type in stream seqpacket; do
		relay -t $type
		run timeout --foreground -s KILL 60 python3 - "$dir" "$(pid_of relay)" $type 3>&- 4>&- <<-'X'
			import os, socket, sys
			dir, relay, kind = sys.argv[1], int(sys.argv[2]), getattr(socket, 'SOCK_' + sys.argv[3].upper())
			back = socket.socket(socket.AF_UNIX, kind)
			back.bind(dir + '/back')
			back.listen(10)
			def connection():
			    client = socket.socket(socket.AF_UNIX, kind)
			    client.connect(dir + '/front')
			    server = back.accept()[0]
			    server.settimeout(20)
			    return client, server
			def asleep():
			    return open('/proc/%d/stat' % relay).read().rpartition(') ')[2][0] == 'S'
			def receive(server, length):
			    data, files, _, _ = socket.recv_fds(server, length, 253)
			    while len(data) < length and kind == socket.SOCK_STREAM:
			        data += server.recv(length - len(data))
			    for fd in files:
			        os.close(fd)
			    return data, len(files)
			client, server = connection()
			other, other_server = connection()
			# After four messages with descriptors, the relay expects the next messages to contain
			# descriptors.
			for i in range(4):
			    socket.send_fds(other, [b'x'], [0])
			    assert receive(other_server, 1) == (b'x', 1)
			client.setblocking(False)
			count = 0
			while True:
			    full = asleep()
			    try:
			        socket.send_fds(client, [b'x' * 30000], [0] * 100)
			        count += 1
			    except BlockingIOError:
			        if full:
			            break
			socket.send_fds(other, [b'many'], [0] * 253)
			while not asleep():
			    pass
			for i in range(count):
			    assert receive(server, 30000) == (b'x' * 30000, 100), i
			print(receive(other_server, 4))
		X
		assert_equal "$output" "(b'many', 253)"
		wait_until relay_is_clean
		stop relay
		assert_success
		assert_equal "$stderr" ""
		rm "$dir/back"
	done
}

# relay_ticks: prints the CPU time that the relay has used, in clock ticks.
relay_ticks() {
	local fields
	fields=$(</proc/"$(pid_of relay)"/stat)
	read -r -a fields <<<"${fields##*) }"
	echo $((fields[11] + fields[12]))
}

relay_worked() {
	(($(relay_ticks) >= $1))
}

relay_sleeps() {
	[[ $(</proc/"$(pid_of relay)"/stat) == *') S '* ]]
}

@test "--busy-poll makes the relay poll for some time after a message, and then sleep" {
	start_peer server -l "$dir/back" recv data=answer send drain
	relay --busy-poll=1
	local before_ticks
	wait_until relay_sleeps
	before_ticks=$(relay_ticks)
	run peer "$dir/front" data=question send recv
	assert_success
	assert_regex "$output" '6 answer'
	wait_until relay_worked $((before_ticks + 3))
	wait_until relay_sleeps
	wait_until relay_is_clean
	local word
	for word in 2 -1 x ''; do
		run --separate-stderr "$FDPASS" relay --busy-poll="$word" "$dir/f" "$dir/b"
		assert_failure 125
		assert_regex "$stderr" "invalid argument .$word. for --busy-poll: "
	done
}

@test "the relay sleeps after it has forwarded many round trips" {
	local -a requests=() answers=()
	local i
	for ((i = 0; i < 400; i++)); do
		requests+=(data="question $i" send recv)
		answers+=(recv data="answer $i" send)
	done
	start_peer server -l "$dir/back" "${answers[@]}" wait
	relay
	start_peer client "$dir/front" "${requests[@]}" wait
	wait_until fdpass_has_line "$dir/client.out" 'answer 399'
	wait_until relay_sleeps
	assert_equal "$(grep -c answer "$dir/client.out") $(grep -c question "$dir/server.out")" "400 400"
	stop client
	finish server
	wait_until relay_is_clean
}

@test "1000 idle connections of a relay use less than 1 MB of memory, and leave no descriptor open" {
	(($(ulimit -Hn) >= 4096)) || skip "RLIMIT_NOFILE is only $(ulimit -Hn)"
	local pid heap mid
	relay
	pid=$(pid_of relay)
	heap=$(awk '/^VmData/ { print $2 }' "/proc/$pid/status")
	mkfifo "$dir/hold"
	exec 9<>"$dir/hold"
	start crowd "$CROWD" -k 1000 "$dir/front" "$dir/back" <"$dir/hold" 9>&-
	wait_until fdpass_has_line "$dir/crowd.out" '1000 open'
	mid=$(awk '/^VmData/ { print $2 }' "/proc/$pid/status")
	assert_equal "$(($(fd_count "$pid") - before))" 2000
	# Each of the 1000 connections must use less than 1 KB.
	((mid - heap < 1000))
	exec 9>&-
	wait_until relay_is_clean
}

@test "relay does not replace a path on which a process listens, and reports usage errors" {
	start_peer server -l "$dir/back" recv
	run fdpass relay "$dir/back" "$dir/other"
	assert_error 125 'back'
	run fdpass relay "$dir/front"
	assert_failure 125
	assert_regex "$output" 'missing ADDRESS: expected an address to listen on and an address to connect to'
	run fdpass relay "$dir/front" "$dir/back" "$dir/third"
	assert_failure 125
	assert_regex "$output" "unexpected operand '$dir/third': expected an address to listen on"
	run fdpass relay --creds=1:2:3 a b
	assert_failure 125
}

@test "forwarding a file of a FUSE server that does not respond does not delay other connections" {
	expects_messages
	not_under valgrind "does not support helper processes, which close descriptors"
	local stuckfs=${builddir:-build}/tests/peers/stuckfs begin
	requires_root
	[[ -c /dev/fuse ]] || skip "/dev/fuse does not exist"
	mkdir "$dir/m"
	start_ready server recv --json "$dir/back"
	relay
	start sender "$stuckfs" -t 20 "$dir/m" 9 -- "$PEER" "$dir/front" data=stuck fds=9 send wait
	wait_until fdpass_has_line "$dir/server.out" '"data":"stuck"' || skip "$(cat "$dir/sender.err")"
	wait_until test ! -e "$dir/back"
	begin=$EPOCHREALTIME
	run crowd 10 "$dir/front" "$dir/back"
	assert_success
	((${EPOCHREALTIME/./} - ${begin/./} < 15000000))
	# After the first signal, relay waits for open connections; at the second signal, relay closes them.
	kill -TERM "$(pid_of relay)"
	wait_until test ! -e "$dir/front"
	stop relay
	assert_success
}

@test "a descriptor that follows N bytes arrives with the same byte, for N around each buffer size of the relay" {
	requires python3
	relay
	run timeout --foreground -s KILL 60 python3 - "$dir" "$(pid_of relay)" 3>&- 4>&- <<-'X'
		import os, signal, socket, sys
		dir, relay = sys.argv[1], int(sys.argv[2])
		back = socket.socket(socket.AF_UNIX)
		back.bind(dir + '/back')
		back.listen(10)
		for n in [1, 4095, 4096, 4097, 36543, 36544, 36545, 65535, 65536, 65537, 131071, 131072]:
		    client = socket.socket(socket.AF_UNIX)
		    client.connect(dir + '/front')
		    server = back.accept()[0]
		    server.settimeout(20)
		    # The relay is stopped, so that all data is queued before it reads.
		    os.kill(relay, signal.SIGSTOP)
		    client.sendall(b'p' * n)
		    socket.send_fds(client, [b'F'], [0, 1])
		    client.send(b'after')
		    os.kill(relay, signal.SIGCONT)
		    left = n
		    while left > 0:
		        data, fds, _, _ = socket.recv_fds(server, left, 10)
		        assert data.strip(b'p') == b'' and fds == [], (n, left, data[-10:], fds)
		        left -= len(data)
		    data, fds, _, _ = socket.recv_fds(server, 100, 10)
		    assert data == b'F' and len(fds) == 2, (n, data, fds)
		    assert server.recv(100) == b'after'
		    for fd in fds:
		        os.close(fd)
		    client.close()
		    server.close()
		print('exact')
	X
	assert_equal "$output" exact
	wait_until relay_is_clean
}

@test "the relay does not leak the descriptors of several messages when the receiver stops reading" {
	requires python3
	relay
	run timeout --foreground -s KILL 60 python3 - "$dir" "$(pid_of relay)" 3>&- 4>&- <<-'X'
		import os, signal, socket, sys
		dir, relay = sys.argv[1], int(sys.argv[2])
		count = lambda: len(os.listdir('/proc/%d/fd' % relay))
		back = socket.socket(socket.AF_UNIX)
		back.bind(dir + '/back')
		back.listen(10)
		client = socket.socket(socket.AF_UNIX)
		client.connect(dir + '/front')
		server = back.accept()[0]
		server.settimeout(20)
		# After four writes with descriptors, the relay expects descriptors at the beginning of each write.
		for i in range(4):
		    socket.send_fds(client, [b'abc'], [0, 1, 2])
		    for fd in socket.recv_fds(server, 3, 10)[1]:
		        os.close(fd)
		before = count()
		os.kill(relay, signal.SIGSTOP)
		for i in range(40):
		    socket.send_fds(client, [b'abc'], [0, 1, 2])
		server.shutdown(socket.SHUT_RD)
		os.kill(relay, signal.SIGCONT)
		# The client must get EPIPE, because the server no longer receives data.
		try:
		    while True:
		        client.send(b'x')
		except BrokenPipeError:
		    pass
		# The other direction of the connection is still open.
		server.send(b'reply')
		assert client.recv(10) == b'reply'
		while count() > before:
		    pass
		print('clean')
	X
	assert_equal "$output" clean
}

@test "relay between two connected datagram sockets exits when one of the peers closes its socket" {
	requires python3
	run timeout --foreground -s KILL 60 python3 - "$FDPASS" 3>&- 4>&- <<-'X'
		import socket, subprocess, sys
		for gone in range(2):
		    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for i in range(2)]
		    fds = [pair[1].fileno() for pair in pairs]
		    relay = subprocess.Popen([sys.argv[1], 'relay', 'fd:%d' % fds[0], 'fd:%d' % fds[1]], pass_fds=fds)
		    for pair in pairs:
		        pair[1].close()
		        pair[0].settimeout(20)
		    pairs[0][0].send(b'there')
		    print(pairs[1][0].recv(100))
		    pairs[1][0].send(b'back')
		    print(pairs[0][0].recv(100))
		    pairs[gone][0].close()
		    pairs[1 - gone][0].send(b'to nobody')
		    try:
		        print(relay.wait(20))
		    except subprocess.TimeoutExpired:
		        relay.kill()
	X
	assert_equal "$output" "b'there'
b'back'
0
b'there'
b'back'
0"
}

@test "relay --allow-uid and relay --allow-gid refuse unknown users and groups" {
	local option
	for option in --allow-uid=nosuchuser --allow-gid=nosuchgroup --allow-uid= --allow-uid=0,nosuchuser; do
		run --separate-stderr "$FDPASS" relay "$option" "$dir/front" "$dir/back"
		assert_failure 125
		assert_regex "$stderr" "^fdpass: relay: .*${option%%=*}"
		[ ! -e "$dir/front" ]
	done
}

@test "a descriptor that N - 1 bytes follow arrives with the same byte, for N around each buffer size of the relay" {
	requires python3
	relay
	run timeout --foreground -s KILL 60 python3 - "$dir" "$(pid_of relay)" 3>&- 4>&- <<-'X'
		import os, signal, socket, sys
		dir, relay = sys.argv[1], int(sys.argv[2])
		back = socket.socket(socket.AF_UNIX)
		back.bind(dir + '/back')
		back.listen(10)
		first = 8192    # makes the relay expect more data without descriptors
		for n in [1, 4095, 4096, 4097, 36543, 36544, 36545, 65535, 65536, 65537]:
		    client = socket.socket(socket.AF_UNIX)
		    client.connect(dir + '/front')
		    server = back.accept()[0]
		    server.settimeout(20)
		    os.kill(relay, signal.SIGSTOP)
		    client.sendall(b'p' * first)
		    socket.send_fds(client, [b'F'], [0, 1])
		    client.sendall(b'a' * (n - 1))
		    client.shutdown(socket.SHUT_WR)
		    os.kill(relay, signal.SIGCONT)
		    before = after = 0
		    while before < first:
		        data, fds, _, _ = socket.recv_fds(server, first - before, 10)
		        assert data.strip(b'p') == b'' and fds == [], (n, before, fds)
		        before += len(data)
		    data, fds, _, _ = socket.recv_fds(server, 1, 10)
		    assert data == b'F' and len(fds) == 2, (n, data, fds)
		    while True:
		        data, more, _, _ = socket.recv_fds(server, 65536, 10)
		        assert data.strip(b'a') == b'' and more == [], (n, after, more)
		        after += len(data)
		        if not data:
		            break
		    assert after == n - 1, (n, after)
		    for fd in fds:
		        os.close(fd)
		    client.close()
		    server.close()
		print('exact')
	X
	assert_equal "$output" exact
	wait_until relay_is_clean
}

@test "datagrams: a sender that exits while its datagram is pending leaves no descriptor open" {
	requires python3
	relay -t dgram
	run timeout --foreground -s KILL 60 python3 - "$dir" "$(pid_of relay)" 3>&- 4>&- <<-'X'
		import os, socket, sys
		dir, relay = sys.argv[1], int(sys.argv[2])
		count = lambda: len(os.listdir('/proc/%d/fd' % relay))
		def sender(name):
		    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		    s.bind(dir + '/' + name)
		    s.connect(dir + '/front')
		    return s
		def drain(until=None):
		    while True:
		        data, fds, _, address = socket.recv_fds(back, 100, 10)
		        for fd in fds:
		            os.close(fd)
		        if data == until:
		            return address
		back = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		back.bind(dir + '/back')
		back.settimeout(20)
		before = count()
		client = sender('c')
		client.send(b'hello')
		address = drain(b'hello')
		assert count() == before + 1
		# Three additional open descriptors are those of a pending datagram, so the server's queue is full.
		client.setblocking(False)
		while count() < before + 4:
		    try:
		        socket.send_fds(client, [b'x'], [0, 1, 2])
		    except BlockingIOError:
		        pass
		# The sender closes its socket, so the relay cannot deliver this reply.
		client.close()
		os.unlink(dir + '/c')
		back.sendto(b'reply', address)
		# Reads the queued datagrams until the relay serves another sender.
		other = sender('other')
		other.setblocking(False)
		back.setblocking(False)
		while True:
		    try:
		        other.send(b'other')
		        break
		    except BlockingIOError:
		        pass
		    try:
		        drain()
		    except BlockingIOError:
		        pass
		other.settimeout(20)
		back.settimeout(20)
		back.sendto(b'answer', drain(b'other'))
		print(other.recv(100))
		other.close()
		while count() > before + 2:
		    pass
		print('clean')
	X
	assert_equal "$output" "b'answer'
clean"
}

@test "when the relay exits, it reports as lost the pending datagrams that the server has not received" {
	expects_messages
	requires python3
	start server python3 -c '
import signal, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
signal.pause()' "$dir/back"
	wait_until test -S "$dir/back"
	relay -t dgram
	run python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
s.settimeout(0.5)
try:
    while True: s.send(b"x")
except TimeoutError: print("full")' "$dir/front"
	assert_output full
	stop relay
	assert_regex "$stderr" 'stopping: datagrams that the server has not received yet are lost'
}

@test "relay refuses to connect to its own listening address" {
	mkdir "$dir/d"
	ln -s d "$dir/link"
	local type
	for type in stream seqpacket dgram; do
		run --separate-stderr fdpass relay -t "$type" "$dir/d/s" "$dir/d/s"
		assert_error 125 "$dir/d/s: the relay cannot listen on this address and also connect to it"
		run --separate-stderr fdpass relay -t "$type" "$dir/d/s" "$dir/link/s"
		assert_error 125 "$dir/link/s: the relay cannot listen on this address"
		[ ! -e "$dir/d/s" ]
	done
	run --separate-stderr fdpass relay "@$dir/s" "unix:@$dir/s"
	assert_error 125 "unix:@$dir/s: the relay cannot listen on this address"
}
