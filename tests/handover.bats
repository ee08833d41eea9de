#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of examples/handover.sh, which replaces a server on one socket repeatedly, while clients send requests
# continuously.
#
# HANDOVERS  the number of replacements (default: 20)
# REQUESTS   the minimum total number of requests (default: 20000)

load helpers

LOAD=${builddir:-$top/build}/tests/peers/load
WEB=${builddir:-$top/build}/tests/peers/web
handover=$top/examples/handover.sh

use_example() {
	mkdir "$dir/bin"
	ln -s "$FDPASS" "$dir/bin/fdpass"
	PATH=$dir/bin:$PATH
}

# generation N: starts the Nth server, which includes N in its replies.
generation() {
	start "generation-$1" "$handover" "$dir/web" "$address:18080" "$WEB" "generation $1"
}

# replaced N: waits until the Nth server has exited and its successor offers the listening socket to the next server.
replaced() {
	finish "generation-$1"
	assert_success || return 1
	assert_equal "$stderr" ""
	wait_until test -S "$dir/web"
}

@test "no request fails while examples/handover.sh replaces a server repeatedly" {
	local address handovers=${HANDOVERS:-20} requests=${REQUESTS:-20000} i
	export FDPASS_LIMIT=60
	address=$(own_address)
	use_example
	generation 0
	wait_until test -S "$dir/web"
	start load "$LOAD" "$address" 18080 8 100
	for ((i = 1; i <= handovers; i++)); do
		# Replaces the server while requests are in progress.
		wait_until done_requests $((requests * i / (handovers + 1)))
		generation "$i"
		replaced $((i - 1))
	done
	wait_until done_requests "$requests"
	stop load
	echo "# ${lines[-1]}" >&3
	assert_success
	assert_equal "$stderr" ""
	[[ ${lines[-1]} =~ ^([0-9]+)\ requests,\ 0\ failed,\ [0-9]+\ ms\ at\ most,\ ([0-9]+)\ answers$ ]]
	((BASH_REMATCH[1] >= requests))
	# Each server must have replied to some requests.
	assert_equal "${BASH_REMATCH[2]}" "$((handovers + 1))"
	stop "generation-$handovers"
	[ ! -e "$dir/web" ]
}

@test "the manual page contains examples/handover.sh unchanged" {
	requires mandoc
	sed -n '/^if/,$p' "$handover" | tr -s ' \t' ' ' | sed 's/^ //' >"$dir/script"
	mandoc -T ascii "$top/man/fdpass.1" 3>&- 4>&- | sed -n '/LISTEN_PID-/,/^ *wait$/p' | tr -s ' \t' ' ' |
	    sed 's/^ //' >"$dir/shown"
	diff "$dir/script" "$dir/shown"
}

# serving N: succeeds if handover.sh has executed the Nth server.
serving() {
	[[ $(pgrep -P "$(pid_of "generation-$1")" -x "${WEB##*/}") ]]
}

@test "SIGTERM terminates the last server of handover.sh, which leaves no process and no path" {
	local address
	address=$(own_address)
	use_example
	generation 0
	wait_until test -S "$dir/web"
	wait_until serving 0
	local -a family
	mapfile -t family < <(pgrep -P "$(pid_of generation-0)")
	assert_equal "${#family[@]}" 2
	stop generation-0
	assert_success
	[ ! -e "$dir/web" ]
	run ! kill -0 "${family[@]}"
}

@test "all servers that handover.sh starts use the same listening socket" {
	local address first
	address=$(own_address)
	use_example
	generation 0
	wait_until test -S "$dir/web"
	first=$(readlink "/proc/$(pid_of generation-0)/fd/3")
	generation 1
	replaced 0
	assert_equal "$(readlink "/proc/$(pid_of generation-1)/fd/3")" "$first"
	wait_until serving 1
	stop generation-1
}
