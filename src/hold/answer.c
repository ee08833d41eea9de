/* SPDX-License-Identifier: ISC */
/*
 * Sends answers to clients. An answer is divided into chunks. Each chunk is generated after the previous chunk has been
 * sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/escape.h"
#include "net/listenfds.h"
#include "describe/fd.h"
#include "hold/client.h"
#include "hold/handover.h"
#include "hold/internal.h"

#define SECOND	     INT64_C(1000000000)
#define ANSWER_LIMIT (10 * SECOND) /* if a client reads nothing for this time, it is disconnected */
/*
 * if SIOCOUTQ returns less than this value, the client has read all data, but the kernel may not have freed the last
 * buffer
 */
#define UNREAD_NOTHING 128

/* --- preparing an answer */

static void
answer_error(struct client *c, int err, const char *text)
{
	chunk_clear(&c->chunk);
	c->notify.request = NOTIFY_NONE;
	if (chunk_printf(&c->chunk, "ERRNO=%d\nSTATUS=%.900s\n", err, text) == -1)
		c->chunk.length = 0;
}

void
answer_refuse(struct client *c, const struct fail *fail, bool warn)
{
	char text[64 + sizeof(fail->text)];

	(void)snprintf(text, sizeof(text), "refused a request from pid %d, uid %u: %s", (int)c->peer.pid,
	    (unsigned int)c->peer.uid, fail->text);
	if (warn)
		hold_warn(c->hold, "%s", text);
	else
		hold_log(c->hold, "%s", text);
	answer_error(c, fail->err != 0 ? fail->err : EINVAL, fail->text);
}

/*
 * If FDSTORE=1 fails, the error is not only sent as the answer, but printed as a warning, too, because many clients do
 * not read the answer.
 */
static void
answer_fail(struct client *c, const struct fail *fail)
{
	answer_refuse(c, fail, c->notify.request == NOTIFY_STORE);
}

static void
store(struct client *c)
{
	struct notify *n = &c->notify;
	struct fail fail;
	size_t count = c->fd_count;

	c->fd_count = 0;
	if (n->bad_name) {
		(void)fail_msg(
		    &fail, "invalid FDNAME=: expected at most 255 printable ASCII characters without a colon");
		fd_close_all(c->fds, count);
		answer_fail(c, &fail);
	} else if (request_store(c->hold, n, &c->peer, c->fds, count, &fail) == -1)
		answer_fail(c, &fail);
	else
		(void)chunk_printf(&c->chunk, "ERRNO=0\nSTATUS=stored %zu descriptor%s as %s\n", count,
		    count == 1 ? "" : "s", n->name);
}

static void
removal(struct client *c)
{
	struct fail fail;
	size_t count;

	if (request_remove(c->hold, &c->notify, &c->peer, &count, &fail) == -1)
		answer_fail(c, &fail);
	else
		(void)chunk_printf(&c->chunk, "ERRNO=0\nSTATUS=removed %zu descriptor%s named %s\n", count,
		    count == 1 ? "" : "s", c->notify.name);
}

/*
 * Adds a LISTEN_FDNAMES= line and the next descriptors to the chunk. Adds as many descriptors as fit into one message.
 */
static int
get_fill(struct client *c)
{
	const char *name = c->notify.has_name ? c->notify.name : NULL;
	struct chunk *chunk = &c->chunk;
	struct stored *entry;

	if (chunk->entries == NULL &&
	    (chunk->entries = reallocarray(NULL, FDPASS_MAX_FDS, sizeof(struct stored *))) == NULL)
		return -1;
	while (chunk->entry_count < FDPASS_MAX_FDS) {
		entry = store_next(&c->hold->store, c->cursor, name);
		if (entry == NULL || entry->id > c->last)
			break;
		c->cursor = entry->id;
		if (chunk_append(chunk, chunk->entry_count == 0 ? LISTENFDS_NAMES_LINE : ":",
			chunk->entry_count == 0 ? strlen(LISTENFDS_NAMES_LINE) : 1) == -1 ||
		    chunk_append(chunk, entry->name, strlen(entry->name)) == -1)
			return -1;
		store_use(entry);
		chunk->entries[chunk->entry_count++] = entry;
		if (c->notify.request == NOTIFY_TAKE) {
			store_use(entry);
			store_take(entry);
			c->taken[c->taken_count++] = entry;
		}
	}
	return chunk->entry_count == 0 ? 0 : chunk_append(chunk, "\n", 1);
}

