#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of run --on-demand and run --accept with existing programs. The tests also run most programs in their usual way,
# without fdpass, to verify that the check of the result works.

load helpers

LOAD=${builddir:-$top/build}/tests/peers/load

get() {
	curl -s -m "$FDPASS_LIMIT" --noproxy '*' "$@" 3>&- 4>&-
}

# Prints a free port of the loopback interface, for programs that do not print the port that they chose.
free_address() {
	echo "127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2))"
}

accepts() { # ADDRESS PORT
	(: 5<>"/dev/tcp/$1/$2") 2>/dev/null
}

# activate NAME ARG...: starts "fdpass run -v ARG..." and waits until it is ready. Sets $address and $port to those of
# the first listening socket.
activate() {
	local name=$1
	shift
	start_ready "$name" run -v "$@"
	[[ $(sed -n 's/^fdpass: run: .*-listen:.*: \([0-9.]*:[0-9]*\)$/\1/p' "$dir/$name.err" | head -n 1) =~ (.*):(.*) ]]
	address=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
}

# --- OpenSSH

ssh_files() {
	local shell
	shell=$(getent passwd "$(id -u)" | cut -d : -f 7)
	[[ -x ${shell:-/bin/sh} && $shell != */nologin && $shell != */false ]] || skip "$(id -un) has no shell to log in to"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host" 3>&- 4>&-
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key" 3>&- 4>&-
	cp "$dir/key.pub" "$dir/authorized"
	chmod 600 "$dir/authorized"
	if [[ $(id -u) == 0 && ! -d /run/sshd ]]; then
		mkdir -m 755 /run/sshd
	fi
	cat >"$dir/sshd.conf" <<-X
		HostKey $dir/host
		AuthorizedKeysFile $dir/authorized
		PidFile none
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin prohibit-password
		PrintMotd no
	X
	echo "test $(cut -d ' ' -f 1-2 "$dir/host.pub")" >"$dir/known"
}

log_in() { # ADDRESS PORT COMMAND...
	local address=$1 port=$2
	shift 2
	timeout 60 ssh -F none -p "$port" -i "$dir/key" -o IdentitiesOnly=yes -o BatchMode=yes -o HostKeyAlias=test \
	    -o UserKnownHostsFile="$dir/known" -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o LogLevel=ERROR \
	    "$address" "$@" 3>&- 4>&-
}

@test "--accept starts sshd -i for each of several sessions, which transfer 4 MiB unchanged" {
	requires ssh sshd ssh-keygen getent cmp
	ssh_files
	local sshd
	sshd=$(command -v sshd)
	activate s --accept --inetd tcp-listen:127.0.0.1:0 -- "$sshd" -i -e -f "$dir/sshd.conf"
	run log_in "$address" "$port" 'echo "$SSH_CONNECTION"'
	assert_success
	assert_regex "$output" "^127.0.0.1 [0-9]+ 127.0.0.1 $port\$"
	head -c 4194304 /dev/urandom >"$dir/in"
	local i
	carry() {
		log_in "$address" "$port" cat <"$dir/in" >"$dir/out.$1"
	}
	for i in 1 2 3; do
		start "ssh.$i" carry "$i"
	done
	for i in 1 2 3; do
		finish "ssh.$i"
		assert_success
		cmp "$dir/in" "$dir/out.$i"
	done
	stop s
	# Runs sshd in its usual way, without fdpass.
	address=$(free_address)
	start plain "$sshd" -D -e -f "$dir/sshd.conf" -o ListenAddress="$address:18022"
	wait_until fdpass_has_line "$dir/plain.err" 'Server listening'
	run log_in "$address" 18022 'echo "$SSH_CONNECTION"'
	assert_regex "$output" "^127.* [0-9]+ $address 18022\$"
}

# --- HTTP servers, started on demand, stopped, and started again by the next request

nginx_config() { # LISTEN
	mkdir -p "$dir/www"
	echo "hello from nginx" >"$dir/www/index.html"
	chmod 755 "$dir"
	cat <<-X
		daemon off;
		pid $dir/nginx.pid;
		error_log $dir/error.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			server { listen $1; root $dir/www; }
		}
	X
}

starts_are() { # FILE N
	[[ $(grep -c 'started process' "$1") -ge $2 ]]
}

exits_are() { # FILE N
	[[ $(grep -cE 'process [0-9]+ (exited|was killed)' "$1") -ge $2 ]]
}

# restart_under_requests NAME SIGNAL: sends requests continuously, and meanwhile stops the server of NAME four times
# with SIGNAL.
restart_under_requests() {
	local name=$1 signal=$2 i server
	answers "http://$address:$port/" "$text" || return 1
	(
		failures=0
		while [[ ! -e $dir/enough ]]; do
			answers "http://$address:$port/" "$text" || failures=$((failures + 1))
			echo . >>"$dir/requests"
		done
		echo "$failures" >"$dir/failures"
	) 3>&- 4>&- &
	FDPASS_PIDS[requests]=$!
	for i in 1 2 3 4; do
		wait_until starts_are "$dir/$name.err" "$i"
		server=$(sed -n 's/.*started process //p' "$dir/$name.err" | tail -n 1)
		wait_until has_children "$server"
		kill -s "$signal" "$server"
		wait_until exits_are "$dir/$name.err" "$i"
	done
	wait_until starts_are "$dir/$name.err" 5
	: >"$dir/enough"
	finish requests
	assert_equal "$(cat "$dir/failures")" 0 "failed requests of $(wc -l <"$dir/requests")"
}

