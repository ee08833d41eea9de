#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of descriptions: tests/peers/facts.py creates each descriptor, and compares the output of show with another
# source of the same information.

load helpers

facts() {
	not_under valgrind "keeps descriptors that Python inherited"
	run clean python3 "$top/tests/peers/facts.py" "$1"
	[[ $status != 77 ]] || skip "$output"
	assert_success
}

@test "a regular file with the name of another kind is shown as a regular file" {
	facts fake_kinds
}

@test "a memfd is recognized if it uses huge pages or is opened with O_PATH" {
	facts memfds
}

@test "the seals of a memfd show whether the memfd is executable" {
	facts memfd_exec
}

@test "an expired interval timer is shown as armed, and its ticks are null until they are read" {
	facts timer
}

@test "the queues of a socket are shown in bytes, or as null" {
	facts queues
}

@test "a connecting TCP socket is shown with the address to which it connects" {
	facts connecting
}

@test "a raw socket is shown without a port" {
	facts raw_socket
}

@test "a file created with O_TMPFILE is shown without a name" {
	facts nameless
}

@test "a socket is shown with SO_LINGER of 0 if its close resets the connection" {
	facts linger
}

@test "show pid:PID also shows the POSIX locks of the process" {
	facts locks
}

@test "a descriptor that is opened again with O_PATH keeps its kind, and unknown facts are null" {
	facts opened_again
}

@test "real-time signals are shown with the same names as in the C library" {
	facts real_time_signals
}

@test "fanotify marks that ignore events are distinguished from other marks" {
	facts fanotify
}

@test "kinds are recognized even if statx(2) is not permitted" {
	facts without_statx
}

@test "after chroot(2), a file outside the root directory is shown without a path" {
	facts chroot
}

@test "a pseudo-terminal of another devpts instance is shown without a path below /dev/pts" {
	facts other_devpts
}

@test "a device file with the number of a pseudo-terminal is a pseudo-terminal only on a devpts" {
	facts device_files
}

@test "terminals of all terminal drivers are recognized" {
	facts terminals
}

@test "the root directory of another mount namespace is not shown as detached" {
	facts foreign_root
}

@test "a pipe or socket whose other end is closed, and a pidfd whose process has exited, are marked" {
	facts other_end
}

@test "a socket of another network namespace is marked" {
	facts other_netns
}

@test "descriptors that share an open file description are shown with the number of the first one" {
	facts same_description
}

@test "a listening socket is shown with the number of waiting connections and its backlog" {
	facts backlog
}

@test "a TUN device of another network namespace is marked" {
	facts tun_namespaces
}

@test "sockets are shown with their interface, mark, fanout and groups, and MPTCP with its backlog" {
	facts network
}

@test "a pidfd of a thread is shown with the process of the thread" {
	facts thread
}

@test "a loop device is shown with its backing file" {
	facts loop
}

@test "a file whose owner is not mapped into this user namespace is marked" {
	facts unmapped
}

@test "a detached mount is shown with its file system type" {
	facts detached
}

@test "--require compares properties of descriptors" {
	facts required
}

@test "a BPF link is shown with its program and target, even if it was opened by its ID" {
	facts bpf_links
}

@test "a descriptor that enables BPF statistics is recognized" {
	facts bpf_stats
}

@test "a BPF token is shown with the permissions that its file system delegates" {
	facts bpf_token
}

@test "guest memory and other KVM objects are recognized" {
	facts guest_memory
}

@test "sockets are shown with SO_REUSEPORT, and MPTCP sockets with the bytes in their queues" {
	facts more_sockets
}

@test "files of another mount namespace and processes of another PID namespace are marked" {
	facts namespaces
}

@test "io_uring, userfaultfd, perf events and FUSE are shown with their settings" {
	[[ -r /dev/fuse && -w /dev/fuse ]] || skip "/dev/fuse is not accessible"
	facts rings
}

@test "--peers lists the holders of each of many descriptors of one kind" {
	facts many_holders
}
