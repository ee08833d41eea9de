#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv with a COMMAND on a datagram socket, to which several processes send.

load helpers

# senders ADDRESS MESSAGE...: sends datagrams, one after the other. MESSAGE is SENDER[@UID]:DATA[|PATH]..., where \n in
# DATA is a newline, and the DATA "many" means 17 MiB in many datagrams. Each SENDER is a process; all senders share one
# socket. If ADDRESS is reply:PATH, the messages are the reply to a request that arrives on PATH. Writes SENDER=PID for
# each sender to $dir/pids. Messages that are sent after recv has exited are lost.
senders() {
	timeout --foreground -s KILL "$FDPASS_LIMIT" python3 - "$@" 3>&- 4>&- >"$dir/pids" <<-'X'
		import array, os, socket, sys

		address = sys.argv[1]
		sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		if address.startswith("reply:"):
		    sock.bind(address[6:])
		    print("ready", file=sys.stderr)
		    address = sock.recvfrom(100)[1]
		elif address[0] == "@":
		    address = "\0" + address[1:]

		def serve(uid, orders, done):
		    if uid:
		        os.setgroups([])
		        os.setresgid(int(uid), int(uid), int(uid))
		        os.setresuid(int(uid), int(uid), int(uid))
		    for line in orders:
		        data, *paths = line.rstrip("\n").replace("\\n", "\n").split("|")
		        fds = array.array("i", [os.open(path, os.O_RDONLY) for path in paths])
		        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if paths else []
		        try:
		            for _ in range(170 if data == "many" else 1):
		                sock.sendmsg([b"x" * 104858 if data == "many" else data.encode()], rights, 0, address)
		        except OSError:
		            pass
		        for fd in fds:
		            os.close(fd)
		        os.write(done, b"x")
		    os._exit(0)

		workers = {}
		for message in sys.argv[2:]:
		    who, _, rest = message.partition(":")
		    if who not in workers:
		        order, ack = os.pipe(), os.pipe()
		        pid = os.fork()
		        if pid == 0:
		            for fd in [order[1]] + [w[0] for w in workers.values()]:
		                os.close(fd)
		            serve(who.partition("@")[2], os.fdopen(order[0]), ack[1])
		        os.close(order[0])
		        workers[who] = order[1], ack[0]
		        print(who.partition("@")[0] + "=" + str(pid))
		    order, ack = workers[who]
		    os.write(order, rest.encode() + b"\n")
		    os.read(ack, 1)
	X
}

# sender NAME: prints the process ID of a sender.
sender() {
	sed -n "s/^$1=//p" "$dir/pids"
}

# got: a shell script for COMMAND that prints the number of descriptors, the process and user ID of the sender, and the
# paths of descriptors 3 and 4.
got='echo "$FDPASS_COUNT ${FDPASS_PEER_PID-unset} ${FDPASS_PEER_UID-unset}"; readlink /proc/self/fd/3 /proc/self/fd/4; :'

# shown N: succeeds if recv has shown at least N messages.
shown() {
	(($(grep -c '"message":' "$dir/r.err") >= $1))
}

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	requires python3
	expects_messages
}

@test "COMMAND gets descriptors from only one sender of datagrams" {
	start_ready r recv -t dgram -n 2 "$dir/s" sh -c "$got"
	senders "$dir/s" 'a:x|/etc/passwd' 'b:x|/etc/hosts' 'b:x|/etc/group' 'a:x|/etc/passwd'
	finish r
	assert_success
	assert_output "2 $(sender b) $(id -u)"$'\n/etc/hosts\n/etc/group'
	assert_regex "$stderr" "received 1 descriptor from a sender \(pid $(sender a), .*message from a sender \(pid $(sender b),"
	assert_regex "$stderr" "refused: 1 descriptor from a sender \(pid $(sender a), uid $(id -u), gid $(id -g)\)"
}

@test "a sender of datagrams can send its remaining descriptors after other senders have sent descriptors" {
	start_ready r recv -t dgram -n 2 "$dir/s" sh -c "$got"
	senders "$dir/s" 'a:x|/etc/passwd' 'b:x|/etc/hosts' 'c:x|/etc/passwd' 'a:x|/etc/group'
	finish r
	assert_success
	assert_output "2 $(sender a) $(id -u)"$'\n/etc/passwd\n/etc/group'
}

