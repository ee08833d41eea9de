#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of watch with existing programs, which must work as without watch. watch must show the same messages as relay.

load helpers

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	not_under valgrind "executes the command, which is then traced"
	not_under qemu "does not support ptrace"
}

# watched OPTION... -- COMMAND...: runs COMMAND under watch, whose output goes to $dir/shown.
watched() {
	timeout -s KILL "$FDPASS_LIMIT" "$FDPASS" watch --json --output="$dir/shown" "$@" 3>&- 4>&-
}

# passed DIRECTION FILE: prints kind, access, link and offset of each descriptor in FILE that was passed in DIRECTION,
# in order.
passed() {
	jq -r --arg d "$1" 'select(.direction == $d).ancdata[].fds[]? | [.kind, .access, .link, .offset] | join(" ")' "$2"
}

# facts DIRECTION FILE: prints the same as the function passed, but omits the offset, because a process can change it.
facts() {
	passed "$1" "$2" | cut -d ' ' -f 1-3
}

# attach PID...: attaches watch to these processes, as the background command "watch".
attach() {
	start_ready watch watch --json "$@"
}

has_passed() { # DIRECTION COUNT [FILE]
	[[ $(jq -s --arg d "$1" '[.[] | select(.direction == $d).ancdata[].fds[]?] | length' "${3-$dir/watch.out}" 2>/dev/null) -ge $2 ]]
}

@test "tmux: watch shows the passed descriptors at the client and at the server, as relay does" {
	requires tmux script
	export TERM=xterm
	unset TMUX
	start tmux tmux -f /dev/null -S "$dir/back" -D
	wait_until tmux -N -S "$dir/back" new-session -d -s work -x 80 -y 24 cat 3>&- 4>&-
	start_ready relay relay --json "$dir/front" "$dir/back"
	attach "$(pid_of tmux)"
	watched -- tmux -S "$dir/front" list-sessions >"$dir/listed"
	assert_regex "$(<"$dir/listed")" '^work: 1 windows'
	wait_until has_passed received 2
	stop watch
	stop relay
	assert_equal "$(facts sent "$dir/shown" | wc -l)" 2
	assert_equal "$(facts sent "$dir/shown")" "$(facts received "$dir/watch.out")"
	assert_equal "$(facts sent "$dir/shown")" "$(facts in "$dir/relay.out")"
	assert_regex "$(jq -r .comm "$dir/shown" | sort -u)" '^tmux'
	tmux -S "$dir/back" kill-server 3>&- 4>&-
	finish tmux
	assert_success
}

@test "dbus-daemon: watch attaches to the running daemon and shows 16 descriptors in one call, as relay does" {
	requires dbus-daemon
	local i
	cat >"$dir/bus.conf" <<-X
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$dir/bus</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
		  </policy>
		</busconfig>
	X
	start bus dbus-daemon --nofork --nopidfile --config-file="$dir/bus.conf"
	wait_until test -S "$dir/bus"
	for i in {1..16}; do
		echo "$i" >"$dir/file$i"
	done
	start_ready relay relay --json "$dir/front" "$dir/bus"
	attach "$(pid_of bus)"
	run timeout 30 /usr/bin/python3 "$BATS_TEST_DIRNAME/peers/dbus16.py" "$dir/front" "$dir/front" "$dir"/file{1..16} 3>&-
	assert_success
	stop relay
	stop watch
	assert_equal "$(passed received "$dir/watch.out")" "$(passed in "$dir/relay.out")"
	assert_equal "$(passed sent "$dir/watch.out")" "$(passed out "$dir/relay.out")"
	assert_equal "$(jq -r 'select(.direction == "received").ancdata[].fds[]?.path' <<<"$output")" "$(printf '%s\n' "$dir"/file{1..16})"
	assert_equal "$(jq -r 'select(.direction == "sent").ancdata[].fds[]?.path' <<<"$output")" "$(printf '%s\n' "$dir"/file{1..16})"
	assert_equal "$(jq -r .comm <<<"$output" | sort -u)" dbus-daemon
	stop bus
}

@test "busctl: watch --all shows the messages that busctl sends to the bus" {
	requires dbus-run-session busctl
	watched --all -- dbus-run-session -- busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetId \
	    >"$dir/answer" 2>"$dir/err"
	assert_regex "$(<"$dir/answer")" '^s "[0-9a-f]{32}"$'
	[[ $(jq -s '[.[] | select(.comm == "busctl" and .direction == "sent")] | length' "$dir/shown") -gt 0 ]]
}

