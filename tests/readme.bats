#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that run every block of commands in README and check the output.

load helpers

# block TEXT: prints the indented lines that follow the line with TEXT, without their indentation.
block() {
	awk -v text="$1" '
		!found && index($0, text) { found = 1; next }
		found && /^    / { inside = 1; print substr($0, 5); next }
		found && inside && NF == 0 { print ""; next }
		found && inside { exit }' "$top/README"
}

# commands TEXT: prints the commands of the block after TEXT.
commands() {
	block "$1" | sed -n 's/^\$ //p'
}

# answers TEXT: prints the expected output in the block after TEXT, with all numbers except those of descriptors
# replaced by N.
answers() {
	block "$1" | grep -v '^\$ ' | sed '/^$/d' | alike
}

alike() {
	sed -E "s,/tmp/(fdp\\.[A-Za-z0-9]*/)?,/tmp/,g; s/fd 4:/fd four:/; s/fd 5:/fd five:/; s/[0-9]+/N/g"
}

# typed: runs standard input as a script in the test's directory, and waits for all background processes.
typed() {
	{
		cat
		echo wait
	} >"$dir/script"
	(cd "$dir" && PATH=${FDPASS%/*}:$PATH exec timeout --foreground -s KILL "$FDPASS_LIMIT" \
	    setsid --wait bash -e "$dir/script" 3>&- 4>&-)
}

# served: runs standard input as a script in the background, until the end of the test.
served() { # NAME
	cat >"$dir/$1.script"
	start "$1" setsid bash -c 'cd "$1" && PATH=$2:$PATH && . "$3" && wait' bash "$dir" "${FDPASS%/*}" "$dir/$1.script"
}

teardown() {
	local pid
	for pid in "${FDPASS_PIDS[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null || true
	done
	fdpass_teardown
}

answers_with() { # URL TEXT
	[[ $(curl -s -m 5 --noproxy '*' "$1" 3>&- 4>&-) == "$2" ]]
}

write_application() {
	cat >"$dir/app.py" <<-'X'
		def application(environ, start):
		    start("200 OK", [("Content-Type", "text/plain")])
		    return [b"hello"]
	X
	# gunicorn updates a heartbeat file, which would be slow in a /tmp on a busy disk.
	export GUNICORN_CMD_ARGS="--worker-tmp-dir=$dir --no-control-socket"
	gunicorn --help 2>/dev/null | grep -q no-control-socket || export GUNICORN_CMD_ARGS="--worker-tmp-dir=$dir"
}

@test "README: the example of the first session prints the documented output" {
	run typed < <(commands "objects from the shell")
	assert_success
	assert_equal "$(alike <<<"$output")" "$(answers 'objects from the shell')"
}

@test "README: the example of a command after the address prints the documented output" {
	commands "the receiver executes the command" >"$dir/typed"
	echo 'Mary had a little lamb' >"$dir/lamb"
	run typed <"$dir/typed"
	assert_success
	assert_equal "$output" "$(block 'the receiver executes the command' | grep -v '^\$' | sed '/^$/d')"
}

@test "README: the table lists all verbs" {
	local verb
	for verb in $(fdpass --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		grep -q "^    .*\b$verb\b" "$top/README" || {
			echo "README's table has no $verb" >&2
			false
		}
	done
}

@test "README: tools/demo and tools/check exist" {
	local command
	for command in "sh tools/demo" "sh tools/check"; do
		grep -qx "    $command" "$top/README"
		[ -x "$top/${command#sh }" ]
	done
	[ -x "$top/autogen.sh" ]
}

@test "README: tools/demo demonstrates passing a descriptor" {
	sed -n '/^dir=/,$p' "$top/tools/demo" >"$dir/demo"
	run env PATH="${FDPASS%/*}:$PATH" top="${FDPASS%/*}" timeout "$FDPASS_LIMIT" sh -eu "$dir/demo" 3>&- 4>&-
	assert_success
	assert_regex "$output" 'data "take these"'
	assert_regex "$output" 'listening on 127\.0\.0\.1:[0-9]+'
	assert_regex "$output" $'lamb:\nMary had a little lamb'
}

@test "README: the recipe that passes a listening socket to a new server serves requests" {
	requires gunicorn curl
	local address
	address=$(own_address):18080
	write_application
	served s < <(commands "Pass a listening socket" | sed "s/127.0.0.1:8080/$address/")
	wait_until answers_with "http://$address/" hello
}

@test "README: the recipe that gives the listening socket of a running server to a new one serves requests" {
	not_under valgrind "does not support pidfd_open"
	requires gunicorn curl
	local address
	address=$(own_address):18080
	write_application
	start old python3 -m http.server -b "${address%:*}" "${address#*:}"
	pid_of old >"$dir/old.pid"
	wait_until test -n "$(curl -s -m 5 --retry 50 --retry-connrefused --retry-delay 0 --noproxy '*' "http://$address/")"
	served new < <(commands "Give the listening socket" | sed "s/tcp-listen:8080/tcp-listen:${address#*:}/")
	wait_until fdpass_has_line "$dir/new.err" 'Booting worker'
	stop old KILL
	wait_until answers_with "http://$address/" hello
}

@test "README: the recipe that shows the messages of a program prints these messages" {
	not_under valgrind "is already traced"
	requires tmux
	tmux -S "$dir/tmux.sock" -f /dev/null new-session -d -s some sh 3>&- 4>&-
	commands "Show the messages of a running program" | sed 1d >"$dir/typed"
	sed -i "s#tmux#tmux -S $dir/tmux.sock#" "$dir/typed"
	run typed <"$dir/typed"
	tmux -S "$dir/tmux.sock" kill-server
	assert_success
	assert_regex "$output" 'some: '
	assert_regex "$output" 'sent by process [0-9]+ \(tmux: client\)'
	assert_regex "$output" 'SCM_RIGHTS: 1 descriptor'
}

@test "README: the recipe that attaches the terminal to a container shows the output of the container" {
	# A script simulates the container runtime; tests/tty.bats uses real runtimes.
	mkdir "$dir/bin"
	cat >"$dir/bin/crun" <<-X
		#!/bin/sh
		until "${PEER%/*}/console" ./console.sock echo "from the box" 2>/dev/null; do :; done
	X
	chmod +x "$dir/bin/crun"
	export PATH=$dir/bin:$PATH
	run typed < <(commands "Attach the current terminal")
	assert_success
	assert_regex "$output" 'from the box'
}

@test "README: the recipe for ssh logs in" {
	requires sshd ssh ssh-keygen
	local address
	address=$(own_address):18080
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host" 3>&- 4>&-
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key" 3>&- 4>&-
	cp "$dir/key.pub" "$dir/authorized"
	chmod 600 "$dir/authorized"
	cat >"$dir/sshd_config" <<-X
		ListenAddress ${address%:*}
		Port ${address#*:}
		HostKey $dir/host
		AuthorizedKeysFile $dir/authorized
		StrictModes no
		UsePAM no
		PidFile none
	X
	[[ $(id -u) != 0 || -d /run/sshd ]] || mkdir -p /run/sshd
	start sshd "$(command -v sshd)" -D -e -f "$dir/sshd_config"
	wait_until fdpass_has_line "$dir/sshd.err" 'Server listening'
	run typed < <(commands "Make a connection for ssh" |
	    sed "s|localhost|-i $dir/key -F none -o BatchMode=yes -o UserKnownHostsFile=$dir/known -o StrictHostKeyChecking=no -p ${address#*:} ${address%:*} echo through|")
	[[ $status -eq 0 ]] || skip_without_login
	assert_success
	assert_regex "$output" through
}

# Skips the test if sshd does not allow this user to log in, which is not a fault of fdpass.
skip_without_login() {
	grep -qE 'not allowed because|account .*locked|shell .* does not exist' "$dir/sshd.err" && skip "sshd does not allow this user to log in"
	cat "$dir/sshd.err" >&2
}

@test "README: the recipe for bats passes" {
	requires bats
	block "Test a program that passes descriptors" >"$dir/example.bats"
	grep -q '@test' "$dir/example.bats"
	mkdir -p "$dir/lib/fdpass"
	cp "$top/bats/fdpass.bash" "$dir/lib/fdpass/load.bash"
	run env -u BATS_RUN_TMPDIR BATS_LIB_PATH="$dir/lib:$BATS_LIB_PATH" PATH="${FDPASS%/*}:$PATH" bats --formatter tap "$dir/example.bats"
	assert_success
	assert_regex "$output" 'ok 1 the service sends its log file'
}
