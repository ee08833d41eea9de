#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of send and run with existing programs: OpenSSH, libsystemd, QEMU and web servers.

load helpers

LOAD=${builddir:-$top/build}/tests/peers/load
WEB=${builddir:-$top/build}/tests/peers/web

# serve NAME ARG...: runs "fdpass run --verbose ARG..." in the background. Sets $address and $port to those of its
# listening socket.
serve() {
	local name=$1
	shift
	start "$name" "$FDPASS" run --verbose "$@"
	wait_until fdpass_has_line "$dir/$name.err" '^fdpass: run: tcp-listen:.*: 127'
	[[ $(grep -m 1 '^fdpass: run: tcp-listen:' "$dir/$name.err") =~ (127[0-9.]+):([0-9]+)$ ]]
	address=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
}

# --- OpenSSH

# ssh_ready: starts an SSH server at $address, with its own keys and a configuration for client and server.
ssh_ready() {
	requires ssh sshd ssh-keygen getent
	local shell
	shell=$(getent passwd "$(id -u)" | cut -d : -f 7)
	[[ -x ${shell:-/bin/sh} && $shell != */nologin && $shell != */false ]] || skip "$(id -un) has no shell to log in to"
	address=$(own_address)
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host" 3>&- 4>&-
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key" 3>&- 4>&-
	cp "$dir/key.pub" "$dir/authorized"
	chmod 600 "$dir/authorized"
	if [[ $(id -u) == 0 && ! -d /run/sshd ]]; then
		mkdir -m 755 /run/sshd
	fi
	cat >"$dir/sshd.conf" <<-X
		ListenAddress $address:18022
		HostKey $dir/host
		AuthorizedKeysFile $dir/authorized
		PidFile $dir/sshd.pid
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin prohibit-password
		PrintMotd no
	X
	cat >"$dir/ssh.conf" <<-X
		Host *
		Port 18022
		User $(id -un)
		IdentityFile $dir/key
		IdentitiesOnly yes
		BatchMode yes
		UserKnownHostsFile $dir/known
		GlobalKnownHostsFile /dev/null
		StrictHostKeyChecking yes
		LogLevel ERROR
		ProxyUseFdpass yes
		ProxyCommand $FDPASS send -c fd:1 tcp:%h:%p
	X
	echo "[$address]:18022 $(cut -d ' ' -f 1-2 "$dir/host.pub")" >"$dir/known"
	start sshd "$(command -v sshd)" -D -e -f "$dir/sshd.conf"
	wait_until fdpass_has_line "$dir/sshd.err" 'Server listening'
}

@test "ssh logs in through ProxyUseFdpass and transfers 8 MiB in both directions unchanged" {
	local address
	ssh_ready
	head -c 8388608 /dev/urandom >"$dir/in"
	run --separate-stderr timeout 60 bash -c 'ssh -F "$1/ssh.conf" "$2" cat <"$1/in" >"$1/out"' bash "$dir" "$address" 3>&- 4>&-
	assert_success
	assert_equal "$stderr" ""
	cmp "$dir/in" "$dir/out"
}

@test "ssh uses the passed connection after fdpass has exited" {
	local address
	ssh_ready
	run --separate-stderr timeout 60 ssh -F "$dir/ssh.conf" "$address" \
	    'echo "$SSH_CONNECTION"; pgrep -f "send -c fd:1 tcp:[1]" || echo gone' 3>&- 4>&-
	assert_success
	assert_regex "${lines[0]}" "^127[0-9.]+ [0-9]+ $address 18022\$"
	assert_equal "${lines[-1]}" gone
	# Without a server, fdpass cannot connect, and ssh prints the error of fdpass.
	stop sshd
	run --separate-stderr timeout 60 ssh -F "$dir/ssh.conf" "$address" true 3>&- 4>&-
	assert_failure 255
	assert_regex "$stderr" "fdpass: send: tcp:$address:18022: connect to $address:18022: Connection refused"
}

@test "recv receives the connected socket that nc -F passes" {
	requires nc python3
	nc -h 2>&1 | grep -q -e '-F' || skip "this nc does not support -F"
	local address port
	serve web tcp-listen:127.0.0.1:0=web -- "$WEB" "hello through nc"
	# nc sets the socket to non-blocking mode; settimeout() makes Python wait nevertheless.
	cat >"$dir/ask" <<-'END'
		import socket
		connection = socket.socket(fileno=5)
		connection.settimeout(20)
		connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
		print(connection.makefile().read())
	END
	# nc requires a socket as its standard output, here one end of a socket pair whose other end belongs to recv.
	run --separate-stderr clean "$FDPASS" run --fd=8 --fd=9 socketpair: -- sh -c \
	    'nc -F "$1" "$2" >&8 8>&- 9>&- & exec "$0" recv --fd=5 fd:9 python3 "$3" 8>&-' "$FDPASS" "$address" "$port" "$dir/ask"
	assert_success
	assert_regex "$output" 'hello through nc'
}

