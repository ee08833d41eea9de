/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fdpass.h"
#include "net/discard.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "activate/internal.h"
#include "activate/remote.h"

struct acceptor {
	struct activation *activation;
	struct wait wait;
	struct stop stop;
	struct children children;
	bool listening;
	/*
	 * index of the listening socket that is served next; rotates, so that a busy socket cannot occupy all children
	 */
	size_t next;
	uint64_t accepted; /* number of accepted connections from permitted peers */
	int64_t resume_at; /* earliest time of the next attempt after accept(2) or fork(2) has failed; 0: no failure */
	bool exhausted;	   /* accept(2) or fork(2) has failed temporarily, and a warning has been printed */
	/* An accepted connection for which no child could be created yet. */
	int connection; /* -1: none */
	struct peer peer;
	struct remote remote;
};

static void
stop_listening(struct acceptor *s)
{
	if (s->listening)
		s->activation->stop_listening(s->activation->arg, false);
	s->listening = false;
}

/*
 * Records that accept(2) or fork(2) has failed temporarily, and prints a warning about the first such failure. WHAT is
 * the name of the failed operation, and errno contains the reason.
 */
static void
exhaust(struct acceptor *s, const char *what)
{
	if (!s->exhausted)
		say(s->activation, ACTIVATE_WARNING, "%s: %s; new connections wait", what, strerror(errno));
	s->exhausted = true;
	s->resume_at = fdpass_deadline(RETRY_PAUSE);
}

static void
say_started(const struct acceptor *s, pid_t pid)
{
	char client[sizeof(" from pid , uid ") + 2 * 10] = "";

	/* Clients of AF_UNIX sockets usually have no address. */
	if (*s->remote.addr == '\0' && s->peer.known && s->peer.pid != 0)
		(void)snprintf(
		    client, sizeof(client), " from pid %d, uid %u", (int)s->peer.pid, (unsigned int)s->peer.uid);
	else if (*s->remote.addr == '\0' && s->peer.known)
		(void)snprintf(client, sizeof(client), " from uid %u", (unsigned int)s->peer.uid);
	say(s->activation, ACTIVATE_INFO, "connection %llu%s%s%s%s%s: started process %d",
	    (unsigned long long)s->accepted, client, *s->remote.addr != '\0' ? " from " : "", s->remote.addr,
	    *s->remote.port != '\0' ? " port " : "", s->remote.port, (int)pid);
}

/*
 * Starts COMMAND for the accepted connection. If no child can be created, the connection is kept and fork(2) is retried
 * later.
 */
static int
connection_serve(struct acceptor *s, struct fail *fail)
{
	static const char *const name = "connection";
	const char *variables[] = { "REMOTE_ADDR", s->remote.addr, "REMOTE_PORT", s->remote.port, NULL };
	struct handover handover = s->activation->handover;
	struct ucred peer = { .pid = s->peer.pid, .uid = s->peer.uid, .gid = s->peer.gid };
	pid_t pid;

	handover.fds = &s->connection;
	handover.names = &name;
	handover.count = 1;
	handover.peer = s->peer.known ? &peer : NULL;
	handover.variables = variables;
	pid = child_start(&s->children, s->activation, &handover, &s->stop, &s->connection);
	if (pid == -1 && (errno == EAGAIN || errno == ENOMEM)) {
		exhaust(s, "fork");
		return 0;
	}
	if (pid == -1)
		return fail_errno(fail, "fork");
	s->exhausted = false;
	say_started(s, pid);
	if (s->accepted == s->activation->connections)
		stop_listening(s);
	return 0;
}

static int
connection_new(struct acceptor *s, int fd, struct fail *fail)
{
	const struct activation *a = s->activation;

	s->connection = fd;
	peer_of_socket(fd, &s->peer);
	if (a->admit != NULL && a->admit(a->arg, &s->peer, fail) == -1) {
		say(a, ACTIVATE_WARNING, "%s", fail->text);
		socket_discard(fd);
		s->connection = -1;
		return 0;
	}
	s->accepted++;
	remote_get(fd, &s->remote);
	return connection_serve(s, fail);
}

static int
accept_from(struct acceptor *s, const struct activate_fd *from, struct fail *fail)
{
	struct endpoint ep = {
		.fd = from->fd, .ours = from->exclusive, .listening = true, .nonblocking = from->exclusive, .dirfd = -1
	};
	int fd = endpoint_accept(&ep, fdpass_deadline(0));

	if (fd != -1)
		return connection_new(s, fd, fail);
	switch (errno) {
	case ETIMEDOUT:
		return 0;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		return fail_errno(fail, "%s: accept", from->text);
	default:
		/*
		 * accept(2) is retried later, because the error is temporary: EMFILE, ENFILE, ENOBUFS, ENOMEM, or EPERM
		 * from a firewall.
		 */
		exhaust(s, "accept");
		return 0;
	}
}

