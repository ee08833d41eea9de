#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv with existing programs: systemd-notify, haproxy, and servers that recv starts with a received socket.

load helpers

# haproxy_config NAME BIND...: writes a configuration for a haproxy that replies with its name on each listening socket.
haproxy_config() {
	local name=$1 bind
	shift
	cat <<-X
		global
		  stats socket $dir/stats-$name mode 600 level admin expose-fd listeners
		  hard-stop-after 1s
		defaults
		  mode http
		  timeout connect 5s
		  timeout client 5s
		  timeout server 5s
		frontend f
	X
	for bind in "$@"; do
		echo "  bind $bind"
	done
	echo "  http-request return status 200 content-type text/plain string \"hello from $name\""
}

@test "recv shows the message and the credentials of systemd-notify --ready" {
	requires systemd-notify
	receive r -t dgram --creds --messages=1 "$dir/n"
	start notify env NOTIFY_SOCKET="$dir/n" systemd-notify --ready --no-block --pid=$$
	# Only root may send the credentials of another process.
	local sender=$$
	[[ $(id -u) == 0 ]] || sender=$(pid_of notify)
	finish notify
	finish r
	assert_success
	assert_regex "$(jq -r .data <<<"$output")" 'READY=1'
	assert_credentials "$sender" "$(id -u)" "$(id -g)"
}

@test "recv closes the barrier pipe of systemd-notify" {
	requires systemd-notify
	receive r -t dgram --creds --messages=2 "$dir/n"
	start notify env NOTIFY_SOCKET="$dir/n" systemd-notify --ready --status='at work'
	finish notify
	assert_success
	finish r
	assert_success
	assert_data $'READY=1\nSTATUS=at workBARRIER=1'
	assert_kinds pipe
}

@test "recv --send=_getsocks shows the listening sockets of haproxy" {
	requires haproxy curl
	local address
	address=$(own_address):18080
	haproxy_config a "$address" "$dir/front" >"$dir/a.cfg"
	start haproxy haproxy -db -f "$dir/a.cfg"
	wait_until test -S "$dir/stats-a"
	run --separate-stderr fdpass recv -c --wait --send='_getsocks
' --json "$dir/stats-a"
	assert_success
	assert_json '[.ancdata[].fds | select(. != null)[].socket.listening] | all' true "$(jq -s 'add' <<<"$output")"
	run jq -rs '[.[].ancdata[].fds | select(. != null)[].socket | .family] | sort | join(" ")' <<<"$output"
	assert_equal "$output" "AF_INET AF_UNIX AF_UNIX"
	assert_equal "$(get "http://$address/")" "hello from a" "what it still serves"
}

@test "a second haproxy, executed by recv, takes over the listening sockets of the first haproxy" {
	requires haproxy curl
	# haproxy first replies with the number of sockets, without descriptors, and then with 3 descriptors.
	local address
	address=$(own_address):18080
	haproxy_config a "$address" "$dir/front" >"$dir/a.cfg"
	start a haproxy -db -f "$dir/a.cfg"
	wait_until test -S "$dir/stats-a"
	wait_until test -S "$dir/front"
	# haproxy sends the Unix sockets before or after the TCP socket, so the test determines the index of the TCP
	# socket.
	run --separate-stderr fdpass recv -c --wait --send='_getsocks
' --json "$dir/stats-a"
	local inet
	inet=$(jq -s '[.[].ancdata[].fds | select(. != null)[].socket.family] | index("AF_INET")' <<<"$output")
	[ "$inet" != null ]
	haproxy_config b "fd@$((inet + 3))" >"$dir/b.cfg"
	start b "$FDPASS" recv -c -n 3 --send='_getsocks
' "$dir/stats-a" haproxy -db -f "$dir/b.cfg"
	wait_until test -S "$dir/stats-b"
	stop a
	wait_until answers "http://$address/" "hello from b"
}

@test "a server that is started with a received listening socket serves a request" {
	requires gunicorn curl
	cat >"$dir/app.py" <<-'X'
		def application(environ, start):
		    start("200 OK", [("Content-Type", "text/plain")])
		    return [b"hello from a passed socket"]
	X
	start_ready r recv "$dir/s" gunicorn --chdir "$dir" --no-sendfile --worker-tmp-dir "$dir" app:application
	run peer "$dir/s" data=x tcp-listen send
	local port=${output#port }
	wait_until answers "http://127.0.0.1:$port/" "hello from a passed socket"
	stop r
}

@test "nginx serves requests on a received socket with --setenv" {
	requires nginx curl
	mkdir "$dir/www"
	echo "hello from nginx" >"$dir/www/index.html"
	chmod 755 "$dir"
	local address
	address=$(own_address):18080
	cat >"$dir/nginx.conf" <<-X
		daemon off;
		master_process on;
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
			server { listen $address; root $dir/www; }
		}
	X
	start_ready r recv --fd=7 --setenv='NGINX={fd};' "$dir/s" nginx -e "$dir/error.log" -c "$dir/nginx.conf"
	run peer "$dir/s" data=x tcp-listen="$address" send
	assert_success
	wait_until answers "http://$address/" "hello from nginx"
	stop r
}

