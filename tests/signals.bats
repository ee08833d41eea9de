#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that each verb cleans up before a signal terminates it. The tests send every signal that terminates a process by
# default, including the real-time signals that the C library reserves.

load helpers

setup() {
	fdpass_setup
	not_under valgrind "does not deliver every signal"
	not_under qemu "does not deliver every signal"
	requires python3
	ulimit -c 0
}

# cleans_up CASE...: runs these cases of tests/peers/signals.py, and checks that they report no error.
cleans_up() {
	local verb
	for verb in "$@"; do
		run python3 "$top/tests/peers/signals.py" "$FDPASS" "$FDPASS_DIR" "$verb" 3>&- 4>&-
		assert_success
		assert_output ""
		rm -rf "${FDPASS_DIR:?}"/*
	done
}

@test "recv and send remove their paths at every signal that terminates a process" {
	cleans_up recv recv-command recv-spawn send send-wait
}

@test "relay, hold and run remove their paths at every signal that terminates a process" {
	cleans_up relay hold run run-keep run-accept
}

@test "tty restores the terminal and removes its paths at every signal that terminates a process" {
	cleans_up tty
}

@test "a traced program continues to run at every signal that terminates watch" {
	[[ $(id -u) == 0 || $(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0) == 0 ]] ||
	    skip "only descendants may be traced"
	cleans_up watch
}

@test "recv, send, relay, hold, tty and run remove their paths if a signal arrives before the path is recorded" {
	requires strace
	# LeakSanitizer does not work under strace.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	local verb number ignored
	local -a arguments
	# make(1) can start its commands with the reserved signals ignored, which env(1) cannot reset.
	ignored=$(awk '/^SigIgn:/ { print $2 }' /proc/self/status)
	for verb in recv send relay hold tty run; do
		arguments=("$verb" "$FDPASS_DIR/s")
		case $verb in
		send) arguments=(send -l "$FDPASS_DIR/s" /etc/hosts) ;;
		relay) arguments+=("$FDPASS_DIR/back") ;;
		run) arguments=(run --accept "unix-listen:$FDPASS_DIR/s" -- true) ;;
		esac
		# 14 is SIGALRM, 15 is SIGTERM. C libraries reserve 32 and 33.
		for number in 14 15 32 33; do
			((!(0x$ignored >> (number - 1) & 1))) || continue
			run timeout 60 strace -f -o "$FDPASS_DIR/trace" -e trace=bind \
			    -e "inject=bind:signal=$number:when=1" "$FDPASS" "${arguments[@]}" </dev/null 3>&- 4>&-
			assert_equal "$status" "$((128 + number))" "$verb, signal $number"
			[[ ! -e $FDPASS_DIR/s ]] || fail "$verb, signal $number: the path exists"
		done
	done
}
