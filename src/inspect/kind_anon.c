/* SPDX-License-Identifier: ISC */
/* Anonymous inodes: the kernel alone makes their links, which begin with no slash. */
#include "inspect/kind.h"

#define PLAIN(its_word, its_noun, its_link) \
	{ \
		.word = (its_word), .noun = (its_noun), .link = (its_link) \
	}

const struct fd_kind kinds_anon[] = {
	{ .word = "eventfd", .noun = "eventfd", .link = "anon_inode:[eventfd]", .flags = KIND_INFO, .id = FD_EVENTFD },
	{ .word = "timerfd", .noun = "timerfd", .link = "anon_inode:[timerfd]", .flags = KIND_INFO, .id = FD_TIMERFD },
	{ .word = "signalfd",
	    .noun = "signalfd",
	    .link = "anon_inode:[signalfd]",
	    .flags = KIND_INFO,
	    .id = FD_SIGNALFD },
	{ .word = "userfaultfd",
	    .noun = "userfaultfd",
	    .link = "anon_inode:[userfaultfd]",
	    .flags = KIND_INFO,
	    .id = FD_USERFAULTFD },
	{ .word = "kvm", .noun = "KVM", .link = "anon_inode:kvm-*", .id = FD_KVM },
	PLAIN("io_uring", "io_uring", "anon_inode:[io_uring]"),
	PLAIN("perf-event", "perf event", "anon_inode:[perf_event]"),
	PLAIN("fscontext", "file system context", "anon_inode:[fscontext]"),
	PLAIN("landlock-ruleset", "Landlock ruleset", "anon_inode:[landlock-ruleset]"),
	PLAIN("seccomp-notify", "seccomp notifier", "anon_inode:seccomp notify"),
	PLAIN("sync-file", "sync file", "anon_inode:sync_file"),
	PLAIN("sync-object", "DRM synchronization object", "anon_inode:syncobj_file"),
	PLAIN("ntsync", "NT synchronization object", "anon_inode:ntsync"),
	PLAIN("vfio-device", "VFIO device", "anon_inode:[vfio-device]"),
	{ 0 },
};

const struct fd_kind kinds_watch[] = {
	/* Its fdinfo needs the lock that epoll_ctl(2) holds while it asks the target, which may never answer. */
	{ .word = "epoll",
	    .noun = "epoll",
	    .link = "anon_inode:[eventpoll]",
	    .flags = KIND_INFO | KIND_INFO_LOCKS,
	    .id = FD_EPOLL },
	{ .word = "inotify", .noun = "inotify", .link = "anon_inode:inotify", .flags = KIND_INFO, .id = FD_INOTIFY },
	{ .word = "fanotify",
	    .noun = "fanotify",
	    .link = "anon_inode:[fanotify]",
	    .flags = KIND_INFO,
	    .id = FD_FANOTIFY },
	{ 0 },
};
