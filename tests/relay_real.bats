#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of relay between existing programs that pass descriptors.

load helpers

# relay_between FRONT BACK [OPTION]...: waits until the socket BACK exists, then starts a relay from FRONT to BACK.
relay_between() {
	local front=$1 back=$2
	shift 2
	wait_until test -S "$back"
	start_ready relay relay "$@" "$front" "$back"
}

tmux_session() {
	tmux -S "$dir/back" new-session -d -s work -x 80 -y 24 sh 3>&- 4>&- 2>/dev/null
}

@test "tmux passes its terminal to the server through a relay" {
	requires tmux script
	export TERM=xterm
	unset TMUX
	start tmux tmux -f /dev/null -S "$dir/back" -D
	wait_until tmux_session
	# tmux treats keys that arrive quickly one after another as pasted text, in which Ctrl-B has no effect.
	tmux -S "$dir/back" set-option -g assume-paste-time 0 3>&- 4>&-
	relay_between "$dir/front" "$dir/back"
	mkfifo "$dir/keys"
	exec 9<>"$dir/keys"
	start client script -qefc "tmux -u -S $dir/front attach" "$dir/screen" <"$dir/keys" 9>&-
	wait_until fdpass_has_line "$dir/screen" 'work'
	printf 'echo $((6 * 7))-seen\r' >&9
	wait_until fdpass_has_line "$dir/screen" '42-seen'
	printf '\002d' >&9
	finish client
	assert_regex "$(fdpass_text "$dir/screen")" 'detached'
	tmux -S "$dir/back" kill-server 3>&- 4>&-
	finish tmux
	exec 9>&-
}

@test "a new haproxy takes over the listening sockets of the old haproxy through a relay" {
	requires haproxy curl
	local address name
	address="127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)):18081"
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
	relay_between "$dir/front" "$dir/old.sock" --json
	start new haproxy -db -f "$dir/new.cfg" -x "$dir/front" -sf "$(pid_of old)"
	wait_until answers "http://$address/" new
	wait_until fdpass_has_line "$dir/relay.out" '"listening":true'
	stop relay
	assert_equal "$stderr" ""
}

@test "QEMU receives a descriptor with getfd over QMP through a relay" {
	requires qemu-system-x86_64
	echo content >"$dir/file"
	start qemu qemu-system-x86_64 -machine none -display none -nodefaults -qmp "unix:$dir/back,server=on,wait=off"
	relay_between "$dir/front" "$dir/back"
	run peer "$dir/front" recv data='{"execute":"qmp_capabilities"}\n' send recv \
	    data='{"execute":"getfd","arguments":{"fdname":"a"}}\n' open="$dir/file" send recv \
	    data='{"execute":"getfd","arguments":{"fdname":"b"}}\n' send recv \
	    data='{"execute":"closefd","arguments":{"fdname":"a"}}\n' send recv \
	    data='{"execute":"quit"}\n' send drain
	assert_success
	assert_regex "${lines[0]}" 'QMP'
	assert_regex "${lines[1]}" '"return": ?\{\}'
	assert_regex "${lines[2]}" '"return": ?\{\}'
	assert_regex "${lines[3]}" '"error"'
	assert_regex "${lines[4]}" '"return": ?\{\}'
	finish qemu
	assert_success
}

@test "a QEMU guest boots from a vhost-user disk through a relay" {
	requires qemu-system-x86_64 qemu-storage-daemon
	# A boot sector that prints "ok" on the debug console and powers the machine off.
	printf '\260o\346\351\260k\346\351\260\n\346\351\372\364' >"$dir/disk"
	truncate -s 510 "$dir/disk"
	printf '\125\252' >>"$dir/disk"
	truncate -s 1M "$dir/disk"
	start disk qemu-storage-daemon --blockdev "driver=file,filename=$dir/disk,node-name=d" \
	    --export "type=vhost-user-blk,id=e,node-name=d,writable=off,addr.type=unix,addr.path=$dir/back"
	relay_between "$dir/front" "$dir/back" --json
	start guest qemu-system-x86_64 -machine q35,memory-backend=m -m 64 -accel tcg -nodefaults -display none -no-reboot \
	    -object memory-backend-memfd,id=m,size=64M,share=on -chardev "socket,id=c,path=$dir/front" \
	    -device vhost-user-blk-pci,chardev=c,bootindex=1,num-queues=1 \
	    -chardev "file,id=o,path=$dir/console" -device isa-debugcon,iobase=0xe9,chardev=o
	wait_until fdpass_has_line "$dir/console" '^ok$'
	stop guest
	stop relay
	assert_equal "$stderr" ""
	assert_equal "$(jq -s '[.[] | select(.direction == "in").ancdata[].fds | select(. != null)[].kind] | index("memfd") != null' <<<"$output")" true
}

@test "D-Bus passes 16 descriptors in one call through a relay" {
	requires dbus-daemon python3
	local i
	cat >"$dir/bus.conf" <<-X
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$dir/back</listen>
		  <auth>EXTERNAL</auth>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
		  </policy>
		</busconfig>
	X
	start bus dbus-daemon --nofork --nopidfile --config-file="$dir/bus.conf"
	relay_between "$dir/front" "$dir/back"
	for i in {1..16}; do
		echo "$i" >"$dir/file$i"
	done
	run timeout 30 /usr/bin/python3 "$BATS_TEST_DIRNAME/peers/dbus16.py" "$dir/front" "$dir/front" "$dir"/file{1..16} 3>&-
	assert_success
	assert_equal "$output" "$(printf '%s\n' "$dir"/file{1..16})"
}

@test "a Wayland compositor and its clients communicate through a relay" {
	requires weston wayland-info weston-simple-shm
	export XDG_RUNTIME_DIR=$dir
	chmod 0700 "$dir"
	start weston weston --backend=headless-backend.so --socket=back --idle-time=0 --no-config
	relay_between "$dir/front" "$dir/back" --json
	run env WAYLAND_DISPLAY=back timeout 30 wayland-info 3>&-
	assert_success
	local direct=$output
	run env WAYLAND_DISPLAY=front timeout 30 wayland-info 3>&-
	assert_success
	assert_equal "$output" "$direct"
	# weston-simple-shm draws to shared memory until it is terminated.
	start shm env WAYLAND_DISPLAY=front WAYLAND_DEBUG=1 weston-simple-shm
	wait_until fdpass_has_line "$dir/shm.err" 'wl_callback[@#][0-9]+.done'
	wait_until fdpass_has_line "$dir/shm.err" 'wl_buffer[@#][0-9]+.release'
	stop shm INT || stop shm TERM
	stop relay
	assert_equal "$stderr" ""
}

@test "OpenSSH sessions share one connection, whose control socket they reach through a relay" {
	requires ssh ssh-keygen
	local sshd port
	sshd=$(command -v sshd || echo /usr/sbin/sshd)
	[[ -x $sshd ]] || skip "sshd is not installed"
	requires_root
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
	relay_between "$dir/front" "$dir/back"
	run timeout 30 "${ssh[@]}" -o ControlPath="$dir/front" -O check root@127.0.0.1 3>&- 4>&-
	assert_success
	assert_regex "$output" 'Master running'
	local i
	for i in 1 2 3 4 5; do
		run timeout 30 "${ssh[@]}" -o ControlPath="$dir/front" root@127.0.0.1 'cat; echo err >&2; exit 7' <<<"session $i" 3>&- 4>&-
		assert_failure 7
		assert_regex "$output" "session $i"
		assert_regex "$output" "err"
	done
	assert_equal "$(grep -c 'Accepted publickey' "$dir/sshd.err")" 1
}