# --- systemd

# notify_receiver ADDRESS [creds]: starts a receiver without fdpass, which prints two datagrams and the inodes of their
# descriptors.
notify_receiver() {
	requires python3
	cat >"$dir/notified.py" <<-'END'
		import os, socket, struct, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		if "creds" in sys.argv:
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
		print("bound", flush=True)
		for i in range(2):
		    data, control, flags, address = s.recvmsg(4096, 4096)
		    print(data, flags, address)
		    for level, kind, value in control:
		        if kind == socket.SCM_RIGHTS:
		            fds = struct.unpack("%di" % (len(value) // 4), value)
		            print("rights", [(os.fstat(fd).st_dev, os.fstat(fd).st_ino) for fd in fds])
		        else:
		            print(level, kind, struct.unpack("3i", value)[1:])
		    print("--")
	END
	start n python3 "$dir/notified.py" "$1" ${2+"$2"}
	wait_until fdpass_has_line "$dir/n.out" bound
}

# libsystemd_sends TEXT FD...: sends TEXT and descriptors with sd_pid_notify_with_fds(3).
libsystemd_sends() {
	python3 - "$@" <<-'END'
		import ctypes, sys
		sd = ctypes.CDLL("libsystemd.so.0")
		fds = (ctypes.c_int * (len(sys.argv) - 2))(*map(int, sys.argv[2:]))
		sys.exit(sd.sd_pid_notify_with_fds(0, 0, sys.argv[1].encode(), fds, len(fds)) != 1)
	END
}

@test "send stores a descriptor with the message that libsystemd sends" {
	python3 -c 'import ctypes; ctypes.CDLL("libsystemd.so.0")' 2>/dev/null || skip "libsystemd is not installed"
	local address
	for address in "$dir/notify" "@$dir/notify"; do
		[[ $address != @* ]] || sed -i 's/s.bind(sys.argv\[1\])/s.bind("\\0" + sys.argv[1][1:])/' "$dir/notified.py"
		if [[ $address == @* ]]; then
			start n python3 "$dir/notified.py" "$address" creds
			wait_until fdpass_has_line "$dir/n.out" bound
		else
			notify_receiver "$address" creds
		fi
		exec 7</etc/passwd
		NOTIFY_SOCKET=$address libsystemd_sends $'FDSTORE=1\nFDNAME=x' 7
		NOTIFY_SOCKET=$address run --separate-stderr fdpass send -t dgram --data=$'FDSTORE=1\nFDNAME=x' env:NOTIFY_SOCKET 7
		exec 7<&-
		assert_success
		finish n
		assert_success
		local theirs ours
		theirs=$(sed -n '/bound/d; /^--/q; p' <<<"$output")
		ours=$(sed '1,/^--/d; /^--/d' <<<"$output")
		assert_equal "$ours" "$theirs"
		assert_regex "$ours" 'FDSTORE=1.nFDNAME=x'
		assert_regex "$ours" 'rights'
	done
}

@test "send uses a datagram socket if the notification socket is a datagram socket" {
	notify_receiver "$dir/notify"
	NOTIFY_SOCKET=$dir/notify run --separate-stderr fdpass send -d FDSTORE=1 env:NOTIFY_SOCKET 0 0
	assert_success
	NOTIFY_SOCKET=$dir/notify run --separate-stderr fdpass send -d FDSTOREREMOVE=1 env:NOTIFY_SOCKET
	assert_success
	finish n
	assert_regex "${lines[1]}" "b'FDSTORE=1'"
	assert_regex "${lines[2]}" 'rights .*, .*\)'
	assert_regex "${lines[4]}" "b'FDSTOREREMOVE=1'"
	unset NOTIFY_SOCKET
	run --separate-stderr fdpass send -d FDSTORE=1 env:NOTIFY_SOCKET 0
	assert_error 125 'NOTIFY_SOCKET'
}

@test "systemd-socket-proxyd accepts connections on a listening socket from send" {
	requires curl
	local proxyd=/lib/systemd/systemd-socket-proxyd address port
	[ -x $proxyd ] || skip "systemd-socket-proxyd is not installed"
	serve backend tcp-listen:127.0.0.1:0 -- "$WEB" "from the backend"
	local backend=$address:$port
	serve front tcp-listen:127.0.0.1:0=front -- $proxyd "$backend"
	wait_until answers "http://$address:$port/" "from the backend"
}

# --- QEMU

# qemu_ready: starts a virtual machine without devices, with its monitor at $dir/qmp.
qemu_ready() {
	requires qemu-system-x86_64
	start qemu qemu-system-x86_64 -machine none -display none -nodefaults -qmp "unix:$dir/qmp,server=on,wait=off"
	truncate -s 3M "$dir/disk"
}

# results: prints the replies in $output, without the greeting, one per line.
results() {
	jq -c 'select(has("QMP") | not)' <<<"$output"
}

@test "send --reply passes descriptors to QEMU with getfd and add-fd" {
	qemu_ready
	run --separate-stderr fdpass send -c --wait -N --reply=- -w 20 \
	    -d '{"execute":"qmp_capabilities"} {"execute":"getfd","arguments":{"fdname":"mine"}}' "$dir/qmp" "$dir/disk"
	assert_success
	assert_equal "$(jq -s 'any(.[]; has("QMP"))' <<<"$output")" true
	assert_equal "$(results)" $'{"return":{}}\n{"return":{}}'
	# QEMU replies with an error to an add-fd without a descriptor.
	run --separate-stderr fdpass send -N --reply=- -w 20 \
	    -d '{"execute":"qmp_capabilities"} {"execute":"add-fd","arguments":{"fdset-id":7}}' "$dir/qmp"
	assert_success
	assert_regex "$(results)" '"error"'
	# QEMU accepts an add-fd with a descriptor and uses the descriptor: it reports the size of the file as the image
	# size.
	cat >"$dir/commands" <<-'END'
		{"execute":"qmp_capabilities"}
		{"execute":"add-fd","arguments":{"fdset-id":7,"opaque":"rw:disk"}}
		{"execute":"blockdev-add","arguments":{"driver":"raw","node-name":"d0",
		    "file":{"driver":"file","filename":"/dev/fdset/7"}}}
		{"execute":"query-named-block-nodes","arguments":{"flat":true}}
	END
	run --separate-stderr fdpass send -N --reply=- -w 20 -d "@$dir/commands" "$dir/qmp" "rw:$dir/disk"
	assert_success
	assert_equal "$(results | jq -r '.return."fdset-id"? // empty')" 7
	assert_equal "$(results | jq -r '.return | arrays | .[] | select(.drv == "raw").image."virtual-size"')" 3145728
	refute_regex "$(results)" '"error"'
	stop qemu
}

@test "a script sends a descriptor to QEMU over a connection opened by run" {
	qemu_ready
	cat >"$dir/talk" <<-'END'
		execute() { # COMMAND [DESCRIPTOR]: sends COMMAND and DESCRIPTOR, and prints the reply
			command=$1
			shift
			"$FDPASS" send -d "$command" fd:9 "$@" && IFS= read -r answer <&9 && echo "$answer"
		}
		IFS= read -r greeting <&9
		echo "$greeting"
		execute '{"execute":"qmp_capabilities"}'
		execute '{"execute":"add-fd","arguments":{"fdset-id":3}}' "$1"
		execute '{"execute":"add-fd","arguments":{"fdset-id":3}}' "rw:$1"
		execute '{"execute":"getfd","arguments":{"fdname":"x"}}' socketpair:
		execute '{"execute":"query-fdsets"}'
		execute '{"execute":"quit"}'
	END
	wait_until test -S "$dir/qmp"
	run --separate-stderr timeout 30 "$FDPASS" run --fd=9 "unix:$dir/qmp" -- sh "$dir/talk" "$dir/disk" 3>&- 4>&-
	assert_success
	assert_equal "$(jq -s 'any(.[]; has("QMP"))' <<<"$output")" true
	assert_equal "$(jq -c '.return | arrays | .[0].fds | length' <<<"$output")" 2
	assert_equal "$(jq -c '.error? // empty' <<<"$output")" ""
	finish qemu
}

# --- servers that are started with a listening socket

@test "run starts gunicorn with a listening socket" {
	expects_messages
	requires gunicorn curl
	local address port
	gunicorn_app
	serve g tcp-listen:127.0.0.1:0=web -- gunicorn --chdir "$dir" --no-sendfile --worker-tmp-dir "$dir" app:application
	wait_until answers "http://$address:$port/" "from gunicorn"
	stop g
	assert_success
}

gunicorn_app() {
	cat >"$dir/app.py" <<-'END'
		import os
		def application(environ, start):
		    start("200 OK", [("Content-Type", "text/plain")])
		    return [b"from gunicorn" + os.environb.get(b"GENERATION", b"")]
	END
}

nginx_config() { # LISTEN
	mkdir -p "$dir/www"
	echo "from nginx" >"$dir/www/index.html"
	chmod 755 "$dir" "$dir/www"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		pid $dir/nginx.pid;
		error_log $dir/nginx.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $dir/t1;
			proxy_temp_path $dir/t2;
			fastcgi_temp_path $dir/t3;
			uwsgi_temp_path $dir/t4;
			scgi_temp_path $dir/t5;
			server { listen $1; root $dir/www; }
		}
	END
}

@test "run starts nginx with a listening socket and --setenv" {
	requires nginx curl
	local address
	address=$(own_address):18081
	nginx_config "$address"
	start n "$FDPASS" run --setenv='NGINX={fd};' "tcp-listen:$address=web" -- nginx -e "$dir/nginx.log" -c "$dir/nginx.conf"
	wait_until answers "http://$address/" "from nginx"
	# nginx uses the passed socket, and has not bound another one itself.
	assert_regex "$(cat "$dir/nginx.log")" 'using inherited sockets from "3;"'
	stop n
	assert_success
}

@test "run starts haproxy with a listening socket as fd@3" {
	requires haproxy curl
	local address port
	cat >"$dir/h.cfg" <<-'END'
		global
			hard-stop-after 1s
		defaults
			mode http
			timeout connect 5s
			timeout client 5s
			timeout server 5s
		frontend f
			bind fd@3
			http-request return status 200 content-type text/plain string "from haproxy"
	END
	serve h tcp-listen:127.0.0.1:0 -- haproxy -db -f "$dir/h.cfg"
	wait_until answers "http://$address:$port/" "from haproxy"
}

@test "run starts a Python server that reads LISTEN_FDS, for IPv4 and IPv6" {
	requires python3 curl
	grep -q . /proc/net/if_inet6 2>/dev/null || skip "IPv6 is not available"
	start p "$FDPASS" run --verbose 'tcp-listen:[::1]:0=web' -- python3 -c '
import http.server, os, socket
assert os.environ["LISTEN_FDS"] == "1" and os.environ["LISTEN_PID"] == str(os.getpid())
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from python")
server = http.server.HTTPServer(("", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=3)
server.serve_forever()'
	wait_until fdpass_has_line "$dir/p.err" '\[::1\]:[1-9]'
	local at
	at=$(grep -oE '\[::1\]:[0-9]+$' "$dir/p.err")
	wait_until answers "http://$at/" "from python"
}

# --- the socket of a running server

# listening_at PID PORT: prints the descriptor number of the socket of PID that listens on PORT.
listening_at() {
	local fd inode
	inode=$(awk -v port="$(printf ':%04X$' "$2")" '$2 ~ port && $4 == "0A" { print $10 }' /proc/net/tcp)
	for fd in /proc/"$1"/fd/*; do
		if [[ $(readlink "$fd") == "socket:[$inode]" ]]; then
			echo "${fd##*/}"
			return
		fi
	done
}

# has_become PID: succeeds if process PID has executed another program and no longer runs fdpass.
has_become() {
	[[ $(cat "/proc/$1/comm") != fdpass ]]
}

# taken_over NAME COMMAND...: while clients continuously send requests to $address:$port, starts COMMAND with the socket
# of server NAME (by pid:PID:FD) and terminates NAME. No request may fail.
taken_over() {
	local name=$1 pid served
	shift
	pid=$(pid_of "$name")
	start load "$LOAD" "$address" "$port" 8 50
	wait_until fdpass_has_line "$dir/load.out" '^500 done'
	start second "$FDPASS" run "pid:$pid:$(listening_at "$pid" "$port")=web" -- "$@"
	# The new server has the socket once run has executed the command.
	wait_until has_become "$(pid_of second)"
	# The old server serves until the new server is ready. Then both servers serve, until the old one is terminated.
	wait_until fdpass_has_line "$dir/ready" .
	stop "$name"
	served=$(tail -n 1 "$dir/load.out" | cut -d ' ' -f 1)
	wait_until fdpass_has_line "$dir/load.out" "^$((served + 500)) done"
	stop load
	assert_success || return 1
	assert_regex "${lines[-1]}" ' 0 failed, .* 2 answers$' || return 1
	echo "# ${lines[-1]}" >&3
	stop second
}

@test "pid:PID:FD passes a server's socket to its successor, and no connection is refused" {
	expects_messages
	not_under valgrind "does not support pidfd_open"
	local address port
	serve first tcp-listen:127.0.0.1:0=web -- "$WEB" first
	echo >"$dir/ready"
	echo now >"$dir/ready"
	taken_over first "$WEB" second
}

@test "run pid:PID starts a second gunicorn on the socket of the first one under load" {
	expects_messages
	not_under valgrind "does not support pidfd_open"
	requires gunicorn
	local address port
	gunicorn_app
	local -a command=(gunicorn --chdir "$dir" --no-sendfile --worker-tmp-dir "$dir" -w 2)
	cat >"$dir/conf.py" <<-END
		def post_worker_init(worker):
		    with open("$dir/ready", "a") as ready:
		        print("now", file=ready)
	END
	serve first tcp-listen:127.0.0.1:0=web -- "${command[@]}" app:application
	wait_until answers "http://$address:$port/" "from gunicorn"
	GENERATION=" again" taken_over first "${command[@]}" -c "$dir/conf.py" app:application
}