@test "COMMAND gets the credentials and the data of the sender of its descriptors" {
	start_ready r recv -t dgram --data=stdin "$dir/s" sh -c "$got; cat"
	senders "$dir/s" 'a:other' 'b:one' 'b:two|/etc/hosts'
	finish r
	assert_success
	assert_output "1 $(sender b) $(id -u)"$'\n/etc/hosts\nonetwo'
	assert_regex "$stderr" "refused: data from a sender \(pid $(sender a),"
	start_ready r recv -t dgram "$dir/s" sh -c "$got"
	senders "$dir/s" 'a:other' 'b:x|/etc/hosts'
	finish r
	assert_success
	assert_output "1 $(sender b) $(id -u)"$'\n/etc/hosts'
}

@test "--data=file: and --data=- write only the data from the sender of the descriptors" {
	start_ready r recv -t dgram -n 2 --data=file:"$dir/data" "$dir/s" sh -c "$got"
	senders "$dir/s" 'a:other' 'b:one|/etc/passwd' 'c:evil|/etc/hosts' 'b:two|/etc/group'
	finish r
	assert_success
	assert_equal "$(cat "$dir/data")" onetwo
	start_ready r recv -t dgram -n 2 --data=- "$dir/s" true
	senders "$dir/s" 'a:other' 'b:one|/etc/passwd' 'c:evil|/etc/hosts' 'b:two|/etc/group'
	finish r
	assert_success
	assert_output onetwo
}

@test "recv does not combine descriptors from root with descriptors from a sender with another user ID" {
	requires_root
	start_ready r recv -t dgram -n 2 "@fdp-$$" sh -c "$got"
	senders "@fdp-$$" 'a:x|/etc/passwd' 'b@65534:x|/etc/hosts' 'b@65534:x|/etc/hosts'
	finish r
	assert_success
	assert_output "2 $(sender b) 65534"$'\n/etc/hosts\n/etc/hosts'
	start_ready r recv -t dgram -n 2 "@fdp-$$" sh -c "$got"
	senders "@fdp-$$" 'b@65534:x|/etc/hosts' 'a:x|/etc/passwd' 'a:x|/etc/group'
	finish r
	assert_success
	assert_output "2 $(sender a) 0"$'\n/etc/passwd\n/etc/group'
}

@test "descriptors from a sender are kept even if many senders of another user send descriptors" {
	requires_root
	local -a flood=()
	local i
	for i in {1..40}; do flood+=("n$i@65534:x|/etc/hosts"); done
	start_ready r recv -t dgram -n 2 "@fdp-$$" sh -c "$got"
	senders "@fdp-$$" 'a:x|/etc/passwd' "${flood[@]}" 'a:x|/etc/group'
	finish r
	assert_success
	assert_output "2 $(sender a) 0"$'\n/etc/passwd\n/etc/group'
	assert_regex "$stderr" "refused: 1 descriptor from a sender \(pid $(sender n1), .*too many senders"
}

@test "recv closes descriptors from some senders if too many senders have sent descriptors" {
	local -a flood=()
	local i
	for i in {1..70}; do flood+=("n$i:x|/etc/hosts"); done
	start_ready r recv -t dgram -n 2 --json "$dir/s" sh -c "$got"
	senders "$dir/s" "${flood[@]}"
	wait_until shown 70
	(($(fd_count "$(pid_of r)") < 60)) || fail "$(ls -l "/proc/$(pid_of r)/fd")"
	senders "$dir/s" 'a:x|/etc/passwd' 'a:x|/etc/group'
	finish r
	assert_success
	assert_output "2 $(sender a) $(id -u)"$'\n/etc/passwd\n/etc/group'
}

@test "descriptors from another user do not use up the limit on open files" {
	requires_root
	requires prlimit
	not_under valgrind "needs descriptors itself"
	local many
	local -a flood=()
	local i
	many=$(printf '|/etc/hosts%.0s' {1..250})
	for i in {1..6}; do flood+=("n$i@65534:x$many"); done
	start r prlimit --nofile=700:700 "$FDPASS" recv -t dgram -n 300 "@fdp-$$" sh -c 'echo "$FDPASS_COUNT $FDPASS_PEER_PID"'
	wait_until grep -q "@fdp-$$\$" /proc/net/unix
	senders "@fdp-$$" 'a:x|/etc/passwd' "${flood[@]}" "a:x$many" "a:x$(printf '|/etc/hosts%.0s' {1..49})"
	finish r
	assert_success
	assert_output "300 $(sender a)"
}

