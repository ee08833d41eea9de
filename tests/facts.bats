#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# tests/peers/facts.py creates each descriptor and compares its description with information from another source.

load helpers

facts() {
	not_under valgrind "keeps what Python inherited"
	run clean python3 "$top/tests/peers/facts.py" "$1"
	[[ $status != 77 ]] || skip "$output"
	assert_success
}

@test "a file named like a kind is a regular file" {
	facts fake_kinds
}

@test "a memfd is recognized with huge pages, and opened with O_PATH" {
	facts memfds
}

@test "a seal on the mode shows whether the memfd is executable" {
	facts memfd_exec
}

@test "an expired interval timer is armed, and its ticks are unknown until they are read" {
	facts timer
}

@test "queues are counted in bytes, or not at all" {
	facts queues
}

@test "a connecting TCP socket shows the address it connects to" {
	facts connecting
}

@test "a raw socket has no port" {
	facts raw_socket
}

@test "a file created with O_TMPFILE has no name" {
	facts nameless
}

@test "a close that resets the connection is reported" {
	facts linger
}

@test "show pid:PID also shows the POSIX locks of the process" {
	facts locks
}

@test "a descriptor that is opened again with O_PATH keeps its kind, and unknown facts are null" {
	facts opened_again
}

@test "real-time signals have the names of the C library" {
	facts real_time_signals
}

@test "fanotify marks that ignore events are shown differently from watches" {
	facts fanotify
}

@test "kinds are recognized if statx is denied" {
	facts without_statx
}

@test "after chroot, a file outside has no path" {
	facts chroot
}

@test "a pseudo-terminal of another devpts instance has no path below /dev/pts" {
	facts other_devpts
}

@test "a device file with the number of a pseudo-terminal is one only on a devpts" {
	facts device_files
}

@test "the root directory of another mount namespace is not called detached" {
	facts foreign_root
}

@test "the other end of a pipe, socket or pidfd is reported when it is closed" {
	facts other_end
}

@test "a socket of another network namespace is marked" {
	facts other_netns
}

@test "descriptors that share an open file description refer to the first of them" {
	facts same_description
}

@test "a listening socket shows how many connections wait, and their limit" {
	facts backlog
}

@test "a TUN device of another network namespace is marked" {
	facts tun_namespaces
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

@test "an owner without an ID in this user namespace is marked" {
	facts unmapped
}

@test "a detached mount shows its type" {
	facts detached
}

@test "--require matches properties" {
	facts required
}

@test "a BPF link shows its program and what it is attached to, also if it was opened by its ID" {
	facts bpf_links
}

@test "the switch for BPF statistics is known" {
	facts bpf_stats
}

@test "a BPF token shows what its file system delegates" {
	facts bpf_token
}

@test "guest memory and the other objects of KVM are known" {
	facts guest_memory
}

@test "sockets show that they share their port, and the bytes in the queues of MPTCP" {
	facts more_sockets
}

@test "files of another mount namespace and processes of another pid namespace are marked" {
	facts namespaces
}

@test "rings, page faults, performance counters and FUSE are described as they were set up" {
	[[ -r /dev/fuse && -w /dev/fuse ]] || skip "/dev/fuse is not accessible"
	facts rings
}

@test "--peers finds who holds each of many descriptors of one kind" {
	facts many_holders
}
