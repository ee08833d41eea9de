#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the progress line, which is shown only with --verbose and if standard error is a terminal.

load helpers

# on_terminal NAME COMMAND...: runs COMMAND in the background, with a terminal as standard error. The output of COMMAND
# on the terminal goes to NAME.screen.
on_terminal() {
	local name=$1
	shift
	printf 'exec "$@" >%q.stdout\n' "$dir/$name" >"$dir/$name.sh"
	start "$name" script -qfec "$(printf '%q ' sh "$dir/$name.sh" "$@")" "$dir/$name.screen"
}

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	requires script
}

@test "recv --verbose shows the number of messages, descriptors and bytes on a terminal" {
	on_terminal r "$FDPASS" recv -k -v --data=discard --messages=3 "$dir/s"
	fdpass send --wait=10 -d abc "$dir/s" /etc/hosts /etc/hosts
	fdpass send -d de "$dir/s"
	# The progress line is updated while messages arrive.
	wait_until fdpass_has_line "$dir/r.screen" '2 messages, 2 descriptors, 5 B; .*/s'
	fdpass send -d x "$dir/s" /etc/hosts
	finish r
	assert_regex "$(cat "$dir/r.screen")" '3 messages, 3 descriptors, 6 B; [0-9]+/s, [0-9]+/s, [0-9.]+ k?B/s'
}

@test "relay --verbose shows the number of messages, descriptors and bytes on a terminal" {
	receive back -k "$dir/b"
	on_terminal r "$FDPASS" relay -v --connections=1 "$dir/f" "$dir/b"
	fdpass send --wait=10 -d "$(printf '%02000d' 7)" "$dir/f" /etc/hosts
	finish r
	stop back
	assert_regex "$(cat "$dir/r.screen")" '1 messages, 1 descriptors, 2\.0 kB; '
}

@test "a progress line is shown only with --verbose, on a terminal on which no messages are shown" {
	expects_messages
	on_terminal quiet "$FDPASS" recv --data=discard "$dir/s"
	fdpass send --wait=10 "$dir/s" /etc/hosts
	finish quiet
	refute_regex "$(cat "$dir/quiet.screen")" 'descriptors,'
	start pipe "$FDPASS" recv -v --data=discard "$dir/s"
	fdpass send --wait=10 "$dir/s" /etc/hosts
	finish pipe
	assert_equal "$stderr" "fdpass: recv: listening on $dir/s"
	start shown script -qfec "$(printf '%q ' "$FDPASS" recv -v "$dir/s")" "$dir/shown.screen"
	fdpass send --wait=10 "$dir/s" /etc/hosts
	finish shown
	assert_regex "$(cat "$dir/shown.screen")" 'SCM_RIGHTS'
	refute_regex "$(cat "$dir/shown.screen")" 'descriptors,'
}

@test "COMMAND does not inherit the timer of the progress line" {
	on_terminal r "$FDPASS" recv -v "$dir/s" sh -c 'until [ -e '"$dir"'/go ]; do :; done; echo alive'
	fdpass send --wait=10 "$dir/s" /etc/hosts
	# A timer that COMMAND inherited would expire, and kill COMMAND by a signal, within a second.
	wait_until fdpass_has_line "$dir/r.screen" '1 messages'
	start clock sleep 1
	finish clock
	: >"$dir/go"
	finish r
	assert_success
	assert_equal "$(cat "$dir/r.stdout")" alive
}
