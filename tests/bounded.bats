#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that no action of a peer makes fdpass delay another peer, a signal or a deadline.

load helpers

CONSOLE=${PEER%/*}/console

# If an action takes at least this time in ms, it has waited for a lingering socket, whose close takes a minute.
PROMPT=10000

as_other_user() {
	echo setpriv --reuid=65534 --regid=65534 --clear-groups
}

setup_other_users() {
	requires_root
	requires setpriv jq
	not_under valgrind "does not support helper processes, which close descriptors"
	chmod 755 "$dir"
}

# took BEGIN: prints the milliseconds since BEGIN.
took() {
	echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
}

@test "recv -k serves other clients after refusing a client that sent lingering sockets" {
	setup_other_users
	receive r -k -m 666 --allow-uid=0 "$dir/s"
	# shellcheck disable=SC2046 # word splitting is intended
	lends r p $(as_other_user) "$PEER" "$dir/s" data=x linger send wait
	run peer "$dir/s" data=friend send
	wait_until fdpass_has_line "$dir/r.out" '"data":"friend"'
	stop r
	assert_failure 143
}

@test "recv -k serves other clients after a refused message that is followed by a lingering socket" {
	setup_other_users
	receive r -k --require=memfd "$dir/s"
	lends r p "$PEER" "$dir/s" data=x null=1 send data=y linger send wait
	run peer "$dir/s" data=friend send
	wait_until fdpass_has_line "$dir/r.out" '"data":"friend"'
	stop r
}

@test "tty -k --no-stdin serves another client after refusing a client that had queued a lingering socket" {
	setup_other_users
	start_ready t tty -k --no-stdin "$dir/s"
	lends t p "$PEER" "$dir/s" data=x null=1 send data=y linger send wait
	start c "$CONSOLE" "$dir/s" echo shown
	wait_until fdpass_has_line "$dir/t.out" shown
	stop t
}

@test "a lingering socket with a refused FDHANDOVER=1 delays neither other senders nor a signal" {
	expects_messages
	setup_other_users
	local begin
	start_ready h hold -v -m 666 "$dir/s"
	# shellcheck disable=SC2046 # word splitting is intended
	lends h p $(as_other_user) "$PEER" -t dgram "$dir/s" data=FDHANDOVER=1 linger send wait
	begin=$EPOCHREALTIME
	wait_until grep -q 'FDHANDOVER=1 is permitted only for root' "$dir/h.err"
	fdpass send -t dgram -d FDSTORE=1 "$dir/s" /etc/hosts
	wait_until grep -q 'stored 1 descriptor' "$dir/h.err"
	stop h
	assert_failure 143
	(($(took "$begin") < PROMPT))
}

@test "lingering sockets in the receive queue delay neither an exit, an exec nor a deadline" {
	setup_other_users
	local begin args
	for args in '--messages=1' '-n 1 --json' '-n 1 - true' '--require=memfd' '-w 1 -n 5'; do
		local -a options=()
		local -a command=()
		case $args in
		*' - true') command=(true) options=(-n 1) ;;
		*) read -ra options <<<"$args" ;;
		esac
		start_ready r recv "${options[@]}" "$dir/s" "${command[@]}"
		lends r p "$PEER" "$dir/s" data=x null=1 send data=y linger send wait
		begin=$EPOCHREALTIME
		finish r
		(($(took "$begin") < PROMPT))
		stop p || true
	done
}

@test "a lingering socket that recv closes as surplus delays neither COMMAND nor the next client" {
	expects_messages
	setup_other_users
	local begin
	start_ready r recv --fd=3 "$dir/s" true
	lends r p "$PEER" "$dir/s" data=x null=1 linger send wait
	begin=$EPOCHREALTIME
	finish r
	assert_success
	(($(took "$begin") < PROMPT))
	start_ready r recv -k --data="file:$dir/f" "$dir/s"
	lends r q "$PEER" "$dir/s" data=x linger send wait
	run peer "$dir/s" data=friend send
	wait_until grep -q friend "$dir/f"
	stop r
}

# limited LIMIT NAME ARG...: starts "fdpass ARG..." as NAME, with LIMIT as the arguments of ulimit.
limited() {
	local limit=$1 name=$2
	shift 2
	printf '#!/bin/sh\nulimit %s || exit 99\nexec "%s" "$@"\n' "$limit" "$FDPASS" >"$dir/$name.limited"
	chmod +x "$dir/$name.limited"
	FDPASS=$dir/$name.limited start_ready "$name" "$@"
}

@test "lingering sockets for which no descriptor number is free delay neither other clients nor a signal" {
	expects_messages
	setup_other_users
	expects_messages
	limited '-n 64' r recv -k --json "$dir/s"
	lends r p "$PEER" "$dir/s" data=x null=100 linger send wait
	run peer "$dir/s" data=friend send
	wait_until fdpass_has_line "$dir/r.out" '"data":"friend"'
	stop r
	assert_failure 143
	assert_regex "$stderr" 'descriptors were lost.*RLIMIT_NOFILE is 64'

	limited '-n 64' t tty -k --no-stdin "$dir/t"
	lends t q "$PEER" "$dir/t" data=x null=100 linger send wait
	start c "$CONSOLE" "$dir/t" echo shown
	wait_until fdpass_has_line "$dir/t.out" shown
	stop t

	limited '-n 64' h hold "$dir/h"
	lends h o "$PEER" -t dgram "$dir/h" data=FDSTORE=1 null=100 linger send wait
	stop h
	assert_failure 143

	start_peer u -l "$dir/up" wait
	limited '-n 64' f relay "$dir/front" "$dir/up"
	lends f n "$PEER" "$dir/front" data=x null=100 linger send wait
	wait_until grep -q 'descriptors were lost' "$dir/f.err"
	stop f
	assert_success
}

@test "lingering sockets that do not fit into --ancbufsize delay neither other clients nor a signal" {
	setup_other_users
	local size
	for size in 0 16 24; do
		receive "r$size" -k --ancbufsize=$size "$dir/s$size"
		lends "r$size" "p$size" "$PEER" "$dir/s$size" data=x null=3 linger send wait
		run peer "$dir/s$size" data=friend send
		wait_until fdpass_has_line "$dir/r$size.out" '"data":"friend"'
		stop "r$size"
		assert_regex "$(head -n 1 "$dir/r$size.out")" 'MSG_CTRUNC'
	done
}

@test "recv raises the soft limit on open files for receiving, and restores it for COMMAND" {
	not_under valgrind "needs some descriptor numbers"
	limited '-S -n 64' r recv -n 100 "$dir/s" sh -c 'ulimit -S -n; echo "$FDPASS_COUNT"'
	run peer "$dir/s" data=x null=100 send
	finish r
	assert_success
	assert_regex "$output" '100$'
	limited '-S -n 64' o recv -n 3 "$dir/o" sh -c 'ulimit -S -n'
	run peer "$dir/o" data=x null=3 send
	finish o
	assert_equal "$output" 64
}

@test "recv -k accepts a new client only if enough numbers are free for the descriptors of a message" {
	requires python3 jq
	not_under valgrind "needs some descriptor numbers"
	limited '-n 600' r recv -k --json "$dir/s"
	start p python3 -c '
import os, signal, socket, sys
null = os.open("/dev/null", os.O_RDONLY)
crowd = []
for i in range(400):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    crowd.append(s)
socket.send_fds(crowd[0], [b"early"], [null] * 250)
socket.send_fds(crowd[399], [b"late"], [null] * 250)
signal.pause()
' "$dir/s"
	wait_until grep -q 'new clients must wait' "$dir/r.err"
	wait_until early_is_complete
	run ! grep -q '"data":"late"' "$dir/r.out"
	stop r
	assert_equal "$(grep -c 'new clients must wait' "$dir/r.err")" 1
}

early_is_complete() {
	[[ $(jq -r '[.data, (.ancdata[0].fds | length)] | join(" ")' "$dir/r.out" 2>/dev/null) == 'early 250' ]]
}

@test "recv -k --send serves other clients while one client does not read the data that recv sends" {
	requires python3
	head -c 4000000 /dev/zero >"$dir/big"
	start_ready r recv -k --json --send=@"$dir/big" "$dir/s"
	start_peer p "$dir/s" wait
	start q python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
n = 0
while n < 4000000:
    n += len(s.recv(1 << 20))
s.send(b"friend")
s.recv(1)
' "$dir/s"
	wait_until fdpass_has_line "$dir/r.out" '"data":"friend"'
	stop r
	assert_failure 143
}

@test "hundreds of lingering sockets create no processes and do not delay the next client" {
	setup_other_users
	local i
	receive r -k -m 666 --allow-uid=0 "$dir/s"
	kill -STOP "$(pid_of r)"
	for ((i = 0; i < 100; i++)); do
		# shellcheck disable=SC2046 # word splitting is intended
		start "p$i" $(as_other_user) "$PEER" "$dir/s" data=x linger send wait
	done
	for ((i = 0; i < 100; i++)); do
		wait_until fdpass_has_line "$dir/p$i.out" '^let go$'
	done
	kill -CONT "$(pid_of r)"
	run peer "$dir/s" data=friend send
	wait_until fdpass_has_line "$dir/r.out" '"data":"friend"'
	wait_until few_processes
	stop r
}

few_processes() {
	(($(pgrep -c -f "^$FDPASS recv --json --ready-fd=19 -k -m 666 --allow-uid=0 $dir/s" || true) <= 2))
}

@test "--timeout expires on time even if the output is not read" {
	mkfifo "$dir/fifo"
	exec 7<>"$dir/fifo"
	start r sh -c 'exec "$0" recv --json -w 1 "$1" >"$2" 2>"$3"' "$FDPASS" "$dir/s" "$dir/fifo" "$dir/err"
	wait_until listens "$dir/s"
	start p "$PEER" "$dir/s" bytes=8000 flood
	finish r
	assert_failure 124
	assert_regex "$(cat "$dir/err")" 'timed out after 1 s'
}

@test "no connection is lost if several processes share a listening socket" {
	requires python3 jq
	python3 - "$FDPASS" "$dir" <<-'END'
		import os, socket, subprocess, sys, time
		fdpass, d = sys.argv[1:]
		l = socket.socket(socket.AF_UNIX)
		l.bind(d + "/s")
		l.listen(1000)
		flags = os.get_blocking(l.fileno())
		ps = [subprocess.Popen([fdpass, "recv", "-k", "--json", "fd:%d" % l.fileno()], pass_fds=[l.fileno()],
		      stdout=open(d + "/out%d" % i, "w")) for i in range(4)]
		cs = []
		for i in range(500):
		    c = socket.socket(socket.AF_UNIX)
		    c.connect(d + "/s")
		    cs.append(c)
		for c in cs:
		    c.send(b"ping")
		end = time.time() + 20
		while sum(open(d + "/out%d" % i).read().count('"ping"') for i in range(4)) < 500 and time.time() < end:
		    time.sleep(.02)
		n = sum(open(d + "/out%d" % i).read().count('"ping"') for i in range(4))
		for p in ps:
		    p.terminate()
		    p.wait()
		assert n == 500, n
		assert os.get_blocking(l.fileno()) == flags
	END
}

@test "all data is received from a socket with SO_PEEK_OFF, SO_RCVLOWAT or SO_RCVTIMEO" {
	requires python3
	python3 - "$FDPASS" <<-'END'
		import socket, struct, subprocess, sys
		for option, value in (42, struct.pack("i", 3)), (18, struct.pack("i", 1000)), (20, struct.pack("ll", 0, 1000)):
		    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		    try:
		        b.setsockopt(1, option, value)
		    except OSError:
		        continue
		    p = subprocess.Popen([sys.argv[1], "recv", "--json", "fd:%d" % b.fileno()], pass_fds=[b.fileno()],
		        stdout=subprocess.PIPE)
		    b.close()
		    for i in range(3):
		        a.send(b"m%d" % i)
		    a.close()
		    out = p.communicate(timeout=20)[0].decode()
		    assert p.returncode == 0 and all('"m%d"' % i in out for i in range(3)), (option, out)
	END
}

@test "an error that is pending on a datagram socket is reported after the datagrams in the receive queue" {
	requires python3
	run python3 - "$FDPASS" <<-'END'
		import socket, subprocess, sys
		for recverr in 0, 1:
		    for connected in 0, 1:
		        b, dead = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(2)]
		        for s in b, dead:
		            s.bind(("127.0.0.1", 0))
		        for i in range(3):
		            dead.sendto(b"m%d" % i, b.getsockname())
		        address = dead.getsockname()
		        dead.close()
		        b.setsockopt(socket.IPPROTO_IP, 11, recverr)
		        if connected:
		            b.connect(address)
		        # The socket of this port is closed, so the datagram causes an ICMP error.
		        b.sendto(b"x", address)
		        p = subprocess.run([sys.argv[1], "recv", "-w", "1", "--json", "fd:%d" % b.fileno()],
		            pass_fds=[b.fileno()], capture_output=True, text=True, timeout=20)
		        print(p.stdout.count('"data":"m'), p.returncode, p.stderr.strip())
	END
	assert_success
	assert_equal "$(grep -cx '3 125 fdpass: recv: receive: Connection refused' <<<"$output")" 3
	assert_equal "$(grep -cx '3 124 .*timed out after 1 s' <<<"$output")" 1
}

@test "recv removes its path at every signal that terminates a process" {
	not_under valgrind "does not deliver every signal"
	local signal
	# SIGINT and SIGQUIT are missing because a shell starts background processes with both ignored.
	for signal in USR1 USR2 ALRM PROF VTALRM XCPU IO PWR STKFLT RTMIN RTMIN+5 RTMAX SYS; do
		start_ready r recv -k "$dir/s"
		stop r "$signal"
		((status > 128))
		[[ ! -e $dir/s ]]
	done
}

@test "recv --spawn exits without waiting for children that it inherited" {
	start r sh -c 'sleep 60 & echo $! >"$1/pid"; exec "$0" recv -k --spawn --messages=1 "$1/s" true' "$FDPASS" "$dir"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=1 send
	finish r
	kill "$(cat "$dir/pid")"
	assert_success
}

@test "--max-children does not count inherited children, and --timeout expires while they are running" {
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start r sh -c 'sleep 60 & echo $! >"$1/pid"
	    exec "$0" recv -k -w 8 --spawn --max-children=1 "$1/s" sh -c "echo ran"' "$FDPASS" "$dir"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=1 send
	run peer "$dir/s" data=x null=1 send
	run peer "$dir/s" data=x null=1 send
	finish r
	kill "$(cat "$dir/pid")"
	assert_failure 124
	assert_equal "$(grep -c ran <<<"$output")" 3
}

@test "recv --spawn exits at --timeout even while it waits because of --max-children" {
	start_ready r recv -k -w 1 --spawn --max-children=1 "$dir/s" sleep 3
	run peer "$dir/s" data=x null=1 send
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_error 124 'timed out after 1 s'
}

@test "a child of recv --spawn has the inherited signal mask, including SIGCHLD" {
	requires python3
	start_ready r recv --spawn -n 1 --messages=1 "$dir/s" grep -E '^Sig(Blk|Ign):' /proc/self/status
	run peer "$dir/s" data=x null=1 send
	finish r
	local plain=$output
	start r python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
os.execv(sys.argv[1], sys.argv[1:])' "$FDPASS" recv --spawn -n 1 --messages=1 "$dir/s" grep -E '^SigBlk:' /proc/self/status
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_regex "$output" '^SigBlk:[[:space:]]*0*10000$'
	assert_regex "$plain" 'SigBlk:[[:space:]]+0+[[:space:]]'
}

@test "a peer outside the PID namespace of recv is shown without a process ID" {
	requires_root
	requires unshare jq
	unshare -p --fork true || skip "PID namespaces cannot be created here"
	start r unshare -p --fork --kill-child "$FDPASS" recv --json "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x send
	finish r
	assert_equal "$(jq -c .peer <<<"$output")" '{"pid":null,"uid":0,"gid":0}'
	start r unshare -p --fork --kill-child "$FDPASS" recv "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x send
	finish r
	assert_regex "$output" 'from pid not visible here, uid 0, gid 0'
	start r unshare -p --fork --kill-child env FDPASS_PEER_PID=1 "$FDPASS" recv "$dir/s" \
	    sh -c 'echo "${FDPASS_PEER_PID-unset} $FDPASS_PEER_UID"'
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_equal "$output" 'unset 0'
}

@test "--allow-uid=65534 is refused in a user namespace that maps this ID but not all IDs" {
	local pid
	requires_root
	requires unshare
	unshare -U true || skip "user namespaces cannot be created here"
	mkfifo "$dir/go"
	exec 7<>"$dir/go"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start u unshare -U sh -c 'read -r _ <"$1"; exec "$0" recv -w 0.05 --allow-uid=65534 "$2"' "$FDPASS" "$dir/go" "$dir/s" 7>&-
	pid=$(pid_of u)
	wait_until is_in_user_namespace "$pid"
	echo '0 0 65536' >"/proc/$pid/uid_map" || skip "user IDs cannot be mapped here"
	echo >&7
	exec 7>&-
	finish u
	assert_error 125 'allow-uid: cannot allow 65534: it represents every user ID'
}

is_in_user_namespace() {
	[[ $(readlink "/proc/$1/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}

@test "--allow-uid=65534 is refused in a user namespace that does not map this ID" {
	requires unshare
	unshare -Ur true || skip "user namespaces cannot be created here"
	run --separate-stderr unshare -Ur "$FDPASS" recv -w 0.05 --allow-uid=65534 "$dir/s"
	assert_error 125 'allow-uid: cannot allow 65534: it represents every user ID'
	run --separate-stderr unshare -Ur "$FDPASS" recv -w 0.05 --allow-gid=65534 "$dir/s"
	assert_error 125 'allow-gid: cannot allow 65534: it represents every group ID'
	run --separate-stderr fdpass recv -w 0.05 --allow-uid=65534 "$dir/s"
	assert_failure 124
}

# refusing VERB OPTION...: starts VERB with options that refuse the current user.
refusing() {
	local verb=$1
	shift
	[[ $verb != relay ]] || set -- "$@" "$dir/s" "$dir/back"
	[[ $verb == relay ]] || set -- "$@" "$dir/s"
	start_ready v "$verb" --allow-uid=12345 "$@"
}

# Adds the numbers of all reports, because omitted messages are reported once per second.
all_are_counted() {
	awk '/refused/ { n++ } /log messages* w[a-z]* omitted/ { n += $3 } END { exit n != 300 }' "$dir/v.err"
}

@test "warnings about refused peers are limited to 20 lines per second, and omitted warnings are counted" {
	requires python3
	expects_messages
	local verb begun
	for verb in 'recv -k' 'tty -k --no-stdin' 'relay' 'hold -t stream' 'send -l -k'; do
		begun=$SECONDS
		# shellcheck disable=SC2086 # word splitting is intended
		refusing $verb
		python3 -c '
import socket, sys
for i in range(300):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.recv(1)
' "$dir/s"
		wait_until all_are_counted
		stop v || true
		# The limit per second is 20 warnings and one line with the number of omitted warnings.
		(($(wc -l <"$dir/v.err") <= 21 * (SECONDS - begun + 2))) || { echo "# $verb: too many lines" >&2 && false; }
		rm -f "$dir/s"
	done
}

# Opens a pipe as descriptor 6 and fills it.
full_pipe() {
	[[ -p $dir/pipe ]] || mkfifo "$dir/pipe"
	exec 6<>"$dir/pipe"
	dd if=/dev/zero of="$dir/pipe" oflag=nonblock bs=4096 2>/dev/null || true
}

# mute NAME COMMAND...: starts COMMAND as NAME, with the full pipe as standard error.
mute() {
	local name=$1
	shift
	start "$name" sh -c 'exec "$@" 2>&6 6>&-' sh "$@"
}

# pipe_has REGEX: reads the pipe, and succeeds if all its output so far has a line that matches REGEX.
pipe_has() {
	dd if="$dir/pipe" iflag=nonblock bs=4096 2>/dev/null >>"$dir/piped" || true
	grep -qx "$1" "$dir/piped"
}

@test "deadlines expire on time while standard error is a full pipe" {
	local begin args
	full_pipe
	for args in 'recv -w 1' 'recv -v -w 1' 'tty -k --no-stdin -w 1' 'send -v -l -w 1' 'recv -c --wait -v -w 1'; do
		begin=$EPOCHREALTIME
		# shellcheck disable=SC2086 # word splitting is intended
		mute r "$FDPASS" $args "$dir/s"
		finish r
		assert_failure 124
		(($(took "$begin") < PROMPT))
	done
	# The deadline expires while fdpass waits for a writer to open the FIFO.
	mkfifo "$dir/fifo"
	mute r "$FDPASS" send -w 1 "$dir/s" "$dir/fifo"
	finish r
	assert_failure 124
	mute r "$FDPASS" recv -k -w 1 --allow-uid=12345 "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" wait
	finish r
	assert_failure 124
	exec 6>&-
}

@test "a full pipe on standard error delays neither clients nor a signal, and omitted messages are counted" {
	local args
	for args in "relay -v $dir/s $dir/none" "recv -v -k --allow-uid=12345 $dir/s" \
	    "tty -v -k --no-stdin --allow-uid=12345 $dir/s" "send -v -l -k --allow-uid=12345 $dir/s"; do
		full_pipe
		# shellcheck disable=SC2086 # word splitting is intended
		mute r "$FDPASS" $args
		wait_until listens "$dir/s"
		run peer "$dir/s" wait
		assert_success
		# Empties the pipe, which did not have space for the message with the listening address.
		dd if="$dir/pipe" iflag=nonblock of=/dev/null bs=4096 2>/dev/null || true
		run peer "$dir/s" wait
		wait_until pipe_has 'fdpass: [a-z]*: [0-9]* log messages* w[a-z]* omitted'
		stop r || true
		full_pipe
		# shellcheck disable=SC2086 # word splitting is intended
		mute r "$FDPASS" $args
		wait_until listens "$dir/s"
		stop r
		# After a signal, relay closes its connections and exits with 0.
		[[ $args == relay* ]] || assert_failure 143
		rm -f "$dir/piped"
	done
	exec 6>&-
}
