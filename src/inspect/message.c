/* SPDX-License-Identifier: ISC */
/* Determines the properties of a received message. */
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/compat.h"
#include "base/helper.h"
#include "net/peer.h"
#include "inspect/loss.h"
#include "inspect/message.h"
#include "inspect/origin.h"

static bool
is_inet(const struct message *m)
{
	return m->domain == AF_INET || m->domain == AF_INET6;
}

static size_t
buffer_room(const struct message *m)
{
	size_t room = 0, i;

	for (i = 0; i < m->buffer_count; i++)
		room += m->buffers[i].iov_len;
	return room;
}

static size_t
valid_bytes(const struct message *m)
{
	size_t got = m->nbytes > 0 ? (size_t)m->nbytes : 0;

	/* If MSG_TRUNC is passed to recvmsg(2), TCP discards the data, so the buffers contain no data. */
	if ((m->flags & MSG_TRUNC) && m->type == SOCK_STREAM && is_inet(m))
		return 0;
	if (m->origin != NULL && m->origin->data_length < m->room)
		return got < m->origin->data_length ? got : m->origin->data_length;
	return got < m->room ? got : m->room;
}

static void
probe_fds(struct message *m)
{
	size_t i, count = fdpass_msg_fd_count(m->msg);
	struct fd_facts *facts = m->fds->slots;

	for (i = 0; i < count && i < FDPASS_MAX_FDS; i++, facts++) {
		facts->fd = fdpass_msg_fd(m->msg, i);
		if (facts->fd < 0)
			continue;
		fd_probe(facts->fd, facts);
		if (m->numbers != NULL)
			facts->number = m->numbers[i];
		m->close_may_block |= fd_close_may_block(facts);
	}
	m->fds->pidfd.fd = fdpass_msg_pidfd(m->msg);
	if (m->fds->pidfd.fd >= 0)
		fd_probe(m->fds->pidfd.fd, &m->fds->pidfd);
}

static uint64_t
open_file_limit(const struct message *m)
{
	struct rlimit limit = { 0, 0 };

	if (m->origin != NULL)
		(void)prlimit(m->origin->pid, RLIMIT_NOFILE, NULL, &limit);
	else
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

/*
 * Passes the user ID of the sender to helper_set_user(). If a descriptor blocks a helper, the stuck helper counts
 * towards the limit of this user.
 */
static void
set_user(const struct message *m)
{
	struct peer peer = PEER_UNKNOWN;

	if (m->peer != NULL)
		peer.uid = m->peer->uid;
	else if (m->origin == NULL && !m->end_of_file)
		peer_of_message(m->msg, &peer);
	helper_set_user(peer.uid);
}

void
message_inspect(struct message *m)
{
	int pidfd = m->origin != NULL ? m->origin->pidfd_number : fdpass_msg_pidfd(m->msg);

	set_user(m);
	m->room = buffer_room(m);
	m->valid = valid_bytes(m);
	m->is_stream_end = m->end_of_file || (m->nbytes == 0 && m->type == SOCK_STREAM && m->room > 0);
	m->loss = (struct loss){ .cause = LOSS_NONE };
	m->close_may_block = false;
	if ((fdpass_msg_flags(m->msg) & MSG_CTRUNC) != 0 || (pidfd < 0 && pidfd != FDPASS_TAKEN))
		m->open_file_limit = open_file_limit(m);
	if ((fdpass_msg_flags(m->msg) & MSG_CTRUNC) != 0 && m->direction != DIRECTION_SENT)
		loss_find(m, &m->loss);
	if (m->fds != NULL)
		probe_fds(m);
}

/*
 * Returns the properties of descriptor NUMBER of another process, of which FD is a duplicate. Returns NULL if NUMBER is
 * a negated errno, which the kernel stores if the other process did not get the descriptor.
 */
static const struct fd_facts *
origin_fd(const struct message *m, int fd, int number, struct fd_facts *facts)
{
	if (number < 0 && m->direction != DIRECTION_SENT)
		return NULL;
	origin_probe(m, fd, number, facts);
	return facts;
}

const struct fd_facts *
message_fd(const struct message *m, size_t slot, struct fd_facts *spare)
{
	int fd = fdpass_msg_fd(m->msg, slot);

	if (m->origin != NULL)
		return origin_fd(m, fd, m->numbers[slot], spare);
	if (fd < 0)
		return NULL;
	if (m->fds != NULL && slot < FDPASS_MAX_FDS)
		return &m->fds->slots[slot];
	fd_probe(fd, spare);
	if (m->numbers != NULL)
		spare->number = m->numbers[slot];
	return spare;
}

const struct fd_facts *
message_pidfd(const struct message *m, struct fd_facts *spare)
{
	int fd = fdpass_msg_pidfd(m->msg);

	if (m->origin != NULL)
		return origin_fd(m, fd, m->origin->pidfd_number, spare);
	if (fd < 0)
		return NULL;
	if (m->fds != NULL)
		return &m->fds->pidfd;
	fd_probe(fd, spare);
	return spare;
}