@test "OpenSSH: watch shows, as relay does, that a client of a shared connection passes its standard streams" {
	requires ssh ssh-keygen sshd
	requires_root
	local sshd port
	sshd=$(command -v sshd)
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	cp "$dir/key.pub" "$dir/authorized"
	port=$((20000 + RANDOM % 10000))
	start sshd "$sshd" -D -e -f /dev/null -p "$port" -h "$dir/host" -o ListenAddress=127.0.0.1 -o PidFile=none \
	    -o AuthorizedKeysFile="$dir/authorized" -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes
	wait_until fdpass_has_line "$dir/sshd.err" 'listening'
	local -a ssh=(ssh -F none -p "$port" -o UserKnownHostsFile="$dir/known" -o StrictHostKeyChecking=no -o BatchMode=yes
	    -o LogLevel=ERROR -i "$dir/key")
	start master "${ssh[@]}" -M -N -o ControlPath="$dir/back" root@127.0.0.1
	wait_until test -S "$dir/back"
	start_ready relay relay --json "$dir/front" "$dir/back"
	attach "$(pid_of master)"
	echo session >"$dir/in"
	run watched -- "${ssh[@]}" -o ControlPath="$dir/front" root@127.0.0.1 'cat; exit 7' <"$dir/in"
	assert_failure 7
	assert_regex "$output" 'session'
	stop watch
	stop relay
	assert_equal "$(facts received "$dir/watch.out" | wc -l)" 3
	assert_equal "$(facts received "$dir/watch.out")" "$(facts sent "$dir/shown")"
	assert_equal "$(facts in "$dir/relay.out")" "$(facts sent "$dir/shown")"
	assert_regex "$(passed sent "$dir/shown" | head -1)" "^regular r $dir/in"
}

@test "systemd-notify: watch shows the credentials of the message" {
	requires systemd-notify
	run watched -- python3 - <<-'END'
	import os, socket, subprocess
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(b"\0fdpass-notify-%d" % os.getpid())
	s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
	p = subprocess.Popen(["systemd-notify", "--ready", "--no-block"],
	                     env=dict(os.environ, NOTIFY_SOCKET="@fdpass-notify-%d" % os.getpid()))
	data, ancdata, _, _ = s.recvmsg(100, 1000)
	print(data, p.wait())
	END
	assert_success
	assert_equal "$output" "b'READY=1' 0"
	assert_json 'select(.direction == "received") | [.comm, .data, (.ancdata[].credentials | .uid)] | join(",")' \
	    "python3,READY=1,$(id -u)" "$(<"$dir/shown")"
}

@test "systemd-notify: watch and relay show the same credentials" {
	requires systemd-notify
	# If root runs systemd-notify, it sends the credentials of its parent process. For other users, it sends none,
	# because they may send only their own credentials.
	requires_root
	start recv "$FDPASS" recv --json --creds -t dgram --messages=1 --ready-fd=2 "$dir/back"
	wait_until fdpass_has_line "$dir/recv.err" '^$'
	start_ready relay relay -t dgram --json "$dir/front" "$dir/back"
	NOTIFY_SOCKET=$dir/front watched -- systemd-notify --ready --no-block
	finish recv
	stop relay
	assert_equal "$(jq -r '.ancdata[].credentials | join(",")' "$dir/shown")" "$(jq -r '.ancdata[].credentials | join(",")' "$dir/relay.out")"
	assert_equal "$(jq -r .data "$dir/shown")" "$(jq -r .data "$dir/relay.out")"
	assert_equal "$(jq -r .data "$dir/relay.out")" READY=1
}

@test "haproxy: watch shows the listening sockets that a new haproxy takes over, at both ends, as relay does" {
	requires haproxy curl
	local address name
	address="127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)):18082"
	for name in old new; do
		cat >"$dir/$name.cfg" <<-X
			global
			  stats socket $dir/$name.sock mode 600 level admin expose-fd listeners
			  hard-stop-after 1s
			defaults
			  mode http
			  timeout connect 5s
			  timeout client 5s
			  timeout server 5s
			frontend f
			  bind $address
			  http-request return status 200 content-type text/plain string "$name"
		X
	done
	start old haproxy -db -f "$dir/old.cfg"
	wait_until answers "http://$address/" old
	start_ready relay relay --json "$dir/front" "$dir/old.sock"
	attach "$(pid_of old)"
	start new "$FDPASS" watch --json --output="$dir/shown" -- haproxy -db -f "$dir/new.cfg" -x "$dir/front" -sf "$(pid_of old)"
	wait_until answers "http://$address/" new
	wait_until has_passed received 2 "$dir/shown"
	# The old haproxy exits when the new haproxy has taken over. watch exits after the old haproxy.
	finish watch
	stop new TERM || true
	stop relay
	assert_equal "$(facts sent "$dir/watch.out")" "$(facts out "$dir/relay.out")"
	assert_equal "$(facts received "$dir/shown")" "$(facts out "$dir/relay.out")"
	assert_regex "$(jq -r '.ancdata[].fds[]?.socket.listening' "$dir/watch.out" | sort -u)" '^true$'
}

