/* SPDX-License-Identifier: ISC */
/* Sends messages: writes the control messages to a zero-filled buffer and calls sendmsg(2). */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "lib/internal.h"

/* Control data of up to this size needs no allocation: the maximum number of descriptors, and credentials. */
#define SMALL (2 * sizeof(struct fdp_header) + FDPASS_MAX_FDS * sizeof(int) + sizeof(struct ucred) + 2 * sizeof(size_t))

/* Control data to send. Up to SMALL bytes are stored in this struct, on the caller's stack. */
struct control {
	union {
		struct fdp_header align;
		unsigned char bytes[SMALL];
	} small;
	unsigned char *at;
	size_t length;
};

static int
control_measure(const struct fdpass_cmsg *items, size_t nitems, size_t *length)
{
	ssize_t space;
	size_t i;

	*length = 0;
	for (i = 0; i < nitems; i++) {
		space = items[i].length > INT_MAX ? -1 : fdpass_cmsg_space((ssize_t)items[i].length);
		if (space == -1 || (size_t)space > INT_MAX - *length) {
			errno = EOVERFLOW;
			return -1;
		}
		*length += (size_t)space;
	}
	return 0;
}

static void
control_put(unsigned char *at, const struct fdpass_cmsg *item)
{
	struct fdp_header header = { sizeof(header) + item->length, item->level, item->type };

	memcpy(at, &header, sizeof(header));
	if (item->length > 0)
		memcpy(at + sizeof(header), item->data, item->length);
}

static int
control_begin(struct control *control, const struct fdpass_cmsg *items, size_t nitems)
{
	unsigned char *at;
	size_t i;

	if (control_measure(items, nitems, &control->length) == -1)
		return -1;
	control->at = control->small.bytes;
	if (control->length > sizeof(control->small.bytes))
		control->at = malloc(control->length);
	if (control->at == NULL)
		return -1;
	memset(control->at, 0, control->length);
	for (i = 0, at = control->at; i < nitems; i++) {
		control_put(at, &items[i]);
		at += sizeof(struct fdp_header) + items[i].length + FDP_PADDING(items[i].length);
	}
	return 0;
}

static void
control_end(struct control *control)
{
	int saved = errno;

	if (control->at != control->small.bytes)
		free(control->at);
	errno = saved;
}

/*
 * Calls sendmsg(2) directly. sendmsg() of musl copies the control data to a buffer of 1024 bytes to clear the padding.
 * musl's buffer is too small for 253 descriptors, and the padding is already zero. musl's struct msghdr has the layout
 * of the kernel.
 */
static ssize_t
sendmsg_whole(int sock, const struct msghdr *hdr, int flags)
{
#ifdef __GLIBC__
	return sendmsg(sock, hdr, flags);
#else
	return syscall(SYS_sendmsg, sock, hdr, flags);
#endif
}

static ssize_t
transmit(int sock, const struct msghdr *hdr, int flags, const struct fdpass_wait *wait)
{
	struct fdp_retry retry = { .wait = wait, .sock = sock, .flags = flags, .events = POLLOUT };
	int all = flags | fdp_wait_flags(wait);
	ssize_t sent;

	do
		sent = sendmsg_whole(sock, hdr, all);
	while (sent == -1 && fdp_wait_again(&retry));
	return sent;
}

ssize_t
fdpass_sendmsg(int sock, const struct iovec *buffers, size_t count, const struct fdpass_cmsg *items, size_t nitems,
    int flags, const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait)
{
	struct control control;
	struct msghdr hdr;
	ssize_t sent;

	if (count > FDP_IOV_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (control_begin(&control, items, nitems) == -1)
		return -1;
	memset(&hdr, 0, sizeof(hdr));
	/*
	 * The members of struct msghdr are not const, but the kernel does not modify the data. The types of the members
	 * that contain lengths differ between C libraries.
	 */
	hdr.msg_name = (void *)(uintptr_t)address;
	hdr.msg_namelen = address != NULL ? addrlen : 0;
	hdr.msg_iov = (struct iovec *)(uintptr_t)buffers;
	hdr.msg_iovlen = (unsigned short)count;
	hdr.msg_control = control.length > 0 ? control.at : NULL;
	hdr.msg_controllen = (socklen_t)control.length;
	sent = transmit(sock, &hdr, flags, wait);
	control_end(&control);
	return sent;
}

static int
has_data(const struct iovec *buffers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (buffers[i].iov_len > 0)
			return 1;
	return 0;
}

ssize_t
fdpass_send_fds(int sock, const struct iovec *buffers, size_t count, const int *fds, size_t nfds, int flags,
    const struct sockaddr *address, socklen_t addrlen, const struct fdpass_wait *wait)
{
	struct fdpass_cmsg rights = { .level = SOL_SOCKET, .type = SCM_RIGHTS, .data = fds };

	if (nfds > INT_MAX / sizeof(int)) {
		errno = EOVERFLOW;
		return -1;
	}
	if (nfds > 0 && !has_data(buffers, count) && fdp_sock_option(sock, SO_TYPE) == SOCK_STREAM &&
	    fdp_sock_option(sock, SO_DOMAIN) == AF_UNIX) {
		errno = EINVAL;
		return -1;
	}
	rights.length = nfds * sizeof(int);
	return fdpass_sendmsg(sock, buffers, count, &rights, nfds > 0 ? 1 : 0, flags, address, addrlen, wait);
}
