/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/discard.h"
#include "inspect/fd.h"
#include "hold/handover.h"
#include "hold/internal.h"
#include "hold/state.h"

#define SECOND	   INT64_C(1000000000)
#define STEP_LIMIT (5 * SECOND)	  /* time limit for receiving or sending one message of a handover */
#define STOP_LIMIT (100 * SECOND) /* time limit for the other fdpass hold to stop its command */

static void handover_now(struct timer *timer);

static const char request_text[] = "FDHANDOVER=1\n", count_text[] = "FDCOUNT=", done_text[] = "OK\n";

void
handover_to_self(struct hold *h)
{
	if (h->handover_fd != -1)
		return;
	h->upgrading = true;
	handover_continue(h);
}

/* --- handover to another process */

static int
send_step(int fd, const void *bytes, size_t length, const int *fds, size_t count, struct fail *fail)
{
	struct fdpass_wait wait = { .deadline = fdpass_deadline(STEP_LIMIT) };
	struct iovec data = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = length };
	ssize_t n;

	if (count > 0)
		n = fdpass_send_fds(fd, &data, 1, fds, count, MSG_NOSIGNAL, NULL, 0, &wait);
	else
		n = fdpass_sendmsg(fd, &data, 1, NULL, 0, MSG_NOSIGNAL, NULL, 0, &wait);
	return n == (ssize_t)length ? 0 : fail_errno(fail, "cannot send to the other fdpass hold process");
}

static int
send_state(struct hold *h, const struct state *s, struct fail *fail)
{
	char first[64];
	size_t i, count;
	int n = snprintf(first, sizeof(first), "%s%zu\n", count_text, s->count);

	if (send_step(h->handover_fd, first, (size_t)n, &s->memfd, 1, fail) == -1)
		return -1;
	for (i = 0; i < s->count; i += count) {
		count = s->count - i < FDPASS_MAX_FDS ? s->count - i : FDPASS_MAX_FDS;
		if (send_step(h->handover_fd, "+", 1, s->fds + i, count, fail) == -1)
			return -1;
	}
	return 0;
}

/*
 * Sends the store to the other fdpass hold. This process releases its store only after the other process has confirmed
 * that it has received the complete store.
 */
static int
give(struct hold *h, struct fail *fail)
{
	struct fdpass_wait wait = { .deadline = fdpass_deadline(STEP_LIMIT) };
	struct state state;
	ssize_t n = -1;

	if (state_write(h, &state, true, fail) == -1)
		return -1;
	if (send_state(h, &state, fail) == 0) {
		n = hold_receive(h, h->handover_fd, h->buffer, sizeof(h->buffer), &wait);
		if (n == -1)
			(void)fail_errno(fail, "cannot receive the confirmation from the other fdpass hold process");
		else if ((size_t)n != sizeof(done_text) - 1 || memcmp(h->buffer, done_text, (size_t)n) != 0) {
			(void)fail_msg(fail, "the other fdpass hold process did not confirm the handover");
			n = -1;
		}
		msg_discard(h->msg);
	}
	state_done(&state);
	return n == -1 ? -1 : 0;
}

/*
 * Releases the endpoint without removing its path, because the path and the socket now belong to the other fdpass hold.
 * The socket is closed without shutdown(2), because shutdown(2) would affect the other fdpass hold.
 */
static void
leave_endpoint(struct endpoint *ep)
{
	int dirfd = ep->dirfd;

	if (ep->ours)
		fd_close_all(&ep->fd, 1);
	ep->fd = -1;

	*(volatile int *)&ep->dirfd = -1;
	fd_close_all(&dirfd, 1);
	free(ep->base);
	ep->base = NULL;
}

static void
give_all(struct hold *h)
{
	struct fail fail;
	int rc;

	/*
	 * The command may have sent descriptors for the store before it exited. These descriptors must be received
	 * before the store is sent.
	 */
	if (h->private_socket.fd != -1)
		dgram_drain(&h->private_socket.watch);
	rc = give(h, &fail);
	fd_close_all(&h->handover_fd, 1);
	h->handover_fd = -1;
	if (rc == 0) {
		hold_log(
		    h, "FDHANDOVER=1: handed over %zu descriptor%s", h->store.count, h->store.count == 1 ? "" : "s");
		leave_endpoint(h->endpoint);
		h->status = 0;
		h->loop.stop = true;
		return;
	}
	hold_warn(h, "handover failed: %s", fail.text);
	hold_listen(h);
	if (h->options->command != NULL)
		command_restart(h);
}

