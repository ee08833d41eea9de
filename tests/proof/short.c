/* SPDX-License-Identifier: ISC */
/*
 * A library that is preloaded into fdpass. The library makes one read or write transfer less data than requested, as
 * with a full socket, a slow pipe or a signal, or makes one close(2) fail after closing the descriptor. strace cannot
 * inject these faults.
 *
 * SHORT_CALL    read, write, send, sendmsg, recvmsg or close
 * SHORT_WHEN    the index of the call among the process's calls of SHORT_CALL, counted from 1
 * SHORT_ERROR   the error number for close
 * SHORT_HIT     a file whose first byte the library sets to 1 when the fault happens
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "no_pwritev2.h"

static long calls;
static char *hit;

/* Maps SHORT_HIT at start, so that this library later makes no system call that the sandbox denies. */
static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv("SHORT_HIT");
	int fd = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	void *memory;

	if (fd == -1 || ftruncate(fd, 1) == -1)
		return;
	memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED)
		hit = memory;
	(void)syscall(SYS_close, fd);
}

/* Returns true if the current call is the one that SHORT_CALL and SHORT_WHEN select. */
static bool
strikes(const char *call)
{
	const char *wanted = getenv("SHORT_CALL"), *when = getenv("SHORT_WHEN");

	if (wanted == NULL || when == NULL || strcmp(wanted, call) != 0 ||
	    strcmp(program_invocation_short_name, "fdpass") != 0 || ++calls != atol(when))
		return false;
	if (hit != NULL)
		*hit = 1;
	return true;
}

static bool
is_stream(int sock)
{
	socklen_t length = sizeof(int);
	int type = 0;

	return getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

/* Returns true for files in /proc and /sys, because reads from these files are never short. */
static bool
is_kernels(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && (st.f_type == PROC_SUPER_MAGIC || st.f_type == SYSFS_MAGIC);
}

static size_t
half(size_t length)
{
	return length > 1 ? length / 2 : length;
}

ssize_t
read(int fd, void *buf, size_t length)
{
	ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");

	return real(fd, buf, !is_kernels(fd) && strikes("read") ? 1 : length);
}

ssize_t
write(int fd, const void *buf, size_t length)
{
	ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");

	return real(fd, buf, strikes("write") ? half(length) : length);
}

ssize_t
send(int sock, const void *buf, size_t length, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = (ssize_t(*)(int, const void *, size_t, int))dlsym(
	    RTLD_NEXT, "send");

	return real(sock, buf, is_stream(sock) && strikes("send") ? half(length) : length, flags);
}

/* Returns a copy of the message, with only LENGTH bytes of its first buffer. */
static struct msghdr
cut(const struct msghdr *msg, struct iovec *iov, size_t length)
{
	struct msghdr less = *msg;

	*iov = msg->msg_iov[0];
	iov->iov_len = length;
	less.msg_iov = iov;
	less.msg_iovlen = 1;
	return less;
}

ssize_t
sendmsg(int sock, const struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = (ssize_t(*)(int, const struct msghdr *, int))dlsym(
	    RTLD_NEXT, "sendmsg");
	struct iovec iov;
	struct msghdr less;

	if (msg->msg_iovlen == 0 || msg->msg_iov[0].iov_len < 2 || !is_stream(sock) || !strikes("sendmsg"))
		return real(sock, msg, flags);
	less = cut(msg, &iov, half(msg->msg_iov[0].iov_len));
	return real(sock, &less, flags);
}

ssize_t
recvmsg(int sock, struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	struct iovec iov;
	struct msghdr less;
	ssize_t got;

	/* Peeks are not made short, and a transfer of less than two bytes cannot be made shorter. */
	if ((flags & MSG_PEEK) != 0 || msg->msg_iovlen == 0 || msg->msg_iov[0].iov_len < 2 || !is_stream(sock) ||
	    !strikes("recvmsg"))
		return real(sock, msg, flags);
	less = cut(msg, &iov, 2);
	got = real(sock, &less, flags);
	msg->msg_namelen = less.msg_namelen;
	msg->msg_controllen = less.msg_controllen;
	msg->msg_flags = less.msg_flags;
	return got;
}

int
close(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
	bool fails = strikes("close");
	int rc = real(fd);

	if (rc == -1 || !fails)
		return rc;
	errno = atoi(getenv("SHORT_ERROR"));
	return -1;
}