has_children() {
	pgrep -P "$1" >/dev/null
}

@test "--on-demand starts nginx at the first request and again after a stop, and no request fails" {
	requires nginx curl pgrep
	text="hello from nginx"
	address=$(free_address) port=18080
	nginx_config "$address:$port" >"$dir/nginx.conf"
	start_ready s run -v --on-demand -k --setenv='NGINX={fd};' "tcp-listen:$address:$port" -- \
	    nginx -e "$dir/error.log" -c "$dir/nginx.conf"
	run ! has_children "$(pid_of s)"
	restart_under_requests s QUIT
	stop s
	assert_failure 143
	# Runs nginx in its usual way, without fdpass.
	start plain nginx -e "$dir/error.log" -c "$dir/nginx.conf"
	wait_until answers "http://$address:$port/" "$text"
	# At SIGTERM, unlike at SIGKILL, nginx terminates its worker processes.
	stop plain
}

@test "--on-demand starts gunicorn at the first request and again after a stop, and no request fails" {
	requires gunicorn curl pgrep
	text="hello from gunicorn"
	cat >"$dir/app.py" <<-'X'
		def application(environ, start):
		    start("200 OK", [("Content-Type", "text/plain"), ("Connection", "close")])
		    return [b"hello from gunicorn"]
	X
	local -a gunicorn=(gunicorn --chdir "$dir" --no-sendfile --worker-tmp-dir "$dir" app:application)
	activate s --on-demand -k tcp-listen:127.0.0.1:0 -- "${gunicorn[@]}"
	restart_under_requests s TERM
	stop s
	assert_failure 143
	# Runs gunicorn in its usual way, without fdpass.
	address=$(free_address)
	start plain "${gunicorn[@]}" -b "$address:18080"
	wait_until answers "http://$address:18080/" "$text"
}

# --- D-Bus

@test "--on-demand starts dbus-daemon for its first client, and again after a stop" {
	requires dbus-daemon dbus-send
	bus() {
		DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/bus timeout "$FDPASS_LIMIT" dbus-send --session --print-reply=literal \
		    --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.DBus 3>&- 4>&-
	}
	start_ready s run -v --on-demand -k "unix-listen:$dir/bus" -- dbus-daemon --session --nofork --nosyslog --address=systemd:
	run bus
	assert_regex "$output" 'boolean true'
	kill "$(sed -n 's/.*started process //p' "$dir/s.err")"
	wait_until exits_are "$dir/s.err" 1
	run bus
	assert_regex "$output" 'boolean true'
	assert_equal "$(grep -c 'started process' "$dir/s.err")" 2
	stop s
	[ ! -e "$dir/bus" ]
	# Runs dbus-daemon in its usual way, without fdpass.
	start plain dbus-daemon --session --nofork --nosyslog --address="unix:path=$dir/bus"
	wait_until listens "$dir/bus"
	run bus
	assert_regex "$output" 'boolean true'
}

# --- systemd-socket-activate

# what_it_gets: a shell script for COMMAND that prints the environment and descriptors it received, without varying
# values.
what_it_gets='{ env | grep -E "^(LISTEN_FDS|REMOTE_ADDR)=" | sort
	[ "${LISTEN_PID-}" != $$ ] || echo mine
	"$1" fds | sed -n "s/^\([0-9]*\) socket:.*/\1 socket/p"; } >"$0.new" 2>&1; mv "$0.new" "$0"'