static size_t
count_matching(const struct client *c)
{
	const char *name = c->notify.has_name ? c->notify.name : NULL;
	struct stored *entry;
	size_t count = 0;
	uint64_t id = 0;

	for (; (entry = store_next(&c->hold->store, id, name)) != NULL; id = entry->id)
		count++;
	return count;
}

/*
 * Begins to answer the request FDLIST=1, FDGET=1 or FDTAKE=1. Refuses the request if the client is not permitted to
 * send such requests, or if the store contains no matching entry.
 */
static void
get_begin(struct client *c)
{
	enum notify_request request = c->notify.request;
	struct fail fail = { .err = 0 };
	size_t count;

	c->last = c->hold->store.last_id;
	if (!request_is_owner(c->hold, &c->peer)) {
		(void)fail_msg(
		    &fail, "%s is permitted only for root and the owner of the store", notify_request_word(request));
		fail.err = EPERM;
	} else if (c->notify.bad_name || (request == NOTIFY_TAKE && !c->notify.has_name)) {
		(void)fail_msg(&fail, "%s needs a valid FDNAME=", notify_request_word(request));
		fail.err = EINVAL;
	} else if (request != NOTIFY_LIST && (count = count_matching(c)) == 0) {
		if (c->notify.has_name)
			(void)fail_msg(&fail, "no descriptor is named %s", c->notify.name);
		else
			(void)fail_msg(&fail, "the store is empty");
		fail.err = ENOENT;
	} else if (request == NOTIFY_TAKE && (c->taken = calloc(count, sizeof(*c->taken))) == NULL)
		(void)fail_errno(&fail, "cannot allocate the list of taken descriptors");
	if (fail.err != 0)
		answer_fail(c, &fail);
}

static void
nothing(struct client *c)
{
	struct fail fail;
	char others[NOTIFY_MESSAGE_MAX + 1], text[256];
	size_t length;

	if (c->notify.other_count > 0 && !c->notify.notifies) {
		length = notify_others(c->text, c->length, others);
		escape_vis_string(text, sizeof(text), others, length);
		(void)fail_msg(&fail, "unknown request: %s", text);
	} else if (c->fd_count > 0)
		(void)fail_msg(&fail, "descriptors were sent without FDSTORE=1");
	else if (c->notify.other_count == 0)
		(void)fail_msg(&fail, "the message contains no request");
	else {
		(void)chunk_printf(&c->chunk, "ERRNO=0\n");
		return;
	}
	fail.err = EINVAL;
	answer_fail(c, &fail);
}

/*
 * Handles FDHANDOVER=1. The handover uses a duplicate of the client's socket, because client_close() closes the socket
 * after the (empty) answer.
 */
static void
hand_over(struct client *c)
{
	int fd = fcntl(c->watch.fd, F_DUPFD_CLOEXEC, 3);
	struct fail fail;

	if (fd == -1)
		(void)fail_errno(&fail, "cannot duplicate the socket for the handover");
	if (fd == -1 || handover_to_other(c->hold, &c->peer, fd, &fail) == -1)
		answer_fail(c, &fail);
	else
		c->handed_over = true;
}

static void
perform(struct client *c)
{
	switch (c->notify.request) {
	case NOTIFY_STORE:
		store(c);
		break;
	case NOTIFY_REMOVE:
		removal(c);
		break;
	case NOTIFY_LIST:
	case NOTIFY_GET:
	case NOTIFY_TAKE:
		get_begin(c);
		break;
	case NOTIFY_BARRIER:
		(void)chunk_printf(&c->chunk, "ERRNO=0\n");
		break;
	case NOTIFY_HANDOVER:
		hand_over(c);
		break;
	case NOTIFY_NONE:
		nothing(c);
		break;
	}
	fd_close_all(c->fds, c->fd_count);
	c->fd_count = 0;
}

void
answer_begin(struct client *c)
{
	struct sender sender = { .peer = c->peer };
	struct fail fail;

	if (notify_parse(&c->notify, c->text, c->length, &fail) == -1) {
		fail.err = EINVAL;
		answer_fail(c, &fail);
	} else {
		if (c->notify.notifies || c->notify.request != NOTIFY_NONE)
			request_others(c->hold, &c->notify, &sender, c->text, c->length);
		perform(c);
	}
	c->state = CLIENT_ANSWERED;
	answer_continue(c);
}

