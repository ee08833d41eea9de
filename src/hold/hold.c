/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/inherited.h"
#include "net/discard.h"
#include "net/listenfds.h"
#include "net/notify.h"
#include "inspect/fd.h"
#include "hold/handover.h"
#include "hold/internal.h"

#define SECOND	     INT64_C(1000000000)
#define LISTEN_AGAIN (SECOND / 10)
/*
 * number of descriptors that are reserved for other purposes than the store: files of this process, the descriptors in
 * one message, and the sockets of clients
 */
#define RESERVED_FDS 64

/* --- warnings */

static void
warned(struct timer *timer)
{
	struct hold *h = timer->owner;

	h->warned = false;
	h->options->warned(h->options->arg);
}

/* Sets a timer. When the timer expires, calls options->warned(), because no more warnings are expected soon. */
static void
expect_more(struct hold *h)
{
	if (h->warned || h->options->warned == NULL)
		return;
	h->warned = true;
	h->warn_timer.expired = warned;
	h->warn_timer.owner = h;
	loop_timer_set(&h->loop, &h->warn_timer, SECOND + SECOND / 10);
}

void
hold_warn(struct hold *h, const char *format, ...)
{
	char text[1280];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	h->options->warn(h->options->arg, text);
	expect_more(h);
}

void
hold_log(struct hold *h, const char *format, ...)
{
	char text[4096];
	va_list ap;

	if (h->options->log == NULL)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	h->options->log(h->options->arg, text);
	expect_more(h);
}

static void
entry_dropped(void *arg, const char *name, const char *why)
{
	hold_log(arg, "removed a descriptor named %s: %s", name, why);
}

/* --- opening the socket and other files */

static void
limit_raise(struct hold *h)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	h->command.open_files = limit;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < h->options->max_fds + RESERVED_FDS)
		hold_warn(h,
		    "the open file limit (RLIMIT_NOFILE is %llu) allows fewer descriptors than --max-fds (%zu)",
		    (unsigned long long)limit.rlim_max, h->options->max_fds);
}

/*
 * Stores the descriptors that this process inherited through LISTEN_FDS. The inherited descriptors are the first
 * entries of the store.
 */
static int
store_inherited(struct hold *h, struct fail *fail)
{
	int count = listenfds_count(fail), fd;
	char name[NOTIFY_NAME_MAX + 1];
	const struct store_properties properties = { name, true, { .uid = geteuid(), .owner = true } };
	const char *given;
	size_t length = 0;

	if (count == -1)
		return -1;
	for (fd = LISTENFDS_START; fd < LISTENFDS_START + count; fd++) {
		if (!inherited_is(fd) || fd == h->endpoint->fd || fd == h->options->ready_fd)
			continue;
		given = listenfds_name(fd, &length);
		if (given == NULL || !notify_name_ok(given, length)) {
			given = NOTIFY_NAME_DEFAULT;
			length = strlen(given);
		}
		memcpy(name, given, length);
		name[length] = '\0';
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (store_add(&h->store, &properties, &fd, 1, NULL, fail) == -1)
			return -1;
		hold_log(h, "stored descriptor %d from LISTEN_FDS as %s", fd, name);
	}
	return 0;
}

int
pass_credentials(int fd, void *arg, struct fail *fail)
{
	const int one = 1;

	(void)arg;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) == -1)
		return fail_errno(fail, "cannot request credentials");
	return 0;
}

static int
listener_open(struct hold *h, struct fail *fail)
{
	struct endpoint_options options = h->options->endpoint_options;

	options.role = ROLE_LISTEN;
	options.role_given = true;
	options.deadline = 0; /* accept(2) must not block */
	options.prepare = pass_credentials;
	if (options.type == 0 && h->options->addr->kind != ADDR_FD)
		options.type = SOCK_DGRAM;
	if (endpoint_open(h->endpoint, h->options->addr, &options, fail) == -1)
		return -1;
	if (h->endpoint->domain != AF_UNIX)
		return fail_msg(fail, "%s: not a Unix domain socket", h->options->addr->text);
	if (h->endpoint->type != SOCK_DGRAM && !h->endpoint->listening)
		return fail_msg(fail, "%s: not a listening socket", h->options->addr->text);
	return 0;
}

static void
listen_expired(struct timer *timer)
{
	hold_listen(timer->owner);
}

/*
 * Starts to accept messages or clients on the socket. If this fails, retries later, because a lack of memory or
 * descriptors can be temporary.
 */
void
hold_listen(struct hold *h)
{
	h->listener.owner = h;
	h->listener.ready = h->endpoint->type == SOCK_DGRAM ? dgram_ready : client_accept;
	if (h->listener.fd != -1 || loop_watch(&h->loop, &h->listener, h->endpoint->fd, EPOLLIN) == 0)
		return;
	hold_warn(h, "%s: cannot wait for messages: %s", h->options->addr->text, strerror(errno));
	hold_listen_later(h);
}

void
hold_listen_later(struct hold *h)
{
	loop_unwatch(&h->loop, &h->listener);
	h->listen_timer.expired = listen_expired;
	h->listen_timer.owner = h;
	loop_timer_set(&h->loop, &h->listen_timer, LISTEN_AGAIN);
}

/*
 * Binds the command's private socket to a random abstract name, which other users cannot guess. An abstract name needs
 * no directory, and no file must be removed.
 */
