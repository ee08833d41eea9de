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

@test "show describes a regular file as a regular file even if it has the name of another kind" {
	facts fake_kinds
}

@test "show recognizes a memfd even if it uses huge pages or is opened with O_PATH" {
	facts memfds
}

@test "the seals of a memfd show whether the memfd is executable" {
	facts memfd_exec
}

@test "an expired interval timer is shown as armed, and its ticks are null until they are read" {
	facts timer
}

@test "show prints the number of bytes in the queues of a socket, or null if it is unknown" {
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

@test "show prints that SO_LINGER is 0, so that the close of the socket resets the connection" {
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

@test "show recognizes the kinds of descriptors even if statx(2) is not permitted" {
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

@test "show recognizes terminals of all terminal drivers" {
	facts terminals
}

@test "the root directory of another mount namespace is not shown as detached" {
	facts foreign_root
}

@test "show reports that the other end of a pipe or socket is closed, and that the process of a pidfd has exited" {
	facts other_end
}

@test "show reports that a socket belongs to another network namespace" {
	facts other_netns
}

@test "show prints which descriptors share an open file description, with the number of the first one" {
	facts same_description
}

@test "a listening socket is shown with the number of waiting connections and its backlog" {
	facts backlog
}

@test "show reports that a TUN device belongs to another network namespace" {
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

@test "show reports that the owner of a file is not mapped into this user namespace" {
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

@test "show recognizes a descriptor that enables BPF statistics" {
	facts bpf_stats
}

@test "a BPF token is shown with the permissions that its file system delegates" {
	facts bpf_token
}

@test "show recognizes guest memory and other KVM objects" {
	facts guest_memory
}

@test "sockets are shown with SO_REUSEPORT, and MPTCP sockets with the bytes in their queues" {
	facts more_sockets
}

@test "show reports that a file is in another mount namespace, and that a process is in another PID namespace" {
	facts namespaces
}

@test "show prints the settings of io_uring, userfaultfd, perf event and FUSE descriptors" {
	[[ -r /dev/fuse && -w /dev/fuse ]] || skip "/dev/fuse is not accessible"
	facts rings
}

@test "--peers lists the holders of each of many descriptors of one kind" {
	facts many_holders
}
