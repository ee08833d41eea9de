#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# run --on-demand and --accept: a command that is started when it is needed.

load helpers

# activate NAME ARG...: "fdpass run -v ARG...", ready; $port is the port of its first tcp-listen: or udp-listen:.
activate() {
	local name=$1
	shift
	start_ready "$name" run -v "$@"
	port=$(sed -nE 's/^fdpass: run: (tcp|udp)-listen:.*:([0-9]+)$/\2/p' "$dir/$name.err" | head -n 1)
}

# ask PORT [TEXT]: connects, sends TEXT, and prints what is answered until the end.
ask() {
	local answer
	exec 5<>"/dev/tcp/127.0.0.1/$1"
	printf '%s' "${2-}" >&5
	answer=$(timeout "$FDPASS_LIMIT" cat <&5)
	exec 5>&-
	echo "$answer"
}

line_count() { # FILE
	if [[ -e $1 ]]; then wc -l <"$1"; else echo 0; fi
}

has_lines() { # FILE N
	[[ $(line_count "$1") -ge $2 ]]
}

# answer TEXT: a program that accepts one connection from descriptor 3, answers TEXT and exits
answer='import os, socket, sys
connection = socket.socket(fileno=3).accept()[0]
connection.sendall(sys.argv[1].encode())'

# --- --on-demand

@test "--on-demand starts nothing before a connection, then COMMAND replaces fdpass and serves it" {
	requires python3
	activate s --on-demand tcp-listen:127.0.0.1:0=web tcp-listen:127.0.0.1:0=other -- sh -c \
	    'echo "$$ $LISTEN_PID $LISTEN_FDS $LISTEN_FDNAMES" >"$0/started"; exec python3 -c "$1" hello' "$dir" "$answer"
	[ ! -e "$dir/started" ]
	local pid
	pid=$(pid_of s)
	assert_eq "$(ask "$port")" hello
	finish s
	assert_status 0
	assert_eq "$(cat "$dir/started")" "$pid $pid 2 web:other"
}

@test "a connection that waits is served although its client has gone, and none is reset" {
	requires python3
	activate s --on-demand -k tcp-listen:127.0.0.1:0 -- python3 -c "$answer" hello
	local i
	for i in 1 2 3; do
		assert_eq "$(ask "$port")" hello
	done
	stop s
	assert_status 143
}