int
handover_to_other(struct hold *h, const struct peer *peer, int fd, struct fail *fail)
{
	if (!peer->known || (peer->uid != 0 && !request_is_own_user(peer->uid))) {
		(void)fail_msg(fail, "FDHANDOVER=1 is permitted only for root and the user who runs the store");
		fail->err = EPERM;
	} else if (h->handover_fd != -1 || h->upgrading || h->command.stopping) {
		(void)fail_msg(fail, "the store is already being stopped or handed over");
		fail->err = EBUSY;
	} else {
		h->handover_fd = fd;
		command_stop(h);
		handover_continue(h);
		return 0;
	}
	fd_close_all(&fd, 1);
	return -1;
}

bool
handover_is_due(const struct hold *h)
{
	return h->handover_fd != -1 || h->upgrading;
}

void
handover_continue(struct hold *h)
{
	if (!handover_is_due(h) || h->loop.stop)
		return;
	/*
	 * From here on, new clients stay in the listen queue of the socket. The other fdpass hold receives this socket
	 * and accepts the clients.
	 */
	loop_unwatch(&h->loop, &h->listener);
	if (h->client_count > 0 || (h->handover_fd != -1 && h->command.pid > 0))
		return;
	/*
	 * The event loop calls handover_now() later, because handover_now() releases objects that the current event
	 * handler still uses.
	 */
	h->handover_timer.expired = handover_now;
	h->handover_timer.owner = h;
	loop_timer_set(&h->loop, &h->handover_timer, 0);
}

static void
handover_now(struct timer *timer)
{
	struct hold *h = timer->owner;

	if (h->handover_fd != -1)
		give_all(h);
	else if (h->upgrading)
		handover_execute_self(h);
}

/* --- handover from another process */

static int
connect_to_store(struct hold *h, struct endpoint *ep, struct fail *fail)
{
	struct endpoint_options options = { .role = ROLE_CONNECT,
		.owner = (uid_t)-1,
		.group = (gid_t)-1,
		.deadline = fdpass_deadline(STEP_LIMIT),
		.prepare = pass_credentials };

	if (h->options->addr->kind == ADDR_FD)
		return fail_msg(fail, "%s: --replace needs a path or an abstract name", h->options->addr->text);
	return endpoint_open(ep, h->options->addr, &options, fail);
}

/*
 * Sends the handover request to the fdpass hold at ADDRESS. Returns the socket on which the answer will arrive, or -1
 * with *FAIL. Closes EP.
 */
static int
send_request(struct endpoint *ep, struct fail *fail)
{
	int ends[2] = { -1, -1 }, rc;

	if (ep->type != SOCK_DGRAM) {
		rc = send_step(ep->fd, request_text, sizeof(request_text) - 1, NULL, 0, fail);
		if (rc == 0) {
			ends[0] = ep->fd;
			ep->fd = -1;
		}
	} else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		(void)fail_errno(fail, "cannot create a socket pair");
	else if (pass_credentials(ends[0], NULL, fail) == -1 ||
	    send_step(ep->fd, request_text, sizeof(request_text) - 1, &ends[1], 1, fail) == -1) {
		(void)close(ends[0]);
		ends[0] = -1;
	}
	if (ends[1] != -1)
		(void)close(ends[1]);
	endpoint_done(ep);
	return ends[0];
}

/*
 * Any process can listen on an abstract name, or on a path in a directory to which other users can write. The state is
 * accepted only from a process of a user who may also take the store from this process. Returns 0, or -1 with *FAIL.
 */
static int
check_sender(const struct hold *h, struct fail *fail)
{
	struct peer peer;

	peer_of_message(h->msg, &peer);
	if (request_is_owner(h, &peer))
		return 0;
	if (!peer.known)
		return fail_msg(fail, "%s: the user of the other process is unknown", h->options->addr->text);
	return fail_msg(fail, "%s: the other process belongs to user ID %u, which does not own this store",
	    h->options->addr->text, (unsigned int)peer.uid);
}

