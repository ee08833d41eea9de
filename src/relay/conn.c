/* SPDX-License-Identifier: ISC */
/* Opens and closes connections. Clients wait in order of arrival until they are connected to the server. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/no_auto_init.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "relay/internal.h"

#define CONNECT_PAUSE 10000000 /* nanoseconds between attempts to connect the longest-waiting client to the server */

static int
server_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;

	(void)fail;
	socket_prepare(l, fd, l->options->connect_addr->kind == ADDR_FD);
	return 0;
}

static void
half_open(struct half *half, int fd)
{
	int domain = AF_UNIX;
	socklen_t size = sizeof(domain);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	half->foreign = domain != AF_UNIX;
	half->watch.fd = fd;
}

/* Connects to the server. If credentials are forwarded, connects with the user and group IDs of the client. */
static int
server_open(struct loop *l, const struct conn *conn, struct endpoint *ep, const struct endpoint_options *options,
    struct fail *fail)
{
	struct identity own;
	struct peer peer;
	int rc, err;

	if (l->client_ids == CLIENT_IDS_MUST_MATCH && l->options->connect_addr->kind != ADDR_FD) {
		peer_of_socket(conn->half[0].watch.fd, &peer);
		if (!creds_cover(l, &peer)) {
			errno = EPERM;
			return fail_msg(fail,
			    "refused: the user or group IDs of the client differ from the relay's, "
			    "and the relay cannot change its IDs (see --own-creds)");
		}
	}
	if (l->client_ids != CLIENT_IDS_FORWARDED)
		return endpoint_open(ep, l->options->connect_addr, options, fail);
	if (identity_assume(&own, conn->half[0].watch.fd) == -1)
		rc = fail_errno(fail, "cannot connect with the client's user and groups");
	else
		rc = endpoint_open(ep, l->options->connect_addr, options, fail);
	err = errno;
	if (identity_resume(&own) == -1) {
		if (!l->failed)
			(void)fail_errno(l->fail, "cannot restore the relay's credentials");
		l->failed = true;
	}
	errno = err;
	return rc;
}

/* Returns true if connecting to the server has failed with a temporary error, so that a later attempt may succeed. */
static bool
connect_may_wait(const struct conn *conn, const struct fail *fail)
{
	if (fail->reason == FAIL_TIMEOUT)
		return true;
	switch (fail->err) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return true;
	case ENOENT:
	case ECONNREFUSED:
		return fdpass_deadline(0) < conn->give_up;
	default:
		return false;
	}
}

/*
 * Prints a warning that connecting to the server has failed. If --type was not specified, suggests the type of the
 * server's socket.
 */
static void
connect_failed(struct loop *l, const struct conn *conn, const struct fail *fail, int err)
{
	int type = l->listen_endpoint->type;

	if (err == EPROTOTYPE && l->options->back_options.type == 0)
		type = server_type_other(l->options->connect_addr, type);
	if (type != l->listen_endpoint->type)
		loop_warn(l, conn->number, "%s: use --type=%s", fail->text, socket_type_word(type));
	else
		loop_warn(l, conn->number, "%s", fail->text);
	l->failures++;
}

/*
 * Tries to connect CONN to the server. Returns true if CONN was connected, or was closed with a warning. Returns false
 * if CONN must continue to wait.
 */
static bool
conn_connect(struct loop *l, struct conn *conn)
{
	struct endpoint_options options = l->options->back_options;
	struct endpoint ep = ENDPOINT_NONE;
	NO_AUTO_INIT struct fail fail;
	int err;

	options.role = ROLE_CONNECT;
	options.role_given = true;
	options.type = l->listen_endpoint->type;
	options.retry = 0;
	options.deadline = 0; /* The attempt must not block, because it would delay all other connections. */
	options.prepare = server_prepare;
	options.arg = l;
	if (server_open(l, conn, &ep, &options, &fail) == -1) {
		err = errno;
		if (connect_may_wait(conn, &fail))
			return false;
		connect_failed(l, conn, &fail, err);
		conn_close(l, conn);
		return true;
	}
	link_remove(&conn->waiting);
	half_open(&conn->half[1], ep.fd);
	conn_settle(l, conn);
	return true;
}

void
conns_connect(struct loop *l)
{
	while (!link_is_empty(&l->connecting) && !l->failed)
		if (!conn_connect(l, LINK_OWNER(l->connecting.next, struct conn, waiting))) {
			/*
			 * All clients wait for the same server, so if the first client must continue to wait, the later
			 * clients must wait, too.
			 */
			l->connect_at = fdpass_deadline(CONNECT_PAUSE);
			return;
		}
}

uint64_t
conns_close_connecting(struct loop *l)
{
	uint64_t count = 0;

	for (; !link_is_empty(&l->connecting); count++)
		conn_close(l, LINK_OWNER(l->connecting.next, struct conn, waiting));
	return count;
}

static struct conn *
conn_new(struct loop *l, int client)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	int64_t wait = l->options->back_options.retry;
	uint8_t i;

	if (conn == NULL)
		return NULL;
	for (i = 0; i < 2; i++) {
		conn->half[i].conn = conn;
		conn->half[i].index = i;
		conn->half[i].watch.fd = -1;
		conn->half[i].watch.ready = half_ready;
	}
	half_open(&conn->half[0], client);
	conn->number = ++l->accepted;
	conn->last_sender = 2;
	if (wait != 0)
		conn->give_up = wait == FDPASS_NEVER ? FDPASS_NEVER : fdpass_deadline(wait);
	link_init(&conn->waiting);
	return conn;
}

int
conn_open(struct loop *l, int client)
{
	struct conn *conn = conn_new(l, client);

	if (conn == NULL)
		return -1;
	link_add(&l->conns, &conn->all);
	link_add(&l->connecting, &conn->waiting);
	l->open++;
	l->descriptors += 2;
	if (l->connecting.next == &conn->waiting)
		conns_connect(l);
	/*
	 * The relay watches a waiting client for a hang-up, because the client's connection uses descriptors until the
	 * relay closes the connection.
	 */
	if (conn_is_open(conn) && conn_is_connecting(conn))
		(void)watch_set(l, &conn->half[0].watch, EPOLLHUP | EPOLLERR);
	return 0;
}

void
conn_close(struct loop *l, struct conn *conn)
{
	size_t i;

	if (!conn_is_open(conn))
		return;
	for (i = 0; i < 2; i++) {
		struct half *half = &conn->half[i];

		pending_free(l, half->pending);
		half->pending = NULL;
		if (half->watch.fd == -1)
			continue;
		/*
		 * The socket is removed from the epoll set explicitly, because close(2) does not remove it if another
		 * process has a copy of the socket.
		 */
		(void)watch_set(l, &half->watch, 0);
		close_socket(half->watch.fd, half->drained && !half->foreign);
		half->watch.fd = -1;
	}
	link_remove(&conn->waiting);
	link_remove(&conn->all);
	/*
	 * Events that epoll_wait(2) has already returned may still refer to the connection, so the connection is freed
	 * later.
	 */
	link_add(&l->dead, &conn->all);
	l->open--;
	l->descriptors -= 2;
	l->crowded = false;
	listener_admit(l);
}
