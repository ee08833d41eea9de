/* SPDX-License-Identifier: ISC */
/*
 * The first ADDRESS: a listening socket on which the relay accepts clients while the limits permit it, or a connected
 * or datagram socket.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/receive.h"
#include "relay/internal.h"
#include "relay/relay.h"

#define ACCEPT_BATCH 64
#define PAUSE	     100000000 /* 100 ms, in nanoseconds */

/*
 * Returns true if LIMIT (RLIMIT_NOFILE) leaves enough descriptor numbers for one more client: the client's socket, its
 * socket to the server, and the descriptors of a message.
 */
static bool
has_room(const struct loop *l, uint64_t limit)
{
	return l->descriptors + 2 + receive_reserve(limit) <= limit;
}

/*
 * Fails if the open file limit is too low for the first client. The relay would disable accepting, and would never
 * enable it again, because no connection could end.
 */
static int
limit_check(const struct loop *l, struct fail *fail)
{
	uint64_t needed = l->limit;

	if (has_room(l, needed))
		return 0;
	while (!has_room(l, needed))
		needed++;
	return fail_msg(fail, "the open file limit is too low for a client: RLIMIT_NOFILE is %llu, the minimum is %llu",
	    (unsigned long long)l->limit, (unsigned long long)needed);
}

static bool
room_for_client(struct loop *l)
{
	if (l->options->max_connections != 0 && l->open >= l->options->max_connections)
		return false;
	if (!l->crowded && has_room(l, l->limit))
		return true;
	if (!l->warned_crowded)
		loop_warn(l, 0, "new clients must wait because the open file limit is reached (RLIMIT_NOFILE is %llu)",
		    (unsigned long long)l->limit);
	l->warned_crowded = true;
	return false;
}

void
listener_close(struct loop *l)
{
	if (!l->listening)
		return;
	l->listening = false;
	(void)watch_set(l, &l->listener, 0);
	l->listener.fd = -1;
	endpoint_done(l->listen_endpoint);
}

void
listener_admit(struct loop *l)
{
	if (!l->listening)
		return;
	if (l->connections != 0 && l->accepted >= l->connections)
		listener_close(l);
	else if (!watch_set(l, &l->listener, room_for_client(l) ? EPOLLIN : 0)) {
		l->crowded = true;
		l->admit_at = fdpass_deadline(PAUSE);
	}
}

static bool
client_admitted(struct loop *l, int fd)
{
	struct peer peer;
	struct fail fail;

	if (l->options->admit == NULL)
		return true;
	peer_of_socket(fd, &peer);
	if (l->options->admit(l->options->arg, &peer, &fail) == 0)
		return true;
	loop_warn(l, 0, "%s", fail.text);
	return false;
}

static void
client_take(struct loop *l, int fd)
{
	if (!client_admitted(l, fd)) {
		close_socket(fd, false);
		return;
	}
	socket_prepare(l, fd, false);
	if (conn_open(l, fd) == -1) {
		loop_warn(l, 0, "client refused: %s", strerror(errno));
		close_socket(fd, false);
	}
}

static void
listener_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	int fd, count;

	(void)events;
	for (count = 0; count < ACCEPT_BATCH && l->listening && watch->interest != 0; count++) {
		fd = endpoint_accept(l->listen_endpoint, 0);
		if (fd == -1) {
			if (errno == ETIMEDOUT)
				return;
			/*
			 * Errors such as EMFILE, ENFILE and ENOMEM are temporary, and other processes can cause them,
			 * so the relay tries to accept again after a pause.
			 */
			l->crowded = true;
			l->admit_at = fdpass_deadline(PAUSE);
			listener_admit(l);
			return;
		}
		client_take(l, fd);
		listener_admit(l);
	}
}

static int
listener_prepare(int fd, void *arg, struct fail *fail)
{
	struct loop *l = arg;

	(void)fail;
	socket_prepare(l, fd, l->options->listen_addr->kind == ADDR_FD);
	return 0;
}

static bool
is_connected(int fd)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &size) == 0;
}

/*
 * Returns true if SERVER is the address of the relay's own listening socket. With this address, the relay would connect
 * to itself endlessly.
 */
static bool
is_own_address(const struct loop *l, const struct addr *server)
{
	const struct endpoint *own = l->listen_endpoint;
	const struct addr *name = l->options->listen_addr;
	struct stat st;

	if (server->kind == ADDR_ABSTRACT)
		return name->kind == ADDR_ABSTRACT && name->length == server->length &&
		    memcmp(name->name, server->name, name->length) == 0;
	/* The path of an inherited socket is not compared, because another socket may use this path now. */
	return server->kind == ADDR_PATH && own->dirfd != -1 && stat(server->name, &st) == 0 && st.st_ino == own->ino &&
	    major(st.st_dev) == own->dev_major && minor(st.st_dev) == own->dev_minor;
}

int
listener_open(struct loop *l, struct fail *fail)
{
	struct endpoint_options options = l->options->listener_options;
	int fd;

	options.role = ROLE_LISTEN;
	options.deadline = 0; /* makes the listening socket non-blocking */
	options.prepare = listener_prepare;
	options.arg = l;
	if (options.type == 0 && l->options->listen_addr->kind != ADDR_FD) {
		options.type = server_type_find(l->options->connect_addr);
		if (options.type == 0)
			options.type = SOCK_STREAM;
	}
	if (endpoint_open(l->listen_endpoint, l->options->listen_addr, &options, fail) == -1)
		return -1;
	if (is_own_address(l, l->options->connect_addr))
		return fail_msg(fail, "%s: the relay cannot listen on this address and also connect to it",
		    l->options->connect_addr->text);
	if (l->listen_endpoint->listening) {
		if (limit_check(l, fail) == -1)
			return -1;
		l->listener.fd = l->listen_endpoint->fd;
		l->listener.ready = listener_ready;
		l->listening = true;
		listener_admit(l);
		return 0;
	}
	if (l->listen_endpoint->type == SOCK_DGRAM && !is_connected(l->listen_endpoint->fd))
		return dgram_start(l, fail);
	/* The socket is already connected (inherited), so its peer is the only client. */
	fd = l->listen_endpoint->fd;
	l->listen_endpoint->fd = -1;
	if (conn_open(l, fd) == -1)
		return fail_errno(fail, "%s", l->options->listen_addr->text);
	return 0;
}
