#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests that relay forwards a descriptor with exactly the byte with which it was sent, and a write with descriptors as
# one message.
#
# RELAYCHECK_MESSAGES is the number of messages in each direction (default: 2000; a thorough run uses 100000).

load helpers

CHECK=${builddir:-build}/tests/peers/relaycheck
messages=${RELAYCHECK_MESSAGES:-2000}

# check TYPE RELAYCHECK-OPTION...: runs relaycheck through a relay, and checks that it finds no error.
check() {
	local type=$1
	shift
	# shellcheck disable=SC2086 # word splitting is intended
	start_ready relay relay -t "$type" --connections=1 ${relay_options-} "$dir/front" "$dir/back"
	run timeout --foreground -s KILL $((60 + messages / 50)) "$CHECK" -t "$type" -n "$messages" "$@" "$dir/front" "$dir/back" 3>&- 4>&-
	assert_success
	assert_equal "$output" ""
	finish relay
	assert_success
	assert_equal "$stderr" ""
}

@test "stream: descriptors arrive with the first byte of their write if the receiver reads single bytes" {
	check stream -r byte
}

@test "stream: with large reads, a read that returns descriptors ends where their write ends" {
	check stream -r wide
}

@test "stream: each descriptor arrives with its byte, with reads of all sizes and in both directions" {
	check stream -r mixed -s 11
}

@test "stream: each descriptor arrives with its byte, even if pauses empty the queues" {
	check stream -p -r mixed -s 12
}

@test "stream: each descriptor arrives with its byte while every message is shown" {
	relay_options=--json
	messages=$((messages / 10))
	check stream -r mixed -s 13
	assert_equal "$(jq -s 'map(.ancdata[].fds | select(. != null) | length) | add > 100' <<<"$output")" true
}

@test "seqpacket: message boundaries, empty messages and end of file are forwarded" {
	check seqpacket -s 14
}

@test "relaycheck detects a relay that moves descriptors to another byte" {
	requires socat
	start naive socat "UNIX-LISTEN:$dir/front" "UNIX-CONNECT:$dir/back"
	wait_until listens "$dir/front"
	run timeout --foreground -s KILL 30 "$CHECK" -n 100 "$dir/front" "$dir/back" 3>&- 4>&-
	assert_failure 1
	assert_regex "$output" 'relaycheck: (write )?at [0-9]+'
}