static int
private_socket_open(struct hold *h, struct fail *fail)
{
	struct private_socket *p = &h->private_socket;
	struct sockaddr_un address;
	unsigned char random[16];
	socklen_t length;
	size_t i, used;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return fail_errno(fail, "cannot create a name for the notification socket");
	used = (size_t)snprintf(p->address, sizeof(p->address), "@fdpass-hold-");
	for (i = 0; i < sizeof(random); i++)
		used += (size_t)snprintf(p->address + used, sizeof(p->address) - used, "%02x", random[i]);
	p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd == -1 || pass_credentials(p->fd, NULL, fail) == -1)
		return fail_errno(fail, "cannot create a socket for notifications");
	p->address[0] = '\0';
	if (fdpass_unix_address(p->address, used, &address, &length) == -1 ||
	    bind(p->fd, (const struct sockaddr *)&address, length) == -1)
		return fail_errno(fail, "cannot bind a socket for notifications");
	p->address[0] = '@';
	return 0;
}

static int
private_socket_watch(struct hold *h, struct fail *fail)
{
	struct private_socket *p = &h->private_socket;

	p->watch.owner = h;
	p->watch.ready = dgram_ready;
	if (loop_watch(&h->loop, &p->watch, p->fd, EPOLLIN) == -1)
		return fail_errno(fail, "cannot wait for notifications");
	return 0;
}

/*
 * Writes a newline to --ready-fd, and sends READY=1 to the service manager. If there is a command, does nothing,
 * because READY=1 from the command has this effect later.
 */
static int
report_ready(struct hold *h, struct fail *fail)
{
	static const char ready[] = "READY=1";

	if (h->options->command != NULL)
		return 0;
	if (h->options->ready_fd != -1 && notify_newline(h->options->ready_fd) == -1)
		return fail_errno(fail, "cannot write to descriptor %d (--ready-fd)", h->options->ready_fd);
	h->ready = true;
	if (h->upstream.endpoint.fd != -1)
		(void)upstream_send(h, ready, sizeof(ready) - 1, NULL, 0);
	return 0;
}

/* Starts the command. After a handover by SIGUSR1, the command is already running, and is not started again. */
static int
start_command(struct hold *h, bool resumed, struct fail *fail)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if ((!resumed && private_socket_open(h, fail) == -1) || private_socket_watch(h, fail) == -1)
		return -1;
	if (!resumed)
		return command_begin(h, fail);
	command_resume(h);
	return 0;
}

/*
 * Opens the socket, or takes over the socket and the store from another fdpass hold. Sets *RESUMED if this process
 * continues after a handover by SIGUSR1.
 */
static int
socket_and_store_open(struct hold *h, bool *resumed, struct fail *fail)
{
	int from = handover_from_self(h, fail);

	*resumed = from == 1;
	if (from == 0 && h->options->replace)
		from = handover_from_other(h, fail);
	if (from == 0 && (listener_open(h, fail) == -1 || store_inherited(h, fail) == -1))
		return -1;
	if (from != -1)
		hold_listen(h);
	return from == -1 ? -1 : 0;
}

static int
hold_begin(struct hold *h, struct fail *fail)
{
	const struct hold_options *o = h->options;
	bool resumed;

	limit_raise(h);
	h->msg = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	if (h->msg == NULL)
		return fail_errno(fail, "cannot receive messages");
	fd_prepare();
	helper_close_keep();
	if (signals_open(h, &h->mask, fail) == -1 || socket_and_store_open(h, &resumed, fail) == -1)
		return -1;
	if (!resumed && upstream_open(h, fail) == -1)
		return -1;
	/* The previous program image has already sent the readiness notification. */
	if (o->opened != NULL && !resumed)
		o->opened(o->arg, h->endpoint);
	if (o->command != NULL && start_command(h, resumed, fail) == -1)
		return -1;
	return resumed ? 0 : report_ready(h, fail);
}

static void
hold_end(struct hold *h)
{
	h->loop.stop = true;
	clients_close(h);
	loop_unwatch(&h->loop, &h->listener);
	upstream_close(h);
	/* The queue of the private socket can contain messages from any user. */
	if (h->private_socket.fd != -1)
		socket_discard(h->private_socket.fd);
	fd_close_all(&h->handover_fd, 1);
	store_free(&h->store);
	/* The descriptors of a refused message may be open until here. */
	if (h->msg != NULL)
		msg_discard(h->msg);
	fdpass_msg_free(h->msg);
	fd_cache_drop();
	signals_close(h, &h->mask);
	loop_close(&h->loop);
}

int
hold_run(const struct hold_options *options, int *status, struct fail *fail)
{
	struct hold *h = malloc(sizeof(*h));
	int rc;

	if (h == NULL)
		return fail_errno(fail, "%s", options->addr->text);
	*h = (struct hold){ .options = options,
		.endpoint = options->endpoint,
		.listener = { .fd = -1 },
		.signals = { .fd = -1 },
		.handover_fd = -1,
		.command = { .exec_failed = -1 },
		.private_socket = { .fd = -1, .watch = { .fd = -1 } } };
	h->upstream.endpoint = (struct endpoint)ENDPOINT_NONE;
	h->upstream.watch.fd = -1;
	h->upstream.last = &h->upstream.first;
	(void)sigprocmask(SIG_SETMASK, NULL, &h->mask);
	if (loop_open(&h->loop, fail) == -1) {
		free(h);
		return -1;
	}
	store_init(&h->store, &h->loop, options->max_fds, options->limits, options->limit_count);
	h->store.dropped = entry_dropped;
	h->store.arg = h;
	rc = hold_begin(h, fail);
	if (rc == 0)
		rc = loop_run(&h->loop, fail);
	hold_end(h);
	*status = h->status;
	free(h);
	return rc;
}
