/* SPDX-License-Identifier: ISC */
/* The event loop: one epoll set, signals, and timers. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fail.h"
#include "base/fd_limit.h"
#include "base/helper.h"
#include "base/sigpipe.h"
#include "lib/fdpass.h"
#include "net/endpoint.h"
#include "net/notify.h"
#include "net/receive.h"
#include "inspect/fd.h"
#include "inspect/idmap.h"
#include "relay/internal.h"
#include "relay/relay.h"

#define BATCH	   64
#define OPEN_GUESS 16
#define WARNED	   1000 /* milliseconds after the last warning until warned() is called */
#define IDLE	   200	/* number of milliseconds without events after which helpers exit and cached files are closed */

bool
watch_set(struct loop *l, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .ptr = watch } };
	int op;

	if (watch->interest == events || watch->fd == -1)
		return true;
	if (events == 0)
		op = EPOLL_CTL_DEL;
	else
		op = watch->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (epoll_ctl(l->epoll, op, watch->fd, &event) == -1)
		return false;
	watch->interest = events;
	return true;
}

void
loop_warn(struct loop *l, uint64_t connection, const char *format, ...)
{
	char line[1280];
	int used = 0;
	va_list ap;

	if (connection != 0)
		used = snprintf(line, sizeof(line), "connection %llu: ", (unsigned long long)connection);
	va_start(ap, format);
	(void)vsnprintf(line + used, sizeof(line) - (size_t)used, format, ap);
	va_end(ap);
	if (l->options->warn != NULL)
		l->options->warn(l->options->arg, line);
	l->warned = true;
}

/* --- the number of open descriptors */

static void
limit_raise(struct loop *l)
{
	struct rlimit limit;

	fd_limit_raise();
	l->limit = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

static uint64_t
descriptors_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (dir == NULL)
		return OPEN_GUESS;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count; /* includes the entries . and .., because the count need not be exact */
}

bool
loop_has_room(const struct loop *l)
{
	/*
	 * If pending messages contain no descriptors, waiting would not free descriptor numbers, so the relay does not
	 * wait.
	 */
	return l->descriptors + l->pending + FDPASS_MAX_FDS <= l->limit || l->pending == 0;
}

ssize_t
loop_receive(const struct loop *l, int fd, struct fdpass_msg *msg, const struct iovec *buffer, int flags)
{
	size_t count = buffer != NULL ? 1 : 0;

	/* Usually, enough descriptor numbers are free, and receive_message(), which uses a helper, is not needed. */
	if (l->descriptors + l->pending + RECEIVE_RESERVE <= l->limit)
		return fdpass_recvmsg_into(fd, msg, buffer, count, flags | MSG_DONTWAIT, NULL);
	return receive_message(fd, msg, buffer, count, flags | MSG_DONTWAIT, NULL);
}

/* --- the reader of the output */

static void
output_gone(struct loop *l, struct watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
	if (!l->failed) {
		errno = EPIPE;
		(void)sigpipe_output_failed(l->fail);
	}
	l->failed = true;
}

/*
 * Watches the output for errors, so that the relay stops when the reader of the output closes its pipe, even if no
 * message arrives. If the output is a regular file, epoll_ctl(2) fails, and the file is not watched.
 */
static void
output_watch(struct loop *l)
{
	l->output.ready = output_gone;
	l->output.fd = l->options->output_fd;
	if (!watch_set(l, &l->output, EPOLLERR | EPOLLHUP))
		l->output.fd = -1;
}

/* --- the loop */

/* Runs the actions of all timers that have expired. */
static void
timers_run(struct loop *l)
{
	struct link *link, *next;
	int64_t now;

	if (link_is_empty(&l->paused) && link_is_empty(&l->connecting) && !l->crowded && l->dgram == NULL)
		return;
	now = fdpass_deadline(0);
	for (link = l->paused.next; link != &l->paused; link = next) {
		struct conn *conn = LINK_OWNER(link, struct conn, waiting);

		next = link->next;
		/* All pauses have the same length, so the list of paused connections is ordered by time. */
		if (conn->retry_at > now)
			break;
		conn_resume(l, conn);
	}
	if (l->connect_at <= now)
		conns_connect(l);
	if (l->crowded && l->admit_at <= now) {
		l->crowded = false;
		listener_admit(l);
	}
	if (l->dgram != NULL)
		dgram_retry(l);
}

int
loop_timeout(const struct loop *l)
{
	int64_t at = FDPASS_NEVER;

	if (!link_is_empty(&l->paused))
		at = LINK_OWNER(l->paused.next, struct conn, waiting)->retry_at;
	if (!link_is_empty(&l->connecting) && l->connect_at < at)
		at = l->connect_at;
	if (l->crowded && l->admit_at < at)
		at = l->admit_at;
	if (l->dgram != NULL && dgram_next(l) < at)
		at = dgram_next(l);
	if (at == FDPASS_NEVER)
		return helper_active() || fd_cache_active() ? IDLE : l->warned ? WARNED : -1;
	return deadline_milliseconds(at);
}

static void
dead_free(struct loop *l)
{
	while (!link_is_empty(&l->dead)) {
		struct conn *conn = LINK_OWNER(l->dead.next, struct conn, all);

		link_remove(&conn->all);
		free(conn);
	}
}

