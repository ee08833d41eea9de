/* SPDX-License-Identifier: ISC */
/*
 * Sends several messages that carry descriptors in one sendmmsg(2) call. The messages stay separate, but the kernel
 * wakes up the receiver only once, so the receiver does not preempt the relay after each message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/fdpass.h"
#include "relay/internal.h"

#define BATCH_MAX 16
#define BATCH_FDS 64 /* number of descriptors in a batch after which no further message is added */
#define ALL_FDS	  (BATCH_FDS + FDPASS_MAX_FDS)

/*
 * Size of the buffer for the control messages of a batch. The buffer holds the credentials and the SCM_RIGHTS header of
 * each message, and the numbers of all descriptors.
 */
#define CONTROL_SIZE \
	(BATCH_MAX * (CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(0) + sizeof(size_t)) + ALL_FDS * sizeof(int))

struct batch {
	struct relay_message messages[BATCH_MAX];
	size_t count;
	int fds[ALL_FDS];
	size_t fd_count;
	struct mmsghdr headers[BATCH_MAX];
	struct iovec data[BATCH_MAX];
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE];
};

int
batch_new(struct loop *l)
{
	l->batch = calloc(1, sizeof(*l->batch));
	return l->batch != NULL ? 0 : -1;
}

void
batch_free(struct loop *l)
{
	free(l->batch);
	l->batch = NULL;
}

bool
batch_suits(const struct loop *l, const struct half *from)
{
	/* Messages that are shown (--dump-cmsg) are not batched. */
	return from->guess == GUESS_RIGHTS && !from->urgent && from->pending == NULL && from->conn->eager &&
	    l->options->show == NULL && !l->options->no_rights && !half_other(from)->foreign &&
	    l->descriptors + l->pending + 2 * ALL_FDS <= l->limit;
}

enum read_result
batch_read(struct loop *l, struct half *from)
{
	struct batch *b = l->batch;
	enum read_result result = READ_MESSAGE;
	struct relay_message *p;
	size_t i;

	b->count = b->fd_count = 0;
	while (b->count < BATCH_MAX && b->fd_count < BATCH_FDS) {
		p = &b->messages[b->count];
		if (!stream_read_rights_first(l, from, p, &result)) {
			from->guess = GUESS_LITTLE;
			break;
		}
		if (result != READ_MESSAGE)
			break;
		for (i = 0; i < p->fd_count; i++)
			b->fds[b->fd_count + i] = fdpass_msg_take_fd(l->msg, i);
		p->fds = &b->fds[b->fd_count];
		b->fd_count += p->fd_count;
		b->count++;
		l->at += p->length;
		message_count(l, p->fd_count, p->length);
	}
	l->at = l->buffer;
	return result;
}

size_t
batch_count(const struct loop *l)
{
	return l->batch->count;
}

static void
control_put(struct msghdr *hdr, int type, const void *data, size_t length)
{
	struct cmsghdr header = {
		.cmsg_len = (unsigned int)CMSG_LEN(length), .cmsg_level = SOL_SOCKET, .cmsg_type = type
	};
	char *at = (char *)hdr->msg_control + hdr->msg_controllen;

	memset(at, 0, CMSG_SPACE(length));
	memcpy(at, &header, sizeof(header));
	memcpy(at + CMSG_LEN(0), data, length);
	hdr->msg_controllen += (socklen_t)CMSG_SPACE(length);
}

static void
batch_lay_out(struct batch *b)
{
	char *control = b->control;
	size_t i;

	memset(b->headers, 0, sizeof(b->headers));
	for (i = 0; i < b->count; i++) {
		struct msghdr *hdr = &b->headers[i].msg_hdr;
		struct relay_message *p = &b->messages[i];

		b->data[i] = (struct iovec){ (void *)(uintptr_t)p->data, p->length };
		hdr->msg_iov = &b->data[i];
		hdr->msg_iovlen = 1;
		hdr->msg_control = control;
		if (p->has_cred)
			control_put(hdr, SCM_CREDENTIALS, &p->cred, sizeof(p->cred));
		control_put(hdr, SCM_RIGHTS, p->fds, p->fd_count * sizeof(int));
		control += hdr->msg_controllen;
	}
}

/*
 * Sends the batch. Returns the number of messages that were sent completely. If the kernel has sent only the first part
 * of a message, this part and the descriptors are removed from the message.
 */
static size_t
batch_send(struct batch *b, int fd)
{
	int sent = sendmmsg(fd, b->headers, (unsigned int)b->count, MSG_DONTWAIT | MSG_NOSIGNAL);
	struct relay_message *p;
	size_t went;

	if (sent <= 0)
		return 0;
	p = &b->messages[sent - 1];
	went = b->headers[sent - 1].msg_len;
	if (went >= p->length)
		return (size_t)sent;
	p->data += went;
	p->length -= went;
	p->fds += p->fd_count;
	p->fd_count = 0;
	return (size_t)sent - 1;
}

/*
 * Sends each message of the batch from index *FIRST to the last one with a separate call, so that each error is handled
 * and reported for its own message.
 */
static enum forward_result
forward_rest(struct loop *l, struct half *from, size_t *first)
{
	struct batch *b = l->batch;
	enum forward_result result = FORWARD_DONE;

	while (*first < b->count) {
		result = message_forward(
		    l, half_other(from)->watch.fd, &b->messages[*first], from->conn->number, NULL, 0);
		if (result != FORWARD_DONE)
			break;
		++*first;
	}
	return result;
}

/* Closes the descriptors of the batch's messages from INDEX to the last one. */
static void
drop_rest(const struct batch *b, size_t index)
{
	const int *rest = b->messages[index].fds;

	close_received(rest, (size_t)(b->fds + b->fd_count - rest));
}

/*
 * Stores the batch's messages from INDEX to the last one as pending messages. Returns RESULT, or FORWARD_REFUSED if
 * there is not enough memory.
 */
static enum forward_result
hold_rest(struct loop *l, struct half *from, size_t index, enum forward_result result)
{
	struct batch *b = l->batch;
	struct pending **last = &from->pending;

	for (; index < b->count; index++) {
		*last = pending_new(l, &b->messages[index]);
		if (*last == NULL) {
			drop_rest(b, index);
			loop_warn(l, from->conn->number, "closed because no memory is available for a message");
			return FORWARD_REFUSED;
		}
		last = pending_next(*last);
	}
	return result;
}

enum forward_result
batch_forward(struct loop *l, struct half *from)
{
	struct batch *b = l->batch;
	enum forward_result result;
	size_t first;

	if (b->count == 0)
		return FORWARD_DONE;
	batch_lay_out(b);
	first = batch_send(b, half_other(from)->watch.fd);
	result = forward_rest(l, from, &first);
	close_copies(l, b->fds, first < b->count ? (size_t)(b->messages[first].fds - b->fds) : b->fd_count);
	if (result == FORWARD_BLOCKED || result == FORWARD_LATER)
		result = hold_rest(l, from, first, result);
	else if (first < b->count)
		drop_rest(b, first);
	return result;
}