@test "data without descriptors does not use up the memory" {
	start_ready r recv -t dgram --data=stdin "$dir/s" sh -c 'cat'
	senders "$dir/s" 'a:many' 'b:x|/etc/passwd'
	finish r
	assert_success
	assert_output x
	assert_regex "$stderr" "refused: data from a sender \(pid $(sender a), .*more than 16 MiB"
}

@test "descriptors from unknown senders are never combined" {
	# The senders are unknown, because the kernel does not record the sender of a message that is sent before recv
	# sets SO_PASSCRED.
	fdpass run socketpair:dgram -- sh -c '"$1" send fd:3 /etc/hosts; "$1" send fd:3 /etc/hosts
		"$1" send fd:3 /etc/passwd /etc/group; exec "$1" recv -n 2 --fd=3,5 --fd=4,6 fd:4 sh -c "$2"' \
	    sh "$FDPASS" "$got" >"$dir/out" 2>"$dir/err"
	assert_equal "$(cat "$dir/out")" $'2 unset unset\n/etc/passwd\n/etc/group'
	assert_equal "$(grep -c 'refused: 1 descriptor from an unknown sender' "$dir/err")" 2
}

@test "recv --spawn runs COMMAND for each sender of datagrams" {
	start_ready r recv --spawn -t dgram -n 2 --messages=4 "$dir/s" sh -c '
		echo "$FDPASS_PEER_PID $(readlink /proc/self/fd/3) $(readlink /proc/self/fd/4)" >>"$0"' "$dir/out"
	senders "$dir/s" 'a:x|/etc/passwd' 'b:x|/etc/hosts' 'b:x|/etc/hosts' 'a:x|/etc/group'
	finish r
	assert_success
	assert_equal "$(sort "$dir/out")" "$(sort <<-X
		$(sender a) /etc/passwd /etc/group
		$(sender b) /etc/hosts /etc/hosts
	X
	)"
	assert_equal "$stderr" ""
}

@test "recv --names and recv --until use the data from only one sender of datagrams" {
	start_ready r recv -t dgram --names "$dir/s" sh -c 'echo "$LISTEN_FDNAMES"; '"$got"
	senders "$dir/s" 'a:LISTEN_FDNAMES=evil:bad\nx|/etc/passwd' 'b:LISTEN_FDNAMES=good\nx|/etc/hosts'
	finish r
	assert_success
	assert_output "good"$'\n'"1 $(sender b) $(id -u)"$'\n/etc/hosts'
	start_ready r recv -t dgram --until=end --data=stdin "$dir/s" sh -c "$got; cat"
	senders "$dir/s" 'a:x|/etc/passwd' 'b:e|/etc/hosts' 'a:e' 'c:nd' 'b:nd'
	finish r
	assert_success
	assert_output "1 $(sender b) $(id -u)"$'\n/etc/hosts\nend'
}

@test "recv --keep discards a refused datagram and continues to receive" {
	start_ready r recv -k -t dgram -n 2 --require=regular "$dir/s" sh -c "$got"
	senders "$dir/s" 'a:x|/etc/passwd' 'a:x|/dev/null' 'b:x|/etc/hosts|/etc/hosts|/etc/hosts' 'a:x|/etc/group' 'a:x|/etc/hosts'
	finish r
	assert_success
	assert_output "2 $(sender a) $(id -u)"$'\n/etc/group\n/etc/hosts'
	assert_regex "$stderr" "message 2: refused: descriptor 1 of the message is char-device"
	assert_regex "$stderr" "message 3: refused: received 3 descriptors"
	receive r -k -t dgram -n 2 --require=regular "$dir/s"
	senders "$dir/s" 'a:x|/etc/passwd' 'b:x|/dev/null' 'b:x|/etc/hosts'
	finish r
	assert_success
}

@test "send --reply with a COMMAND uses descriptors from only one sender of datagrams" {
	senders "reply:$dir/s" 'a:x|/etc/passwd' 'b:x|/etc/hosts' 'a:x|/etc/group' 2>"$dir/ready" &
	wait_until test -s "$dir/ready"
	run --separate-stderr fdpass send -t dgram --reply -n 2 "$dir/s" -- sh -c "$got"
	wait $!
	assert_success
	assert_output "2 $(sender a) $(id -u)"$'\n/etc/passwd\n/etc/group'
}