@test "QEMU: watch shows the descriptor that a getfd command passes, as relay does" {
	# Newer versions of QEMU use io_uring, about which watch prints a warning.
	expects_messages
	requires qemu-system-x86_64
	echo content >"$dir/file"
	start qemu qemu-system-x86_64 -machine none -display none -nodefaults -qmp "unix:$dir/back,server=on,wait=off"
	wait_until test -S "$dir/back"
	start_ready relay relay --json "$dir/front" "$dir/back"
	attach "$(pid_of qemu)"
	run peer "$dir/front" recv data='{"execute":"qmp_capabilities"}\n' send recv \
	    data='{"execute":"getfd","arguments":{"fdname":"a"}}\n' open="$dir/file" send recv \
	    data='{"execute":"quit"}\n' send drain
	assert_success
	finish qemu
	finish watch
	stop relay
	assert_equal "$(passed received "$dir/watch.out")" "regular r $dir/file 0"
	assert_equal "$(passed received "$dir/watch.out")" "$(passed in "$dir/relay.out")"
}

# is_complete: succeeds if watch has shown as many descriptors at each end as relay.
is_complete() {
	local n
	n=$(facts in "$dir/relay.out" | wc -l)
	((n > 3 && n == $(facts sent "$dir/shown" | wc -l) && n == $(facts received "$dir/watch.out" | wc -l)))
}

@test "QEMU: watch shows the memfds and eventfds of a vhost-user disk at both ends, as relay does" {
	# QEMU uses io_uring, about which watch prints a warning.
	expects_messages
	requires qemu-system-x86_64 qemu-storage-daemon
	# A boot sector that prints "ok" on the debug console and switches the machine off.
	printf '\260o\346\351\260k\346\351\260\n\346\351\372\364' >"$dir/disk"
	truncate -s 510 "$dir/disk"
	printf '\125\252' >>"$dir/disk"
	truncate -s 1M "$dir/disk"
	start disk qemu-storage-daemon --blockdev "driver=file,filename=$dir/disk,node-name=d" \
	    --export "type=vhost-user-blk,id=e,node-name=d,writable=off,addr.type=unix,addr.path=$dir/back"
	wait_until test -S "$dir/back"
	start_ready relay relay --json "$dir/front" "$dir/back"
	attach "$(pid_of disk)"
	start guest "$FDPASS" watch --json --output="$dir/shown" -- \
	    qemu-system-x86_64 -machine q35,memory-backend=m -m 64 -accel tcg -nodefaults -display none -no-reboot \
	    -object memory-backend-memfd,id=m,size=64M,share=on -chardev "socket,id=c,path=$dir/front" \
	    -device vhost-user-blk-pci,chardev=c,bootindex=1,num-queues=1 \
	    -chardev "file,id=o,path=$dir/console" -device isa-debugcon,iobase=0xe9,chardev=o
	wait_until fdpass_has_line "$dir/console" '^ok$'
	wait_until is_complete
	stop guest
	stop relay
	stop watch
	stop disk
	assert_equal "$(facts sent "$dir/shown")" "$(facts in "$dir/relay.out")"
	assert_equal "$(facts received "$dir/watch.out")" "$(facts in "$dir/relay.out")"
	assert_regex "$(facts in "$dir/relay.out" | cut -d ' ' -f 1 | sort -u | xargs)" '^eventfd memfd'
}

