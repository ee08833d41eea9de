#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Some facts need a lock in the kernel, which a stranger can hold for ever: he reads into memory that never comes. Then they
# stay untold, and nothing waits.

load helpers

HOLDFD=${HOLDFD:-$builddir/tests/peers/holdfd}
MKFD=${MKFD:-$builddir/tests/peers/mkfd}

# held KIND: shows one whose lock is held.
held() {
	status=0
	output=$(timeout -s KILL "$FDPASS_LIMIT" "$HOLDFD" "$1" 9 -- "$FDPASS" show --json 9 2>"$dir/err" 3>&- 4>&-) || status=$?
	stderr=$(cat "$dir/err")
	[[ $status != 77 ]] || skip "$stderr"
	assert_status 0
}

locked='["some facts are missing: another process holds its lock"]'

@test "a pipe that somebody reads from: no capacity is told, and nothing hangs" {
	not_under valgrind "has no helpers to wait for the lock"
	held pipe-read
	assert_json '[.kind, .access, .pipe.capacity, .pipe.pending]' '["pipe","r",null,null]'
	assert_json .problems "$locked"
}

@test "its other end just so" {
	not_under valgrind "has no helpers to wait for the lock"
	held pipe-write
	assert_json '[.kind, .access, .pipe.capacity]' '["pipe","w",null]'
	assert_json .problems "$locked"
}

@test "a TCP socket that somebody sends on: no addresses are told, its options are" {
	not_under valgrind "has no helpers to wait for the lock"
	held tcp
	assert_json '[.kind, .socket.family, .socket.local, .socket.state, .socket.keepalive]' '["socket","AF_INET",null,null,false]'
	assert_json .problems "$locked"
}

@test "a terminal that somebody asks for its size" {
	not_under valgrind "has no helpers to wait for the lock"
	held pty
	assert_json '[.kind, .pty.role, .pty.columns]' '["pty","master",null]'
	assert_json .problems "$locked"
}

@test "a file that somebody reads: its offset is told all the same" {
	held file
	assert_json '[.kind, .offset, .problems]' '["regular",0,[]]'
}

@test "what is not held is told in full" {
	run clean "$MKFD" pipe-read 9 tcp-connected 10 pty-master 11 -- "$FDPASS" show --json 9 10 11
	assert_json .problems $'[]\n[]\n[]'
	assert_json 'select(.fd == 9).pipe | [.capacity > 0, .pending]' '[true,3]'
}

@test "a message full of them is shown within the limit, and recv ends" {
	not_under valgrind "has no helpers to wait for the lock"
	run clean "$HOLDFD" pipe-read 9 -- true
	[[ $status == 0 ]] || skip "$output"
	receive r --messages=1 "$dir/s"
	start sender "$HOLDFD" pipe-read 9 -- "$PEER" "$dir/s" data=x \
	    "fds=$(printf '9,%.0s' {1..59})9" send wait
	finish r
	assert_status 0
	assert_json '.ancdata[0].fds | length' 60
	assert_json '[.ancdata[0].fds[].problems | length] | unique' '[1]'
	assert_json '[.ancdata[0].fds[].problems[]] | unique' \
	    "[${locked:1:-1},\"some facts are missing: too many earlier queries have not returned\"]"
}
