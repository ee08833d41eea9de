/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "cli/payload.h"
#include "cli/setup_timeout.h"

/* Maximum amount of data to send, in bytes. Data beyond this limit is refused, so that memory is not exhausted. */
#define MOST_BYTES (256 * 1024 * 1024)

static int
load_all(struct payload *data, int fd, const char *name, struct fail *fail)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t room = 0;
	ssize_t n;
	char *bigger;

	for (;;) {
		if (data->length == room) {
			room = room != 0 ? 2 * room : 65536;
			bigger = realloc(data->bytes, room);
			if (bigger == NULL)
				return fail_errno(fail, "cannot read %s", name);
			data->bytes = bigger;
		}
		n = read(fd, data->bytes + data->length, room - data->length);
		if (n == 0)
			return 0;
		if (n > 0)
			data->length += (size_t)n;
		else if (errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (errno != EINTR)
			return fail_errno(fail, "cannot read %s", name);
		if (data->length > MOST_BYTES)
			return fail_msg(fail, "%s: is longer than the maximum of %d bytes", name, MOST_BYTES);
	}
}

int
payload_load(struct payload *data, const char *option, const char *text, struct fail *fail)
{
	int fd, ret;

	*data = (struct payload){ .bytes = NULL };
	if (*text != '@') {
		data->bytes = strdup(text);
		if (data->bytes == NULL)
			return fail_errno(fail, "--%s", option);
		data->length = strlen(text);
		return 0;
	}
	if (strcmp(text, "@-") == 0)
		return load_all(data, STDIN_FILENO, "standard input", fail);
	fd = open(text + 1, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return fail_errno(fail, "--%s=%s: cannot open %s", option, text, text + 1);
	ret = load_all(data, fd, text + 1, fail);
	(void)close(fd);
	return ret;
}

void
payload_done(struct payload *data)
{
	free(data->bytes);
	*data = (struct payload){ .bytes = NULL };
}

/*
 * Sets *FAIL after sendmsg(2) has failed. Explains error numbers that have a special meaning when descriptors are sent.
 */
static int
explain(bool has_fds, struct fail *fail)
{
	switch (errno) {
	case EINVAL:
		return fail_errno(fail,
		    has_fds ? "send: the kernel refused one of the descriptors (an io_uring cannot be sent)" : "send");
	case EPERM:
		return fail_errno(fail, "send: the receiver refuses descriptors, or the credentials are not permitted");
	case ETOOMANYREFS:
		return fail_errno(fail,
		    "send: too many descriptors of this user are in flight "
		    "(more than RLIMIT_NOFILE)");
	case EMSGSIZE:
		return fail_errno(
		    fail, "send: the data is too long for one message (the limit is the socket's SO_SNDBUF)");
	case EPIPE:
	case ECONNRESET:
		return fail_errno(fail, "send: the receiver has closed the connection");
	default:
		return fail_errno(fail, "send");
	}
}

void
payload_begin(
    struct payload_out *out, int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds)
{
	socklen_t length = sizeof(out->type);

	*out = (struct payload_out){ .fd = fd, .data = data, .fds = fds, .nfds = nfds, .creds = creds, .messages = 1 };
	if (nfds > FDPASS_MAX_FDS)
		out->messages = (nfds + FDPASS_MAX_FDS - 1) / FDPASS_MAX_FDS;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &out->type, &length) == -1)
		out->type = SOCK_STREAM;
}

/*
 * Returns the data of the current message. The current message contains all remaining data. On a stream socket, one
 * byte of the data is reserved for each later message. A later message for which no data remains contains a filler
 * byte.
 */
static struct iovec
message_data(const struct payload_out *out)
{
	size_t left = out->data->length - out->start, later = out->messages - out->message - 1, length = left;

	if (out->type == SOCK_STREAM && later > 0 && left > 0)
		length = left > later ? left - later : 1;
	if (out->message == 0 && length < out->data->head)
		length = out->data->head;
	if (length == 0 && out->message > 0)
		return (struct iovec){ .iov_base = (void *)(uintptr_t) "", .iov_len = 1 };
	return (struct iovec){ .iov_base = out->data->bytes + out->start, .iov_len = length };
}

/* Builds the control messages of the current message. Returns their number. */
static size_t
message_items(const struct payload_out *out, struct fdpass_cmsg items[2])
{
	size_t first = out->message * FDPASS_MAX_FDS, count = 0, nfds = out->nfds - first;

	if (out->creds != NULL)
		items[count++] = (struct fdpass_cmsg){
			.level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = out->creds, .length = sizeof(*out->creds)
		};
	if (nfds > FDPASS_MAX_FDS)
		nfds = FDPASS_MAX_FDS;
	if (nfds > 0)
		items[count++] = (struct fdpass_cmsg){ .level = SOL_SOCKET,
			.type = SCM_RIGHTS,
			.data = out->fds + first,
			.length = nfds * sizeof(*out->fds) };
	return count;
}

/*
 * Sends the remaining bytes of the current message. After a partial send on a stream socket, the remaining bytes are
 * sent without descriptors, because the descriptors were sent with the first byte.
 */
static int
message_send(struct payload_out *out, const struct iovec *data, const struct fdpass_wait *wait, struct fail *fail)
{
	struct fdpass_cmsg items[2];
	struct iovec rest;
	size_t count;
	ssize_t n;

	do {
		count = out->begun ? 0 : message_items(out, items);
		rest = (struct iovec){ .iov_base = (char *)data->iov_base + out->sent,
			.iov_len = data->iov_len - out->sent };
		n = fdpass_sendmsg(out->fd, &rest, 1, items, count, MSG_NOSIGNAL, NULL, 0, wait);
		if (n == -1)
			return explain(out->nfds > 0, fail);
		out->begun = true;
		out->sent += (size_t)n;
	} while (out->sent < data->iov_len && n > 0);
	return 0;
}

int
payload_continue(struct payload_out *out, int64_t deadline, struct fail *fail)
{
	struct fdpass_wait wait = { .deadline = deadline };
	struct iovec data;

	for (; out->message < out->messages; out->message++) {
		data = message_data(out);
		if (message_send(out, &data, &wait, fail) == -1)
			return -1;
		if (out->start < out->data->length)
			out->start += data.iov_len;
		out->sent = 0;
		out->begun = false;
	}
	return 0;
}

int
payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail)
{
	struct payload_out out;

	payload_begin(&out, fd, data, fds, nfds, creds);
	return payload_continue(&out, deadline, fail);
}

int
payload_load_send(struct payload *data, const char *text, int64_t deadline, struct fail *fail)
{
	int ret;

	setup_timeout_begin(deadline, "timed out before the data of --send could be read");
	ret = payload_load(data, "send", text, fail);
	setup_timeout_end();
	return ret;
}

int
payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail)
{
	struct payload data;
	int ret = payload_load_send(&data, text, deadline, fail);

	if (ret == 0)
		ret = payload_send(fd, &data, NULL, 0, NULL, deadline, fail);
	payload_done(&data);
	return ret;
}
