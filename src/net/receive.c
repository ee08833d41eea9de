/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/call_timeout.h"
#include "base/deadline.h"
#include "base/fd_limit.h"
#include "base/helper.h"
#include "lib/fdpass.h"
#include "lib/internal.h"
#include "net/receive.h"

#define NOT_RECEIVED UINT32_MAX

/* the type of the flags argument of recvmmsg(2), which differs between C libraries */
#ifdef __GLIBC__
typedef int flags_type;
#else
typedef unsigned int flags_type;
#endif

/* The memory that this process shares with the helper. The data of the message follows this struct. */
struct received {
	/*
	 * recvmmsg(2) stores the length of the message in this header before the kernel closes surplus descriptors.
	 * These closes can block, and recvmsg(2) would return the length only after all surplus descriptors have been
	 * closed.
	 */
	struct mmsghdr header;
	struct iovec data;
	struct sockaddr_storage address;
	_Alignas(struct cmsghdr) unsigned char control[FDPASS_ANCBUFSIZE];
	_Atomic bool ignored; /* the caller does not use the message, so the helper must close its descriptors */
	size_t mapped;
};

struct call {
	struct received *received;
	int sock, flags;
	int err;
};

/* --- functions that run in the helper, which shares the descriptor table */

/*
 * Receives the message. A timer interrupts recvmmsg(2) if closing surplus descriptors blocks. However, a close that
 * waits for a kernel lock cannot be interrupted.
 */
static void
call_make(void *arg)
{
	struct call *call = arg;
	struct call_timeout timeout;
	int n;

	call_timeout_begin(&timeout);
	n = recvmmsg(call->sock, &call->received->header, 1, (flags_type)call->flags, NULL);
	/*
	 * If the connection was reset, the first recvmmsg(2) fails with ECONNRESET even if earlier data is queued, so
	 * recvmmsg(2) is called again. recvmsg(2) would return the queued data first.
	 */
	if (n == -1 && errno == ECONNRESET)
		n = recvmmsg(call->sock, &call->received->header, 1, (flags_type)call->flags, NULL);
	call->err = n == -1 ? errno : 0;
	call_timeout_end(&timeout);
}

/*
 * Closes the received descriptors. Called if the calling process no longer waits for the helper and will not use the
 * message.
 */
static void
call_undo(void *arg)
{
	const struct call *call = arg;
	struct fdpass_msg *msg;

	if (call->err != 0 || !atomic_load(&call->received->ignored))
		return;
	msg = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	if (msg == NULL)
		return;
	fdp_msg_import(
	    msg, call->received->control, call->received->header.msg_hdr.msg_controllen, FDPASS_ANCBUFSIZE, 0, NULL);
	fdpass_msg_free(msg);
}

/* --- functions that run in the calling process */

static size_t
room_of(const struct iovec *buffers, size_t count)
{
	size_t i, room = 0;

	for (i = 0; i < count; i++)
		room += buffers[i].iov_len;
	return room;
}

static struct received *
received_new(size_t room, size_t ancbufsize)
{
	size_t size = sizeof(struct received) + room;
	struct received *r;

	r = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r == MAP_FAILED)
		return NULL;
	r->mapped = size;
	r->data = (struct iovec){ r + 1, room };
	r->header.msg_len = NOT_RECEIVED;
	r->header.msg_hdr.msg_name = &r->address;
	r->header.msg_hdr.msg_namelen = sizeof(r->address);
	r->header.msg_hdr.msg_iov = &r->data;
	r->header.msg_hdr.msg_iovlen = 1;
	r->header.msg_hdr.msg_control = r->control;
	r->header.msg_hdr.msg_controllen = (socklen_t)ancbufsize;
	return r;
}

