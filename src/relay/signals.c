/* SPDX-License-Identifier: ISC */
/*
 * Handles the signals that stop the relay. After the first signal, the relay waits until the open connections end;
 * after the second signal, it closes them.
 */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fail.h"
#include "relay/internal.h"

/*
 * Handles the first termination signal. The relay continues to run until all open connections have ended, so this
 * function prints the number of open connections.
 */
static void
stop_gently(struct loop *l)
{
	uint64_t closed;

	if (l->dgram != NULL)
		dgram_warn_lost(l);
	listener_close(l);
	closed = conns_close_connecting(l);
	if (closed > 0)
		loop_warn(l, 0, "stopping: closed %llu connection%s that waited for a server",
		    (unsigned long long)closed, closed == 1 ? "" : "s");
	if (l->open > 0)
		loop_warn(l, 0, "stopping: waiting for %llu open connection%s to end; a second signal closes %s",
		    (unsigned long long)l->open, l->open == 1 ? "" : "s", l->open == 1 ? "it" : "them");
}

void
conns_close(struct loop *l)
{
	while (!link_is_empty(&l->conns))
		conn_close(l, LINK_OWNER(l->conns.next, struct conn, all));
}

static void
signals_ready(struct loop *l, struct watch *watch, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (++l->stops == 1)
		stop_gently(l);
	else
		conns_close(l);
}

int
loop_signals_open(struct loop *l, sigset_t *before, struct fail *fail)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		/* A signal that was already ignored when the relay started stays ignored. */
		if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	if (sigprocmask(SIG_BLOCK, &set, before) == -1)
		return fail_errno(fail, "cannot block signals");
	l->signals.ready = signals_ready;
	l->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals.fd == -1)
		return fail_errno(fail, "cannot wait for signals");
	if (!watch_set(l, &l->signals, EPOLLIN))
		return fail_errno(fail, "cannot wait for signals");
	return 0;
}

void
loop_signals_close(struct loop *l, const sigset_t *before)
{
	struct signalfd_siginfo info;

	if (l->signals.fd != -1) {
		while (read(l->signals.fd, &info, sizeof(info)) > 0)
			;
		(void)close(l->signals.fd);
	}
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}