/*
 * Handles a termination signal. After the first termination signal, this process no longer listens, and the children
 * can finish. The second termination signal is forwarded to the children. Every later one kills the children.
 */
static void
stop_requested(struct acceptor *s)
{
	stop_listening(s);
	s->resume_at = 0;
	if (s->stop.count == 1 && s->children.count > 0)
		say(s->activation, ACTIVATE_STOPPING,
		    "stopping: waiting for %zu process%s to exit; a second signal is forwarded to %s, a third one kills "
		    "%s",
		    s->children.count, s->children.count == 1 ? "" : "es", s->children.count == 1 ? "it" : "them",
		    s->children.count == 1 ? "it" : "them");
	if (s->stop.count == 2)
		child_signal(&s->children, s->stop.last);
	else if (s->stop.count > 2)
		child_signal(&s->children, SIGKILL);
}

/* Called after a termination signal if fork(2) failed for an accepted connection. Closes the connection. */
static void
connection_refuse(struct acceptor *s)
{
	say(s->activation, ACTIVATE_WARNING, "connection %llu: closed because no process could be created",
	    (unsigned long long)s->accepted);
	socket_discard(s->connection);
	s->connection = -1;
}

static bool
accepts(const struct acceptor *s)
{
	return s->listening && s->connection == -1 && s->resume_at == 0 &&
	    s->children.count < s->activation->max_children;
}

static int
acceptor_step(struct acceptor *s, struct fail *fail)
{
	bool ended = false;
	int status, rc = 0;
	pid_t pid;
	size_t count = s->activation->count, i;

	if (wait_poll(&s->wait, accepts(s), s->resume_at != 0 ? s->resume_at : FDPASS_NEVER) == -1)
		return fail_errno(fail, "cannot wait for connections");
	if (s->resume_at != 0 && s->resume_at <= fdpass_deadline(0))
		s->resume_at = 0;
	while (stop_take(&s->stop, &ended))
		stop_requested(s);
	while (ended && (pid = child_reap(&s->children, &status)) != 0) {
		child_report(s->activation, pid, status);
		s->resume_at = 0;
	}
	if (s->connection != -1 && s->resume_at == 0)
		rc = connection_serve(s, fail);
	if (s->connection != -1 && s->stop.count > 0)
		connection_refuse(s);
	for (i = 0; i < count && rc == 0 && accepts(s); i++, s->next = (s->next + 1) % count)
		if (s->wait.polled[s->next].revents != 0)
			rc = accept_from(s, &s->activation->fds[s->next], fail);
	return rc;
}

/*
 * Prepares the sockets for accept(2). O_NONBLOCK is set only on sockets that this process created, because setting it
 * on an inherited socket would affect other processes. FD_CLOEXEC prevents COMMAND from inheriting these sockets.
 */
static int
prepare_sockets(const struct activation *a, struct fail *fail)
{
	const struct activate_fd *fd;
	int flags;
	size_t i;

	for (i = 0; i < a->count; i++) {
		fd = &a->fds[i];
		if (fcntl(fd->fd, F_SETFD, FD_CLOEXEC) == -1)
			return fail_errno(fail, "%s", fd->text);
		flags = fd->exclusive ? fcntl(fd->fd, F_GETFL) : -1;
		if (fd->exclusive && (flags == -1 || fcntl(fd->fd, F_SETFL, flags | O_NONBLOCK) == -1))
			return fail_errno(fail, "%s", fd->text);
	}
	return 0;
}

int
activate_accept(struct activation *a, struct fail *fail)
{
	struct acceptor s = { .activation = a, .listening = true, .connection = -1 };
	int rc = 0;

	if (prepare_sockets(a, fail) == -1 || stop_begin(&s.stop, fail) == -1)
		return -1;
	if (wait_begin(&s.wait, a, s.stop.fd, fail) == -1) {
		stop_end(&s.stop);
		return -1;
	}
	while (rc == 0 && (s.listening || s.children.count > 0 || s.connection != -1))
		rc = acceptor_step(&s, fail);
	if (s.connection != -1)
		socket_discard(s.connection);
	wait_end(&s.wait);
	children_free(&s.children);
	stop_end(&s.stop);
	return rc == -1 ? -1 : s.stop.signal;
}
