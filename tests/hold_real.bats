#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of hold with existing programs that use a file descriptor store, and with servers, containers and consoles.

load helpers

LOAD=${builddir:-$top/build}/tests/peers/load

# logged REGEX [COUNT]: waits until the store has logged at least COUNT lines that match REGEX.
logged() {
	wait_until logged_times "$1" "${2-1}"
}

logged_times() {
	(($(grep -Ec -e "$1" "$dir/keeper.err") >= $2))
}

# --- the console of a container, kept while no terminal is attached

# attach ACTION...: gets the console from the store, and runs fdpass tty on it at a simulated terminal until ctrl-p
# ctrl-q is typed.
attach() {
	fdpass_start giver "$FDPASS" recv -c --send=$'FDGET=1\nFDNAME=console' --data=discard "$dir/store" \
	    "$FDPASS" send --wait "$dir/tty" 3
	run timeout --foreground -s KILL 60 "${PEER%/*}/keyboard" "$@" type='\x10\x11' -- \
	    "$FDPASS" tty --detach-keys=ctrl-p,ctrl-q "$dir/tty" 3>&- 4>&-
	finish giver
}

@test "a console and its shell stay usable while no terminal is attached" {
	not_under qemu "does not support separate pseudo-terminals"
	[[ $(fdpass tty --help) == *--detach-keys* ]] || skip "tty has no --detach-keys"
	keeper -t stream
	start runtime "${PEER%/*}/console" -w "$dir/runtime" sh -c \
	    'while read -r line; do [ "$line" != quit ] || exit 0; echo "heard $line"; done'
	run fdpass recv --data=discard "$dir/runtime" "$FDPASS" send --reply=- \
	    -d $'FDSTORE=1\nFDNAME=console' "$dir/store" 3
	assert_regex "$output" 'stored 1 descriptor as console'
	attach type='one\r' expect='heard one'
	assert_success
	attach type='two\r' expect='heard two'
	assert_success
	# The shell is still the same process. hold removes the console when the shell exits.
	kill -0 "$(pid_of runtime)"
	attach type='quit\r' expect='quit'
	finish runtime
	assert_success
	logged 'removed a descriptor named console: hung up'
}

@test "a console of runc and the shell in the container stay usable while no terminal is attached" {
	not_under qemu "does not support separate pseudo-terminals"
	make_bundle runc
	keeper -t stream
	fdpass_start_ready giver recv --data=discard "$dir/console" -- \
	    "$FDPASS" send --reply=- -d $'FDSTORE=1\nFDNAME=console' "$dir/store" 3
	run sh -c 'cd "$1/box" && runc --root "$1/state" run -d --console-socket "$1/console" box' sh "$dir" 3>&- 4>&-
	assert_success
	finish giver
	assert_regex "$output" 'stored 1 descriptor as console'
	attach expect='# ' type='x=alive\r' expect='# '
	assert_success
	attach type='echo "still $x"\r' expect='still alive'
	assert_success
	attach type='exit\r' expect='exit'
	logged 'removed a descriptor named console: hung up'
	runc --root "$dir/state" delete -f box
}

# --- systemd-journald

# lines_are COUNT: checks that the journal contains COUNT messages from the client. journald does not always know the
# client's process ID.
lines_are() {
	[[ $(journal | grep -cE ' client(\[[0-9]+\])?: line ') == "$1" ]]
}

journal() {
	nsenter -t "$(pid_of keeper)" -m journalctl -q --no-pager -D /run/log/journal 2>&1
}

# journald runs in a mount namespace with its own /run and /var/log.
@test "systemd-journald keeps its clients across a restart if hold stores its descriptors" {
	requires_root
	requires unshare nsenter journalctl python3
	local journald=/lib/systemd/systemd-journald i
	[[ -x $journald ]] || skip "systemd-journald is not installed"
	unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log' ||
	    skip "mount namespaces are not available"
	[[ $dir != /run/* ]] || skip "/run is needed for systemd-journald"
	start keeper unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log &&
		mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal &&
		printf "[Journal]\nStorage=volatile\nReadKMsg=no\n" >/run/systemd/journald.conf.d/test.conf && exec "$@"' sh \
	    "$FDPASS" hold -v --restart=always -t stream "$dir/store" -- "$journald"
	# In a container, journald may exit at its start, for example without a control group.
	wait_until fdpass_has_line "$dir/keeper.err" 'READY=1|systemd-journald exited'
	! grep -q 'systemd-journald exited' "$dir/keeper.err" || skip "systemd-journald does not run here"
	nsenter -t "$(pid_of keeper)" -m test -S /run/systemd/journal/stdout || skip "this systemd-journald does not create sockets"
	# The client connects to the journal in the same way as systemd connects the standard output of a service.
	start client nsenter -t "$(pid_of keeper)" -m python3 -c 'import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect("/run/systemd/journal/stdout")
s.sendall(b"client\n\n6\n0\n0\n0\n0\n")
for i in range(1, 4):
    while not os.path.exists("%s/go%d" % (sys.argv[1], i)):
        time.sleep(0.02)
    s.sendall(b"line %d\n" % i)
while not os.path.exists(sys.argv[1] + "/go4"):
    time.sleep(0.02)' "$dir"
	: >"$dir/go1"
	logged 'stored 1 descriptor as'
	wait_until lines_are 1
	run fdpass recv -c --send=FDLIST=1 --data=- "$dir/store"
	assert_regex "$output" '"kind":"socket"'
	kill -HUP "$(pid_of keeper)"
	logged 'started .* with 1 descriptor' 1
	: >"$dir/go2"
	wait_until lines_are 2
	kill -KILL "$(sed -n 's/.*started .* as process \([0-9]*\).*/\1/p' "$dir/keeper.err" | tail -n 1)"
	logged 'started .* with 1 descriptor' 2
	: >"$dir/go3"
	wait_until lines_are 3
	assert_regex "$(journal)" 'line 1
.*line 2
.*line 3'
	: >"$dir/go4"
	finish client
	assert_success
	logged 'removed a descriptor named .*: hung up'
	stop keeper
	assert_success
}

# --- servers that are restarted under load

# restart_under_load RESTARTS ADDRESS PORT: restarts the server with SIGHUP, each time after some hundred requests.
restart_under_load() {
	local i
	export FDPASS_LIMIT=60
	start load "$LOAD" "$2" "$3" 8 20
	for ((i = 1; i <= $1; i++)); do
		wait_until done_requests $((100 * i))
		kill -HUP "$(pid_of keeper)"
		logged 'notification .*READY=1' $((i + 1))
	done
	wait_until done_requests $((100 * (i + 1)))
	stop load
	assert_success
	assert_regex "${lines[-1]}" ' 0 failed'
}

@test "no request fails while SIGHUP restarts a server that stores its socket" {
	requires python3
	local address=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).1
	start_ready keeper hold -v "$dir/store" -- python3 "$top/tests/peers/storeweb.py" "$address" 18082 ok
	restart_under_load 10 "$address" 18082
	stop keeper
	assert_success
}

@test "no request fails while SIGHUP restarts gunicorn with the socket from fdpass run" {
	requires gunicorn
	cat >"$dir/app.py" <<-'X'
		def application(environ, start):
		    start("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
		    return [b"hello"]
	X
	local address=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).1
	start keeper "$FDPASS" run "tcp-listen:$address:18083=web" -- "$FDPASS" hold -v "$dir/store" -- \
	    gunicorn --chdir "$dir" --no-sendfile --worker-tmp-dir "$dir" app:application
	logged 'notification .*READY=1'
	restart_under_load 3 "$address" 18083
	stop keeper
	assert_success
}
