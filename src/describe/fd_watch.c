/* SPDX-License-Identifier: ISC */
/* Descriptors that watch others: epoll, inotify, fanotify. */
#include "describe/kind.h"

const struct fd_kind kinds_watch[] = {
	{ "epoll", "epoll", "anon_inode:[eventpoll]", NULL, KIND_INFO, NULL, NULL },
	{ "inotify", "inotify", "anon_inode:inotify", NULL, KIND_INFO, NULL, NULL },
	{ "fanotify", "fanotify", "anon_inode:[fanotify]", NULL, KIND_INFO, NULL, NULL },
	{ 0 },
};
