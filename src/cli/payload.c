/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "cli/payload.h"
#include "cli/setup_timeout.h"

/* More than this is no message; it is refused before memory runs out. */
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
				return fail_errno(fail, "read %s", name);
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
			return fail_errno(fail, "read %s", name);
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
		return fail_errno(fail, "--%s=%s: open %s", option, text, text + 1);
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

/* The system's reason in the user's words, where it has a meaning of its own for descriptors. */
static int
explain(bool has_fds, struct fail *fail)
{
	switch (errno) {
	case EINVAL:
		return fail_errno(fail,
		    has_fds ? "send: the kernel refuses one of the descriptors (an io_uring cannot be sent)" : "send");
	case EPERM:
		return fail_errno(fail, "send: the receiver refuses descriptors, or the credentials are not ours");
	case ETOOMANYREFS:
		return fail_errno(fail,
		    "send: too many descriptors of this user are on their way already "
		    "(more than its limit on open files)");
	case EMSGSIZE:
		return fail_errno(
		    fail, "send: the data is too much for one message (the limit is the socket's SO_SNDBUF)");
	case EPIPE:
	case ECONNRESET:
		return fail_errno(fail, "send: the receiver has gone");
	default:
		return fail_errno(fail, "send");
	}
}

struct message_out {
	const char *bytes;
	size_t length;
	const int *fds;
	size_t nfds;
	const struct ucred *creds;
};

/* One message; on a stream what did not fit goes on without the descriptors, which were with the first byte. */
static int
send_message(int fd, const struct message_out *m, const struct fdpass_wait *wait, struct fail *fail)
{
	struct fdpass_cmsg items[2];
	struct iovec iov = { .iov_base = (void *)(uintptr_t)m->bytes, .iov_len = m->length };
	size_t count = 0;
	ssize_t n;

	if (m->creds != NULL)
		items[count++] = (struct fdpass_cmsg){
			.level = SOL_SOCKET, .type = SCM_CREDENTIALS, .data = m->creds, .length = sizeof(*m->creds)
		};
	if (m->nfds > 0)
		items[count++] = (struct fdpass_cmsg){
			.level = SOL_SOCKET, .type = SCM_RIGHTS, .data = m->fds, .length = m->nfds * sizeof(*m->fds)
		};
	do {
		n = fdpass_sendmsg(fd, &iov, 1, items, count, MSG_NOSIGNAL, NULL, 0, wait);
		if (n == -1)
			return explain(m->nfds > 0, fail);
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= (size_t)n;
		count = 0;
	} while (iov.iov_len > 0 && n > 0);
	return 0;
}

int
payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail)
{
	struct fdpass_wait wait = { .deadline = deadline };
	struct message_out m = { .creds = creds };
	size_t i, messages = nfds <= FDPASS_MAX_FDS ? 1 : (nfds + FDPASS_MAX_FDS - 1) / FDPASS_MAX_FDS;
	const char *p = data->bytes;
	size_t left = data->length;
	socklen_t length = sizeof(int);
	int type = SOCK_STREAM;

	if (messages > 1)
		(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	for (i = 0; i < messages; i++) {
		m.fds = fds + i * FDPASS_MAX_FDS;
		m.nfds = i + 1 < messages ? FDPASS_MAX_FDS : nfds - i * FDPASS_MAX_FDS;
		/* Each later message keeps one byte of a stream's data; where none is left a filler goes. */
		m.length = left;
		if (type == SOCK_STREAM && i + 1 < messages)
			m.length = left > messages - i - 1 ? left - (messages - i - 1) : left > 0 ? 1 : 0;
		m.bytes = p;
		if (m.length == 0 && i > 0) {
			m.bytes = "";
			m.length = 1;
		} else {
			p += m.length;
			left -= m.length;
		}
		if (send_message(fd, &m, &wait, fail) == -1)
			return -1;
	}
	return 0;
}

int
payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail)
{
	struct payload data;
	int ret;

	setup_timeout_begin(deadline, "--send: what is to be sent could not be read in time (--timeout)");
	ret = payload_load(&data, "send", text, fail);
	setup_timeout_end();
	if (ret == 0)
		ret = payload_send(fd, &data, NULL, 0, NULL, deadline, fail);
	payload_done(&data);
	return ret;
}
