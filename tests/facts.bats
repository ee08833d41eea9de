#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is shown of a descriptor is what another source says of it: tests/peers/facts.py makes each and compares.

load helpers

facts() {
	not_under valgrind "keeps what Python inherited"
	run clean python3 "$top/tests/peers/facts.py" "$1"
	[[ $status != 77 ]] || skip "$output"
	assert_status 0
}

@test "a file that is called like a kind is a regular file" {
	facts fake_kinds
}

@test "a memfd is recognised with huge pages, and opened with O_PATH" {
	facts memfds
}

@test "a seal on the mode says whether the memfd is executable" {
	facts memfd_exec
}

@test "an interval timer that expired is armed, and its ticks are unknown until they are read" {
	facts timer
}

@test "queues are counted in bytes, or not at all" {
	facts queues
}

@test "a TCP socket that connects shows the address it connects to" {
	facts connecting
}

@test "a raw socket has no port" {
	facts raw_socket
}

@test "a file made with O_TMPFILE has no name" {
	facts nameless
}

@test "a close that resets the connection is announced" {
	facts linger
}

@test "fanotify marks that ignore events do not look like watches" {
	facts fanotify
}

@test "kinds are recognised where statx is refused" {
	facts without_statx
}

@test "after chroot, a file outside has no path" {
	facts chroot
}

@test "a pseudo-terminal of another devpts has no path below /dev/pts" {
	facts other_devpts
}

@test "the other end of a pipe, socket or pidfd is reported when it is gone" {
	facts other_end
}

@test "a socket of another network namespace is marked" {
	facts other_netns
}

@test "descriptors that share an open file description are the same as the first of them" {
	facts same_description
}

@test "sockets show the interface, mark, fanout and groups that were set, and MPTCP its backlog" {
	facts network
}

@test "a pidfd of a thread shows its process" {
	facts thread
}

@test "a loop device shows its backing file" {
	facts loop
}

@test "an owner without an id in this user namespace is marked" {
	facts unmapped
}

@test "a detached mount shows its type" {
	facts detached
}

@test "--require names the properties that differ" {
	facts required
}