@test "run passes the same environment and descriptors as systemd-socket-activate" {
	requires systemd-socket-activate
	local mode path
	for mode in '' -a '-a --inetd'; do
		path=$dir/s$((${#mode}))
		# shellcheck disable=SC2086 # word splitting is intended
		start theirs systemd-socket-activate $mode -l "$path" sh -c "$what_it_gets" "$dir/theirs.got" "$PEER"
		wait_until listens "$path"
		run peer "$path" wait
		wait_until test -e "$dir/theirs.got"
		kill "$(pid_of theirs)" 2>/dev/null || true
		finish theirs
		rm -f "$path"
		case $mode in
		'') mode="--on-demand" ;;
		-a) mode="--accept" ;;
		*) mode="--accept --inetd" ;;
		esac
		# shellcheck disable=SC2086
		start_ready ours run $mode "unix-listen:$path" -- sh -c "$what_it_gets" "$dir/ours.got" "$PEER"
		run peer "$path" wait
		wait_until test -e "$dir/ours.got"
		kill "$(pid_of ours)" 2>/dev/null || true
		finish ours
		rm -f "$path"
		assert_regex "$(cat "$dir/theirs.got")" '[03] socket'
		assert_equal "$(cat "$dir/ours.got")" "$(cat "$dir/theirs.got")" "$mode"
		rm "$dir"/*.got
	done
}

@test "--on-demand listen:all and --accept work with sockets from systemd-socket-activate" {
	requires systemd-socket-activate
	start a systemd-socket-activate -l "$dir/a" --fdname=in "$FDPASS" run --on-demand listen:all -- "$PEER" inherited
	wait_until listens "$dir/a"
	run peer "$dir/a"
	finish a
	assert_success
	assert_regex "$output" 'LISTEN_FDNAMES=in'
	assert_regex "$output" 'LISTEN_PID is mine'
	start b systemd-socket-activate -l "$dir/b" --fdname=in "$FDPASS" run --accept --inetd --connections=2 listen:in -- cat
	wait_until listens "$dir/b"
	assert_equal "$(fdpass send -N -d one --reply=- "$dir/b")" one
	assert_equal "$(fdpass send -N -d two --reply=- "$dir/b")" two
	finish b
	assert_success
	# Here, systemd-socket-activate listens on a socket that it received from fdpass run.
	start c "$FDPASS" run "unix-listen:$dir/c=in" -- systemd-socket-activate "$PEER" inherited
	wait_until listens "$dir/c"
	run peer "$dir/c"
	finish c
	assert_regex "$output" '3 socket:'
	assert_regex "$output" 'LISTEN_FDS=1'
}

# --- git, TFTP

@test "git clones from git daemon --inetd" {
	requires git
	[[ -x $(git --exec-path)/git-daemon ]] || skip "git daemon is not installed"
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
	git init -q -b main "$dir/repo" 3>&- 4>&-
	git -C "$dir/repo" -c user.name=n -c user.email=e commit -q --allow-empty -m first 3>&- 4>&-
	git config --file "$dir/config" safe.directory '*'
	export GIT_CONFIG_GLOBAL=$dir/config
	activate s --accept --inetd tcp-listen:127.0.0.1:0 -- git daemon --inetd --export-all --base-path="$dir" "$dir"
	timeout "$FDPASS_LIMIT" git clone -q "git://127.0.0.1:$port/repo" "$dir/clone" 3>&- 4>&-
	assert_equal "$(git -C "$dir/clone" log --format=%s)" first
	stop s
	# Runs git daemon in its usual way, without fdpass.
	address=$(free_address)
	start plain "$(git --exec-path)/git-daemon" --listen="$address" --port=19418 --export-all --base-path="$dir" "$dir"
	wait_until accepts "$address" 19418
	timeout "$FDPASS_LIMIT" git clone -q "git://$address:19418/repo" "$dir/clone2" 3>&- 4>&-
	assert_equal "$(git -C "$dir/clone2" log --format=%s)" first
}

@test "--on-demand starts in.tftpd, a UDP service for inetd, at the first datagram and again after in.tftpd has exited" {
	requires in.tftpd curl
	requires_root
	curl -V | grep -q tftp || skip "this curl does not support TFTP"
	mkdir "$dir/files"
	chmod 755 "$dir" "$dir/files"
	echo "hello from tftpd" >"$dir/files/file"
	# tftpd-hpa 5.2+20240610 ignores the first request and serves its retransmission. With a limit of 5 seconds,
	# curl retransmits after one second.
	activate s --on-demand -k --inetd udp-listen:127.0.0.1:0 -- in.tftpd -u root -t 4 -s "$dir/files"
	assert_equal "$(get -m 5 "tftp://127.0.0.1:$port/file")" "hello from tftpd"
	wait_until exits_are "$dir/s.err" 1
	assert_equal "$(get -m 5 "tftp://127.0.0.1:$port/file")" "hello from tftpd"
	stop s
	# Runs in.tftpd in its usual way, without fdpass.
	address=$(free_address)
	start plain in.tftpd -L -u root -a "$address:18069" -s "$dir/files"
	wait_until answers "tftp://$address:18069/file" "hello from tftpd"
}

# --- two processes on one socket

@test "if two processes of run --accept share a socket, every connection is served while one process is stopped" {
	requires python3
	cat >"$dir/crowd.py" <<-'END'
		import socket, sys
		for i in range(int(sys.argv[2])):
		    connection = socket.socket(socket.AF_UNIX)
		    connection.connect(sys.argv[1])
		    assert connection.recv(10) == b"served\n"
	END
	start s "$FDPASS" run "unix-listen:$dir/s" -- sh -c '
		for i in 1 2 3; do
			"$0" run --accept --inetd 3 -- sh -c "echo served" 4>&- &
			echo $! >>"$1/pids"
		done
		: >"$1/started"
		wait' "$FDPASS" "$dir"
	wait_until test -e "$dir/started"
	run timeout 60 python3 "$dir/crowd.py" "$dir/s" 300
	assert_success
	local -a pids
	mapfile -t pids <"$dir/pids"
	kill "${pids[@]}"
	finish s
	assert_success
}