static void
idle(struct loop *l)
{
	if (helper_active())
		helper_reap();
	fd_cache_drop();
	if (l->warned && l->options->warned != NULL)
		l->options->warned(l->options->arg);
	l->warned = false;
}

static int
loop_run(struct loop *l)
{
	struct epoll_event events[BATCH];
	int i, count;

	while (!l->failed && (l->listening || l->open > 0 || (l->dgram != NULL && l->stops == 0))) {
		count = events_wait(l, events, BATCH);
		if (count == 0)
			idle(l);
		if (count == -1 && errno != EINTR)
			return fail_errno(l->fail, "cannot wait for events");
		for (i = 0; i < count && !l->failed; i++) {
			struct watch *watch = events[i].data.ptr;

			/* The handler of an earlier event may have closed the descriptor of this watch. */
			if (watch->fd != -1)
				watch->ready(l, watch, events[i].events);
		}
		timers_run(l);
		dead_free(l);
	}
	return l->failed ? -1 : 0;
}

static void
loop_end(struct loop *l, const sigset_t *before)
{
	conns_close(l);
	dead_free(l);
	if (l->dgram != NULL)
		dgram_stop(l);
	endpoint_done(l->listen_endpoint);
	fdpass_msg_free(l->msg);
	fdpass_msg_free(l->peek);
	batch_free(l);
	loop_buffer_free(l);
	fd_cache_drop();
	if (l->epoll != -1)
		(void)close(l->epoll);
	loop_signals_close(l, before);
}

static int
loop_begin(struct loop *l, sigset_t *before, struct fail *fail)
{
	const struct relay_options *options = l->options;

	limit_raise(l);
	l->client_ids = options->own_creds ? CLIENT_IDS_REPLACED :
	    creds_carried()		   ? CLIENT_IDS_FORWARDED :
					     CLIENT_IDS_MUST_MATCH;
	l->own_uid = geteuid();
	l->own_gid = getegid();
	l->own_ids_ambiguous = idmap_ids(l->own_uid, l->own_gid) != ID_MAPPED;
	l->own_pid = getpid();
	/* admit() needs credentials, because the sender of a datagram is identified only by credentials. */
	l->with_creds = l->client_ids != CLIENT_IDS_REPLACED || options->creds || options->admit != NULL;
	l->full = options->show != NULL;
	l->wide_peek = options->pidfd || options->security;
	l->connections = options->connect_addr->kind == ADDR_FD ? 1 : options->connections;
	l->msg = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	l->peek = fdpass_msg_new(l->with_creds ? CMSG_SPACE(sizeof(struct ucred)) : 0);
	if (l->msg == NULL || l->peek == NULL || loop_buffer_new(l, PEEK_MAX) == -1 || batch_new(l) == -1)
		return fail_errno(fail, "cannot allocate memory");
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll == -1)
		return fail_errno(fail, "epoll_create1");
	if (stream_learn(l, fail) == -1)
		return -1;
	close_learn(l);
	helper_close_keep();
	l->descriptors = descriptors_open();
	if (options->creds && l->client_ids != CLIENT_IDS_FORWARDED)
		loop_warn(l, 0,
		    options->own_creds ?
			"credentials are not forwarded; receivers get the relay's credentials" :
			"credentials cannot be forwarded without CAP_SETUID and CAP_SETGID; receivers get the relay's "
			"credentials");
	if (listener_open(l, fail) == -1)
		return -1;
	options->opened(options->arg);
	if (loop_signals_open(l, before, fail) == -1)
		return -1;
	output_watch(l);
	return l->listening || l->dgram != NULL ? notify_ready(options->ready_fd, fail) : 0;
}

static void
loop_started(const struct loop *l)
{
	enum addr_kind server = l->options->connect_addr->kind;
	struct relay_needs needs = { .connects = server != ADDR_FD,
		.credentials = l->client_ids == CLIENT_IDS_FORWARDED,
		/*
		 * The relay sends a reply to the address of the datagram's sender, and this address can be an abstract
		 * name.
		 */
		.abstract = server == ADDR_ABSTRACT || l->dgram != NULL };

	l->options->started(l->options->arg, &needs, l->signals.fd);
}

int
relay_run(const struct relay_options *options, struct fail *fail)
{
	struct loop l = { .options = options,
		.fail = fail,
		.epoll = -1,
		.listener = { .fd = -1 },
		.signals = { .fd = -1 },
		.output = { .fd = -1 },
		.listen_endpoint = options->listen_endpoint };
	sigset_t before;
	int rc;

	link_init(&l.conns);
	link_init(&l.connecting);
	link_init(&l.paused);
	link_init(&l.dead);
	(void)sigprocmask(SIG_SETMASK, NULL, &before);
	rc = loop_begin(&l, &before, fail);
	if (rc == 0) {
		loop_started(&l);
		rc = loop_run(&l);
	}
	if (rc == 0 && l.failures > 0 && options->connections != 0)
		rc = fail_msg(fail, "%llu of %llu connections to the server failed", (unsigned long long)l.failures,
		    (unsigned long long)l.accepted);
	loop_end(&l, &before);
	return rc;
}