/* --- sending an answer */

/*
 * Prepares the next chunk of the answer. Returns 0, or -1 with errno. An empty chunk means that the answer is complete.
 */
static int
next_chunk(struct client *c)
{
	chunk_clear(&c->chunk);
	if (c->notify.request == NOTIFY_LIST)
		return list_fill(c);
	if (c->notify.request == NOTIFY_GET || c->notify.request == NOTIFY_TAKE)
		return get_fill(c);
	return 0;
}

/* Sends the bytes of the chunk that have not been sent yet. Returns 0, or -1 with errno. */
static int
send_chunk(struct client *c)
{
	struct chunk *chunk = &c->chunk;
	struct iovec data = { .iov_base = chunk->bytes + chunk->sent, .iov_len = chunk->length - chunk->sent };
	int fds[FDPASS_MAX_FDS], flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	ssize_t n;
	size_t i;

	for (i = 0; i < chunk->entry_count; i++)
		fds[i] = chunk->entries[i]->fd;
	if (chunk->entry_count > 0 && chunk->sent == 0)
		n = fdpass_send_fds(c->watch.fd, &data, 1, fds, chunk->entry_count, flags, NULL, 0, NULL);
	else
		n = fdpass_sendmsg(c->watch.fd, &data, 1, NULL, 0, flags, NULL, 0, NULL);
	if (n == -1)
		return -1;
	chunk->sent += (size_t)n;
	c->answered = true;
	return 0;
}

/* Watches the client's socket for EVENTS. After ANSWER_LIMIT, the client is disconnected. */
static void
await(struct client *c, uint32_t events)
{
	loop_timer_set(&c->hold->loop, &c->timer, ANSWER_LIMIT);
	if (loop_watch(&c->hold->loop, &c->watch, c->watch.fd, events) == -1)
		client_close(c);
}

static void
finished(struct client *c)
{
	if (c->taken_count == 0) {
		client_close(c);
		return;
	}
	c->state = CLIENT_RECEIVING;
	await(c, EPOLLOUT | EPOLLET);
}

/* Handles a send error. If no byte of the answer has been sent, sends the error as the answer. */
static void
send_failed(struct client *c)
{
	struct fail fail;
	int err = errno;

	if (err == EAGAIN) {
		await(c, EPOLLOUT);
		return;
	}
	if (c->answered || err == EPIPE || err == ECONNRESET) {
		client_close(c);
		return;
	}
	(void)fail_errno(&fail, "cannot send the reply");
	answer_fail(c, &fail);
	if (send_chunk(c) == 0 || errno != EAGAIN)
		client_close(c);
	else
		await(c, EPOLLOUT);
}

void
answer_continue(struct client *c)
{
	struct chunk *chunk = &c->chunk;

	if (chunk->sent == chunk->length && next_chunk(c) == -1) {
		client_close(c);
		return;
	}
	if (chunk->sent == chunk->length) {
		finished(c);
		return;
	}
	if (send_chunk(c) == -1) {
		send_failed(c);
		return;
	}
	/* Returns to the event loop, which calls answer_continue() when the client's socket is writable. */
	await(c, EPOLLOUT);
}

/*
 * SIOCOUTQ must be read before SO_ERROR. If a client closes its socket before it has read all data, the kernel first
 * resets the connection and then frees the unread data.
 */
void
answer_check_received(struct client *c)
{
	int unread = 0, err = 0;
	socklen_t length = sizeof(err);
	size_t i;

	if (ioctl(c->watch.fd, SIOCOUTQ, &unread) == -1 || unread >= UNREAD_NOTHING)
		return;
	if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &err, &length) == -1 || err != 0) {
		client_close(c);
		return;
	}
	hold_log(c->hold, "pid %d took %zu descriptor%s named %s", (int)c->peer.pid, c->taken_count,
	    c->taken_count == 1 ? "" : "s", c->notify.name);
	for (i = 0; i < c->taken_count; i++) {
		store_drop(c->taken[i]);
		store_release(c->taken[i]);
	}
	c->taken_count = 0;
	client_close(c);
}
