#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests with descriptors whose kernel lock another process holds indefinitely, because it reads into or writes from
# memory that is never supplied. fdpass must omit the properties for which the lock is needed, and not wait.

load helpers

HOLDFD=${HOLDFD:-$builddir/tests/peers/holdfd}
MKFD=${MKFD:-$builddir/tests/peers/mkfd}

# held KIND: runs show on a descriptor of KIND whose kernel lock another process holds.
held() {
	status=0
	output=$(timeout -s KILL "$FDPASS_LIMIT" "$HOLDFD" "$1" 9 -- "$FDPASS" show --json 9 2>"$dir/err" 3>&- 4>&-) || status=$?
	stderr=$(cat "$dir/err")
	[[ $status != 77 ]] || skip "$stderr"
	assert_success
}

locked='["some properties are missing: a query timed out, probably because another process holds a kernel lock"]'

@test "a pipe is shown without its capacity while a reader holds the pipe's lock" {
	not_under valgrind "does not support helper processes, which wait for the lock"
	held pipe-read
	assert_json '[.kind, .access, .pipe.capacity, .pipe.pending]' '["pipe","r",null,null]'
	assert_json .problems "$locked"
}

@test "the write end of a pipe is shown without its capacity while a reader holds the pipe's lock" {
	not_under valgrind "does not support helper processes, which wait for the lock"
	held pipe-write
	assert_json '[.kind, .access, .pipe.capacity]' '["pipe","w",null]'
	assert_json .problems "$locked"
}

@test "a TCP socket is shown with its options but without addresses while a sender holds the socket's lock" {
	not_under valgrind "does not support helper processes, which wait for the lock"
	held tcp
	assert_json '[.kind, .socket.family, .socket.local, .socket.state, .socket.keepalive]' '["socket","AF_INET",null,null,false]'
	assert_json .problems "$locked"
}

@test "a pseudo-terminal is shown without its size while another process holds its lock" {
	not_under valgrind "does not support helper processes, which wait for the lock"
	held pty
	assert_json '[.kind, .pty.role, .pty.columns]' '["pty","master",null]'
	assert_json .problems "$locked"
}

@test "a file is shown with its offset while a reader holds the offset lock" {
	held file
	assert_json '[.kind, .offset, .problems]' '["regular",0,[]]'
}

@test "a pipe, a socket and a pseudo-terminal whose locks are free are shown completely" {
	run clean "$MKFD" pipe-read 9 tcp-connected 10 pty-master 11 -- "$FDPASS" show --json 9 10 11
	assert_json .problems $'[]\n[]\n[]'
	assert_json 'select(.fd == 9).pipe | [.capacity > 0, .pending]' '[true,3]'
}

@test "a message with many pipes whose locks are held is shown within the time limit" {
	not_under valgrind "does not support helper processes, which wait for the lock"
	run clean "$HOLDFD" pipe-read 9 -- true
	[[ $status == 0 ]] || skip "$output"
	receive r --messages=1 "$dir/s"
	start sender "$HOLDFD" pipe-read 9 -- "$PEER" "$dir/s" data=x \
	    "fds=$(printf '9,%.0s' {1..59})9" send wait
	finish r
	assert_success
	assert_json '.ancdata[0].fds | length' 60
	assert_json '[.ancdata[0].fds[].problems | length] | unique' '[1]'
	assert_json '[.ancdata[0].fds[].problems[]] | unique' \
	    "[${locked:1:-1},\"some properties are missing: too many earlier queries have not returned\"]"
}
