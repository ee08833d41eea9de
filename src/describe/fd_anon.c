/* SPDX-License-Identifier: ISC */
/* Anonymous inodes that count, tick or wait. */
#include "describe/kind.h"

const struct fd_kind kinds_anon[] = {
	{ "eventfd", "eventfd", "anon_inode:[eventfd]", NULL, KIND_INFO, NULL, NULL },
	{ "timerfd", "timerfd", "anon_inode:[timerfd]", NULL, KIND_INFO, NULL, NULL },
	{ "signalfd", "signalfd", "anon_inode:[signalfd]", NULL, KIND_INFO, NULL, NULL },
	{ "userfaultfd", "userfaultfd", "anon_inode:[userfaultfd]", NULL, KIND_INFO, NULL, NULL },
	{ "io_uring", "io_uring", "anon_inode:[io_uring]", NULL, 0, NULL, NULL },
	{ "perf-event", "perf event", "anon_inode:[perf_event]", NULL, 0, NULL, NULL },
	{ "fscontext", "file system context", "anon_inode:[fscontext]", NULL, 0, NULL, NULL },
	{ "landlock-ruleset", "Landlock ruleset", "anon_inode:[landlock-ruleset]", NULL, 0, NULL, NULL },
	{ "seccomp-notify", "seccomp notifier", "anon_inode:seccomp notify", NULL, 0, NULL, NULL },
	{ 0 },
};