/* Copies the received message to MSG and its data to BUFFERS. Returns the length of the message. */
static ssize_t
received_copy(const struct received *r, struct fdpass_msg *msg, const struct iovec *buffers, size_t count)
{
	const struct msghdr *hdr = &r->header.msg_hdr;
	size_t i, at = 0, part, got = r->header.msg_len;
	size_t have = got < r->data.iov_len ? got : r->data.iov_len;

	for (i = 0; i < count && at < have; i++) {
		part = buffers[i].iov_len < have - at ? buffers[i].iov_len : have - at;
		memcpy(buffers[i].iov_base, (const char *)r->data.iov_base + at, part);
		at += part;
	}
	fdp_msg_import(msg, r->control, (size_t)hdr->msg_controllen, fdpass_msg_ancbufsize(msg), hdr->msg_flags, NULL);
	fdp_msg_set_address(msg, &r->address, hdr->msg_namelen);
	return (ssize_t)got;
}

/*
 * Receives a message without a helper. If closing a surplus descriptor blocks, a timer interrupts the close, unless the
 * close waits for a kernel lock.
 */
static ssize_t
receive_here(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags)
{
	struct call_timeout timeout;
	ssize_t n;

	call_timeout_begin(&timeout);
	n = fdpass_recvmsg_into(sock, msg, buffers, count, flags | MSG_DONTWAIT, NULL);
	call_timeout_end(&timeout);
	return n;
}

/* Receives a message in a helper. Does not wait for a message. */
static ssize_t
receive_apart(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags)
{
	size_t ancbufsize = fdpass_msg_ancbufsize(msg);
	struct received *r = ancbufsize <= FDPASS_ANCBUFSIZE ? received_new(room_of(buffers, count), ancbufsize) : NULL;
	struct call call = { .received = r, .sock = sock, .flags = flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC };
	ssize_t n = -1;
	int err = 0;

	if (r == NULL)
		return receive_here(sock, msg, buffers, count, flags);
	fdpass_msg_done(msg);
	if (helper_run_new(call_make, call_undo, &call, sizeof(call)) == 0)
		err = call.err;
	else if (errno == ETIMEDOUT)
		err = r->header.msg_len == NOT_RECEIVED ? EAGAIN : 0;
	else {
		(void)munmap(r, r->mapped);
		return receive_here(sock, msg, buffers, count, flags);
	}
	if (err == 0)
		n = received_copy(r, msg, buffers, count);
	else
		atomic_store(&r->ignored, true);
	(void)munmap(r, r->mapped);
	errno = err;
	return n;
}

/* Waits until SOCK is readable. Returns 0, or -1 with errno (ETIMEDOUT at the deadline). */
static int
wait_readable(int sock, const struct fdpass_wait *wait)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	int n, timeout;

	for (;;) {
		timeout = wait != NULL ? deadline_milliseconds(wait->deadline) : -1;
		n = poll(&p, 1, timeout);
		if (n > 0)
			return 0;
		if (n == -1 && errno != EINTR)
			return -1;
		if (n == 0 && timeout == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

bool
receive_has_room(void)
{
	return fd_limit_has_room(RECEIVE_RESERVE);
}

bool
receive_may_accept(void)
{
	struct rlimit limit;

	if (fd_limit_has_room(RECEIVE_RESERVE + 1))
		return true;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return false;
	return fd_limit_has_room((size_t)receive_reserve(limit.rlim_cur) + 1);
}

ssize_t
receive_message(int sock, struct fdpass_msg *msg, const struct iovec *buffers, size_t count, int flags,
    const struct fdpass_wait *wait)
{
	ssize_t n;

	/* Only AF_UNIX sockets transfer descriptors. */
	if (receive_has_room() || fdp_sock_option(sock, SO_DOMAIN) != AF_UNIX) {
		n = fdpass_recvmsg_into(sock, msg, buffers, count, flags, wait);
	} else {
		do
			n = receive_apart(sock, msg, buffers, count, flags);
		while (n == -1 && errno == EAGAIN && (flags & MSG_DONTWAIT) == 0 && wait_readable(sock, wait) == 0);
	}
	/*
	 * The caller may open up to two more descriptors when it handles the message, so two more descriptors are
	 * counted.
	 */
	fd_limit_note(fdpass_msg_fd_count(msg) + 2);
	return n;
}
