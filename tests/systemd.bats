#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the units in examples/systemd, and of run and hold as systemd services. If possible, systemd runs as process
# 1 of new namespaces. Some tests use only systemd-socket-activate.

load helpers

teardown() {
	fdpass_teardown
	[[ -z ${cgroup-} ]] || wait_until removed "$cgroup"
}

# removed CGROUP: waits until the last process of CGROUP has exited, and removes CGROUP.
removed() {
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || [[ ! -e $1 ]]
}

# command_of UNIT: prints the words of ExecStart= in UNIT, one per line, with the command under test instead of the
# installed one.
command_of() {
	awk '/^ExecStart=/ { open = 1; sub(/^ExecStart=/, "") }
	open { more = sub(/\\$/, ""); for (i = 1; i <= NF; i++) print $i; open = more }' "$top/examples/systemd/$1" |
	    sed "s,^/usr/bin/fdpass\$,$FDPASS,"
}

@test "systemd-analyze accepts the example units" {
	requires systemd-analyze
	cp "$top"/examples/systemd/* "$dir"
	sed -i "s,/usr/bin/fdpass,$FDPASS," "$dir"/*.service
	run systemd-analyze verify --man=no "$dir"/fdpass-*.service "$dir"/fdpass-*.socket
	assert_success
	refute_regex "$output" 'fdpass-'
}

@test "the example unit of hold stores descriptors in the service manager" {
	requires systemd-socket-activate
	fdpass_receive manager -t dgram -k --messages=2 "$dir/notify"
	mapfile -t keeper < <(command_of fdpass-keeper.service)
	# -E sets the variable only for the command, because systemd-socket-activate from version 258 sends READY=1
	# itself.
	fdpass_start keeper systemd-socket-activate -E NOTIFY_SOCKET="$dir/notify" -l "$dir/keeper" --fdname=in \
	    "${keeper[@]}"
	run fdpass send --wait=10 "$dir/keeper" /etc/hosts
	assert_success
	fdpass_finish manager
	fdpass_stop keeper
	output=$(cat "$dir/manager.out")
	assert_json 'select(.message == 1).data' 'READY=1'
	assert_json 'select(.message == 2) | .data, .ancdata[].fds[]?.path' $'FDSTORE=1\n/etc/hosts'
}

@test "the example unit of relay gets its socket from the service manager and reports readiness" {
	requires systemd-socket-activate
	fdpass_receive manager -t dgram --messages=1 "$dir/notify"
	fdpass_receive service "$dir/service"
	mapfile -t relay < <(command_of fdpass-relay.service | sed "s,^/run/service.sock\$,$dir/service,")
	fdpass_start relay systemd-socket-activate -E NOTIFY_SOCKET="$dir/notify" -l "$dir/front" --fdname=front \
	    "${relay[@]}"
	run fdpass send --wait=10 --data=through "$dir/front" /etc/hosts
	assert_success
	fdpass_finish manager
	assert_data READY=1
	fdpass_finish service
	assert_data through
	assert_kinds regular
	wait_until fdpass_has_line "$dir/relay.out" '"data":"through"'
	fdpass_stop relay
	assert_success
}

# --- systemd itself

# boot: starts systemd with the units in $dir/units, in which /run/fdpass is the command under test.
boot() {
	requires_root
	requires unshare nsenter systemctl
	not_under valgrind "is a command that cannot be copied"
	not_under qemu "has no namespaces"
	[[ -x /lib/systemd/systemd ]] || skip "systemd is not installed"
	local unified
	unified=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[[ $unified ]] || skip "cgroup2 is not mounted"
	mkdir "$unified/fdpass-test-$BASHPID" 2>/dev/null || skip "control groups cannot be created here"
	cgroup=$unified/fdpass-test-$BASHPID
	start box sh "$top/tests/peers/boot.sh" "$cgroup" "$dir/units" "$FDPASS"
	booting_ends
	[[ $booted ]] || skip "systemd cannot run here: $(grep . "$dir/box.err" "$dir/box.out" -h | tail -n 1)"
}

# booting_ends: waits until systemd has started or has failed. Sets $init to the process ID of systemd, and $booted if
# systemd has started.
booting_ends() {
	local end=$((SECONDS + 30))
	booted=
	while ((SECONDS < end)) && kill -0 "$(pid_of box)" 2>/dev/null; do
		init=$(pgrep -P "$(pid_of box)" || true)
		if [[ $init ]] && inside systemctl is-active boot.target >/dev/null 2>&1; then
			booted=yes
			return
		fi
		sleep 0.05
	done
}

# inside COMMAND...: runs COMMAND in the namespaces of the systemd that boot has started.
inside() {
	timeout -s KILL 60 nsenter -t "$init" --mount --pid --uts --ipc --cgroup "$@" 3>&- 4>&-
}

# property UNIT NAME: prints the property NAME of UNIT, as reported by systemd.
property() {
	inside systemctl show --property="$2" --value "$1"
}

is() { # UNIT PROPERTY VALUE
	[[ $(property "$1" "$2") == "$3" ]]
}

# unit NAME: writes the unit file NAME from standard input. The output of a service goes to $dir/NAME.log.
unit() {
	mkdir -p "$dir/units"
	cat >"$dir/units/$1"
	[[ $1 != *.service ]] ||
		printf 'StandardOutput=append:%s\nStandardError=append:%s\n' "$dir/$1.log" "$dir/$1.log" >>"$dir/units/$1"
}

# server: the Python code of a server that accepts connections on descriptor 3 and sends its process ID to each client.
server='import os, socket
listener = socket.socket(fileno=3)
while True:
    client, _ = listener.accept()
    client.sendall(b"%d" % os.getpid())
    client.close()'

# greeting SOCKET: prints the text that the server sends to a client.
greeting() {
	inside python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(s.recv(100).decode())' "$1"
}

@test "systemd: --on-demand waits for clients of a socket unit, and FDSTORE=1 keeps a descriptor across a restart" {
	requires python3
	unit web.socket <<-X
		[Socket]
		ListenStream=$dir/web.sock
		FileDescriptorName=web
	X
	unit web.service <<-X
		[Service]
		Type=notify
		NotifyAccess=all
		FileDescriptorStoreMax=5
		Restart=always
		RestartSec=0
		ExecStart=/run/fdpass run -v --on-demand listen:all -- sh $dir/web.sh
	X
	# The server itself sends FDSTORE=1, because systemd discards a message whose sender has exited before systemd
	# reads it.
	cat >"$dir/server.py" <<-X
		import os, socket
		if os.environ["LISTEN_FDS"] == "1":
		    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
		        manager.connect(os.environ["NOTIFY_SOCKET"])
		        socket.send_fds(manager, [b"FDSTORE=1\\nFDNAME=kept"], [os.open("/etc/hosts", os.O_RDONLY)])
		$server
	X
	cat >"$dir/web.sh" <<-X
		echo "started with \$LISTEN_FDNAMES"
		exec python3 $dir/server.py
	X
	boot
	inside systemctl start web.socket
	run greeting "$dir/web.sock"
	assert_success
	assert_regex "$output" '^[0-9]+$'
	local first=$output
	run greeting "$dir/web.sock"
	assert_equal "$output" "$first"
	wait_until is web.service NFileDescriptorStore 1
	inside systemctl kill --signal=KILL web.service
	# The socket unit listens, while run waits for the next client before it starts COMMAND.
	wait_until is web.service NRestarts 1
	run greeting "$dir/web.sock"
	assert_success
	assert_regex "$output" '^[0-9]+$'
	[[ $output != "$first" ]]
	assert_equal "$(property web.service NFileDescriptorStore)" 1
	assert_equal "$(grep started "$dir/web.service.log")" $'started with web\nstarted with web:kept'
	# If the service is stopped while run waits for a client, systemd must not report a failure.
	inside systemctl restart web.service
	inside systemctl stop web.service
	assert_equal "$(property web.service Result)" success
}

@test "systemd: --accept serves clients of a socket unit, and lets the clients finish when the service is stopped" {
	requires python3
	unit echo.socket <<-X
		[Socket]
		ListenStream=$dir/echo.sock
	X
	unit echo.service <<-X
		[Service]
		Type=notify
		KillMode=mixed
		ExecStart=/run/fdpass run -v --accept --inetd listen:all -- sh -c 'echo "peer \$FDPASS_PEER_UID"; cat'
	X
	sed -i 's/\$FDPASS/$$FDPASS/' "$dir/units/echo.service"
	boot
	inside systemctl start echo.socket
	start client python3 -c 'import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(s.recv(100).decode(), end="", flush=True)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.02)
s.sendall(b"hello")
print(s.recv(100).decode())' "$dir/echo.sock" "$dir/go"
	wait_until fdpass_has_line "$dir/client.out" 'peer 0'
	assert_equal "$(property echo.service SubState)" running
	inside systemctl stop --no-block echo.service
	wait_until is echo.service SubState stop-sigterm
	: >"$dir/go"
	finish client
	assert_equal "$output" $'peer 0\nhello'
	wait_until is echo.service SubState dead
	assert_equal "$(property echo.service Result)" success
}

@test "systemd: hold as a service with Type=notify is ready when its COMMAND is ready" {
	unit held.service <<-X
		[Service]
		Type=notify
		WatchdogSec=60
		ExecStart=/run/fdpass hold -v -t stream $dir/store -- sh $dir/held.sh
	X
	cat >"$dir/held.sh" <<-X
		echo "watchdog \$((WATCHDOG_PID == \$\$)) \$LISTEN_FDNAMES"
		until [ -e $dir/go ]; do sleep 0.05; done
		/run/fdpass send -t dgram -d 'READY=1
		STATUS=fine' env:NOTIFY_SOCKET
		exec sleep 1000
	X
	boot
	inside systemctl start --no-block held.service
	wait_until fdpass_has_line "$dir/held.service.log" 'watchdog 1'
	assert_equal "$(property held.service ActiveState)" activating
	: >"$dir/go"
	wait_until is held.service ActiveState active
	assert_equal "$(property held.service StatusText)" fine
	run fdpass send --reply=- -d $'FDSTORE=1\nFDNAME=kept' "$dir/store" /etc/hosts
	assert_regex "$output" ERRNO=0
	inside systemctl kill --kill-who=main --signal=HUP held.service
	wait_until fdpass_has_line "$dir/held.service.log" 'watchdog 1 kept'
	assert_equal "$(property held.service ActiveState)" active
	inside systemctl stop held.service
	assert_equal "$(property held.service Result)" success
}

# kept: succeeds if systemd's store contains a descriptor from fdpass-keeper.service. If not, sends one to the service.
# Called repeatedly, because systemd discards a message whose sender has exited before systemd reads it.
kept() {
	is fdpass-keeper.service NFileDescriptorStore 0 || return 0
	inside /run/fdpass send --wait=10 /run/keeper.sock /etc/hosts
	return 1
}

@test "systemd: the example units can be started unchanged" {
	mkdir "$dir/units"
	cp "$top"/examples/systemd/* "$dir/units"
	sed -i 's,/usr/bin/fdpass,/run/fdpass,' "$dir"/units/*.service
	boot
	# hold as a descriptor store
	inside systemctl start fdpass-hold.service
	run inside /run/fdpass send --reply=- -d $'FDSTORE=1\nFDNAME=log' /run/fdpass-hold/store.sock a:/run/log
	assert_regex "$output" 'ERRNO=0'
	inside systemctl reload fdpass-hold.service
	run inside /run/fdpass recv -c --send=FDLIST=1 --data=- /run/fdpass-hold/store.sock
	assert_json '[.name, .path]' '["log","/run/log"]'
	# recv that stores received descriptors in systemd
	inside systemctl start fdpass-keeper.socket
	wait_until kept
	# relay that runs as another user
	inside systemctl start fdpass-relay.socket
	start service nsenter -t "$init" --mount "$FDPASS" recv --json --mode=666 /run/service.sock
	wait_until inside test -S /run/service.sock
	run inside /run/fdpass send --wait=10 --data=through /run/watched.sock /etc/hosts
	assert_success
	finish service
	assert_data through
	assert_kinds regular
	inside systemctl stop fdpass-relay.service fdpass-keeper.service fdpass-hold.service
	assert_equal "$(inside systemctl --failed --plain --no-legend)" ""
}