@test "node: watch shows the listening socket that a server passes to a child process" {
	expects_messages
	requires node
	cat >"$dir/pass.js" <<-'END'
	const { fork } = require('child_process'), net = require('net');
	if (process.argv[2] === 'child') {
	    process.on('message', (m, h) => { console.log('got', m, h !== undefined); h.close(); process.exit(0); });
	} else {
	    const s = net.createServer().listen(0, '127.0.0.1', () => {
	        const c = fork(__filename, ['child']);
	        c.send('server', s);
	        c.on('exit', () => s.close());
	    });
	}
	END
	run --separate-stderr watched -- node "$dir/pass.js"
	assert_success
	assert_equal "$output" "got server true"
	# Some versions of libuv use io_uring, which watch reports once for each process.
	assert_equal "$(grep -v 'process [0-9]* (.*) uses io_uring; ' <<<"$stderr" || true)" ""
	assert_equal "$(sort <<<"$stderr" | uniq -d)" ""
	assert_equal "$(jq -r '.direction + " " + (.ancdata[].fds[] | .kind + " " + (.socket.listening | tostring))' "$dir/shown")" \
	    $'sent socket true\nreceived socket true'
}

@test "Python: watch shows the descriptors that multiprocessing passes to its fork server" {
	cat >"$dir/pass.py" <<-'END'
	import multiprocessing, socket

	def child(connection):
	    print("got", connection.recv().fileno() > 0)

	if __name__ == "__main__":
	    multiprocessing.set_start_method("forkserver")
	    a, b = multiprocessing.Pipe()
	    p = multiprocessing.Process(target=child, args=(b,))
	    p.start()
	    a.send(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
	    p.join()
	    print("ended", p.exitcode)
	END
	run watched -- python3 "$dir/pass.py"
	assert_success
	assert_equal "$output" $'got True\nended 0'
	assert_regex "$(jq -r '.ancdata[].fds[] | [.kind, .socket.family, .socket.type] | join(" ")' "$dir/shown")" 'socket AF_INET SOCK_DGRAM'
	assert_equal "$(passed sent "$dir/shown" | cut -d' ' -f1-3 | sort)" "$(passed received "$dir/shown" | cut -d' ' -f1-3 | sort)"
}

@test "Wayland: watch shows the memory pools of a client and the keymap of the compositor at both ends" {
	requires weston weston-simple-shm
	export XDG_RUNTIME_DIR=$dir
	chmod 0700 "$dir"
	start weston weston --backend=headless-backend.so --socket=back --idle-time=0 --no-config
	wait_until test -S "$dir/back"
	start_ready relay relay --json "$dir/front" "$dir/back"
	start shm env WAYLAND_DISPLAY=front WAYLAND_DEBUG=1 "$FDPASS" watch --json --output="$dir/shown" -- weston-simple-shm
	wait_until fdpass_has_line "$dir/shm.err" 'wl_buffer[@#][0-9]+.release'
	stop shm INT || stop shm TERM
	stop relay
	passed sent "$dir/shown" >"$dir/client"
	[[ -s $dir/client ]]
	assert_equal "$(cut -d' ' -f1,2 "$dir/client")" "$(passed in "$dir/relay.out" | cut -d' ' -f1,2)"
}

@test "PipeWire: watch shows the memfds and eventfds of a stream, as relay does" {
	requires pipewire pw-cat
	export XDG_RUNTIME_DIR=$dir
	chmod 0700 "$dir"
	python3 -c 'import sys, wave
with wave.open(sys.argv[1], "wb") as w:
    w.setnchannels(2), w.setsampwidth(2), w.setframerate(48000), w.writeframes(bytes(4800))' "$dir/silence.wav"
	start pipewire pipewire
	wait_until test -S "$dir/pipewire-0"
	attach "$(pid_of pipewire)"
	start_ready relay relay --json "$dir/front" "$dir/pipewire-0"
	start client env PIPEWIRE_REMOTE=front "$FDPASS" watch --json --output="$dir/shown" -- pw-cat -p "$dir/silence.wav"
	wait_until has_passed received 3 "$dir/shown"
	wait_until has_passed sent 3
	stop client INT
	stop relay
	stop watch
	passed received "$dir/shown" >"$dir/client"
	assert_regex "$(cut -d' ' -f1 "$dir/client" | sort -u)" 'memfd'
	assert_regex "$(cut -d' ' -f1 "$dir/client" | sort -u)" 'eventfd'
	assert_equal "$(cut -d' ' -f1,2 "$dir/client")" "$(passed sent "$dir/watch.out" | cut -d' ' -f1,2)"
	assert_equal "$(cut -d' ' -f1,2 "$dir/client")" "$(passed out "$dir/relay.out" | cut -d' ' -f1,2)"
	stop pipewire
}
