/* SPDX-License-Identifier: ISC */
/*
 * Functions for the tests of the library: they create socket pairs, send messages without the library, and count
 * descriptors.
 */
#ifndef TESTS_UNIT_SOCKETS_H
#define TESTS_UNIT_SOCKETS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"

/* Exits if a step of the setup has failed. In this case, the missing TAP plan counts as a failure. */
static inline void
must(int holds, const char *what)
{
	if (holds)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void
pair_open(int type, int pair[2])
{
	must(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == 0, "socketpair");
}

static inline void
pair_close(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static inline void
option_on(int sock, int option)
{
	int one = 1;

	must(setsockopt(sock, SOL_SOCKET, option, &one, sizeof(one)) == 0, "setsockopt");
}

/* Returns the number of open descriptors of this process, excluding the descriptor that is used for counting. */
static inline int
fds_open(void)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");
	int count = -1;

	must(dir != NULL, "/proc/self/fd");
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

static inline int
fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* Sends DATA with COUNT copies of the descriptor FD. Uses sendmsg(2) instead of the library. */
static inline ssize_t
raw_send(int sock, const void *data, size_t length, int fd, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(253 * sizeof(int))];
	} control;
	struct iovec buffer = { (void *)(uintptr_t)data, length };
	struct msghdr hdr;
	struct cmsghdr *cmsg;
	ssize_t sent;
	size_t i;

	memset(&control, 0, sizeof(control));
	memset(&hdr, 0, sizeof(hdr));
	hdr.msg_iov = &buffer;
	hdr.msg_iovlen = 1;
	if (count > 0) {
		hdr.msg_control = &control;
		hdr.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int));
		cmsg = &control.align;
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &fd, sizeof(fd));
	}
#ifdef __GLIBC__
	sent = sendmsg(sock, &hdr, 0);
#else
	/* sendmsg() of musl refuses control data of more than 1024 bytes, so fdpass_sendmsg() is called. */
	sent = fdpass_sendmsg(sock, &buffer, 1,
	    &(struct fdpass_cmsg){ .level = SOL_SOCKET,
		.type = SCM_RIGHTS,
		.data = control.bytes + CMSG_LEN(0),
		.length = count * sizeof(int) },
	    count > 0, 0, NULL, 0, NULL);
#endif
	must(sent == (ssize_t)length, "sendmsg");
	return sent;
}

static inline struct fdpass_msg *
msg_open(size_t ancbufsize)
{
	struct fdpass_msg *msg = fdpass_msg_new(ancbufsize);

	must(msg != NULL, "fdpass_msg_new");
	return msg;
}

#endif