@test "sd_listen_fds_with_names(3) finds the received descriptors" {
	requires cc pkg-config
	pkg-config --exists libsystemd || skip "libsystemd-dev is not installed"
	cat >"$dir/names.c" <<-'X'
		#include <stdio.h>
		#include <systemd/sd-daemon.h>
		int main(void) {
			char **names;
			int n = sd_listen_fds_with_names(1, &names);
			for (int i = 0; i < n; i++)
				printf("%d %s %d\n", SD_LISTEN_FDS_START + i, names[i],
				    sd_is_socket_inet(SD_LISTEN_FDS_START + i, 0, 0, 1, 0));
			return n < 0;
		}
	X
	# shellcheck disable=SC2046 # word splitting is intended
	cc -o "$dir/names" "$dir/names.c" $(pkg-config --cflags --libs libsystemd) 3>&- 4>&-
	start_ready r recv --fd=4=other --fd=3=web "$dir/s" "$dir/names"
	run peer "$dir/s" data=x open=/etc/passwd tcp-listen send
	finish r
	assert_success
	assert_equal "$output" $'3 web 1\n4 other 0'
}

@test "systemd-socket-proxyd serves requests on a received socket" {
	requires curl
	local proxyd=/lib/systemd/systemd-socket-proxyd
	[ -x $proxyd ] || skip "systemd-socket-proxyd is not installed"
	mkdir "$dir/www"
	echo backend >"$dir/www/x"
	start web python3 -u -m http.server -b 127.0.0.1 -d "$dir/www" 0
	wait_until grep -q 'port [0-9]' "$dir/web.out"
	local backend port
	backend=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$dir/web.out")
	start_ready r recv "$dir/s" $proxyd "127.0.0.1:$backend"
	run peer "$dir/s" data=x tcp-listen send
	port=${output#port }
	wait_until answers "http://127.0.0.1:$port/x" backend
	stop r
}

@test "systemd-socket-activate -a --inetd starts recv on a connected socket" {
	requires systemd-socket-activate
	start a systemd-socket-activate -a --inetd -l "$dir/s" "$FDPASS" recv --json --messages=1 -
	wait_until listens "$dir/s"
	# With --inetd, standard output is also the connection, so the peer receives the output of recv.
	run peer "$dir/s" data=hello open=/etc/passwd send drain
	assert_regex "$output" '"data":"hello".*"/etc/passwd"'
	stop a
}

@test "recv listen:0 accepts a connection on a socket from systemd-socket-activate" {
	requires systemd-socket-activate
	start a systemd-socket-activate -l "$dir/s" "$FDPASS" recv --json listen:0
	wait_until listens "$dir/s"
	run peer "$dir/s" data=hello open=/etc/passwd send
	finish a
	assert_regex "$output" '"data":"hello"'
	assert_regex "$output" '/etc/passwd'
}

@test "recv receives what Python's send_fds sends" {
	receive r "$dir/s"
	run -0 python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
socket.send_fds(s, [b"from python"], [os.open("/etc/passwd", os.O_RDONLY), 0])' "$dir/s"
	finish r
	assert_data "from python"
	assert_json '[.ancdata[].fds[]] | length' 2
}

@test "recv receives the connection that OpenBSD's nc -F passes" {
	requires nc
	nc -h 2>&1 | grep -q -e '-F' || skip "this nc does not support -F"
	start web python3 -c '
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(5)
print("port", s.getsockname()[1], flush=True)
c, _ = s.accept()
c.sendall(b"greeting")
c.close()'
	wait_until fdpass_has_line "$dir/web.out" port
	local port
	port=$(sed 's/port //' "$dir/web.out")
	# nc -F sends the descriptor over its standard output, which must be a socket.
	start n python3 - "$FDPASS" "$port" <<'X'
import os, socket, subprocess, sys
a, b = socket.socketpair()
p = subprocess.Popen(["nc", "-F", "127.0.0.1", sys.argv[2]], stdout=b)
b.close()
# nc has set the socket to non-blocking mode.
read = "import socket as s; c = s.socket(fileno=5); c.setblocking(True); print(c.recv(100).decode())"
r = subprocess.run([sys.argv[1], "recv", "--fd=5", "-", sys.executable, "-c", read], stdin=a)
p.wait(20)
sys.exit(r.returncode)
X
	finish n
	assert_success
	assert_equal "$output" greeting
}