/* Moves the descriptors of the received message to S. Returns 0, or -1 with *FAIL. */
static int
take_descriptors(struct hold *h, struct state *s, struct fail *fail)
{
	size_t i, slots = fdpass_msg_fd_count(h->msg);
	int fd, err;

	for (i = 0; i < slots; i++) {
		fd = fdpass_msg_take_fd(h->msg, i);
		if (fd != -1 && state_add(s, fd) != -1)
			continue;
		err = errno;
		fd_close_all(&fd, 1);
		errno = err;
		return fail_errno(fail, "cannot take over the descriptors");
	}
	return 0;
}

/* Receives one message with descriptors. On success, S owns the received descriptors. Returns 0, or -1 with *FAIL. */
static int
receive_step(struct hold *h, int fd, int64_t limit, struct state *s, struct fail *fail)
{
	struct fdpass_wait wait = { .deadline = fdpass_deadline(limit) };
	ssize_t n = hold_receive(h, fd, h->buffer, sizeof(h->buffer) - 1, &wait);

	if (n == 0)
		return fail_msg(fail, "the other fdpass hold process closed the connection");
	if (n == -1)
		return fail_errno(fail, "cannot receive from the other fdpass hold process");
	h->buffer[n] = '\0';
	if (check_sender(h, fail) == -1)
		return -1;
	if (fdpass_msg_fd_count(h->msg) == 0)
		return fail_msg(fail, "the other fdpass hold process refused the handover: %s", h->buffer);
	if ((fdpass_msg_flags(h->msg) & MSG_CTRUNC) != 0)
		return fail_msg(fail, "cannot take over the descriptors: too many open files");
	return take_descriptors(h, s, fail);
}

/*
 * Receives the first message of a handover, which contains the text of the state and the number of descriptors that
 * follow. Returns 0, or -1 with *FAIL.
 */
static int
receive_state(struct hold *h, int fd, struct state *s, struct fail *fail)
{
	size_t count;

	if (receive_step(h, fd, STOP_LIMIT, s, fail) == -1)
		return -1;
	if (strncmp(h->buffer, count_text, sizeof(count_text) - 1) != 0 || s->count != 1)
		return fail_msg(fail, "the other fdpass hold process does not support FDHANDOVER=1");
	count = strtoul(h->buffer + sizeof(count_text) - 1, NULL, 10);
	/* F_GET_SEALS fails unless the file is in memory. Reading any other file could block. */
	if (fcntl(s->fds[0], F_GET_SEALS) == -1)
		return fail_msg(fail, "the state of the other fdpass hold process is malformed");
	s->memfd = s->fds[0];
	s->count = 0;
	while (s->count < count)
		if (receive_step(h, fd, STEP_LIMIT, s, fail) == -1)
			return -1;
	return 0;
}

/*
 * Calls receive_state(). During the call, the termination signals are unblocked, so that they terminate this process.
 * If this process terminates, the other fdpass hold keeps the store.
 */
static int
receive_interruptibly(struct hold *h, int fd, struct state *s, struct fail *fail)
{
	sigset_t blocked;
	int rc;

	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	signals_unblock_end();
	rc = receive_state(h, fd, s, fail);
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL);
	return rc;
}

static int
take_all(struct hold *h, int fd, struct fail *fail)
{
	struct state s = { .memfd = -1 };
	int rc = receive_interruptibly(h, fd, &s, fail);

	if (rc == 0)
		rc = state_read(h, s.memfd, s.fds, s.count, fail);
	else {
		msg_discard(h->msg);
		fd_close_all(s.fds, s.count);
	}
	if (rc == 0)
		rc = send_step(fd, done_text, sizeof(done_text) - 1, NULL, 0, fail);
	if (rc == -1)
		leave_endpoint(h->endpoint);
	state_done(&s);
	return rc;
}

int
handover_from_other(struct hold *h, struct fail *fail)
{
	struct endpoint ep = ENDPOINT_NONE;
	int fd, rc;

	if (connect_to_store(h, &ep, fail) == -1)
		return fail->err == ENOENT || fail->err == ECONNREFUSED ? 0 : -1;
	fd = send_request(&ep, fail);
	if (fd == -1)
		return -1;
	rc = take_all(h, fd, fail);
	/* If the other process is not fdpass, the receive queue may contain any descriptors. */
	socket_discard(fd);
	if (rc == 0)
		hold_log(h, "took over %zu descriptor%s", h->store.count, h->store.count == 1 ? "" : "s");
	return rc == 0 ? 1 : -1;
}
