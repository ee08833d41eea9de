/* SPDX-License-Identifier: ISC */
/* Handles signals as events of the event loop. */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "hold/command.h"
#include "hold/handover.h"
#include "hold/internal.h"

/* Signals that are forwarded to the command: termination requests, and signals that many commands handle. */
static const int forwarded[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR2, SIGWINCH, SIGPWR };

static bool
asks_for_end(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP;
}

static void
signal_received(struct hold *h, const struct signalfd_siginfo *info)
{
	int number = (int)info->ssi_signo;

	if (number == SIGCHLD)
		command_reap(h);
	else if (number == SIGUSR1)
		handover_to_self(h);
	else if (h->options->command == NULL && asks_for_end(number)) {
		h->status = -number;
		h->loop.stop = true;
	} else if (h->options->command == NULL)
		return;
	else if (number == SIGHUP)
		command_restart(h);
	else if (info->ssi_code != SI_KERNEL || h->command.pid <= 0)
		command_signal(h, number);
	else if (asks_for_end(number))
		/* The terminal has sent this signal to the command, too, so the signal is not forwarded. */
		command_wind_down(h);
}

static void
signals_ready(struct watch *watch, uint32_t events)
{
	struct hold *h = watch->owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		signal_received(h, &info);
}

/*
 * Adds NUMBER to SET, unless the signal was ignored when this process started. If this process is process 1 (init),
 * adds NUMBER in any case, because no process has intentionally ignored a signal for it.
 */
static void
signal_add(sigset_t *set, int number)
{
	struct sigaction action;

	if (getpid() == 1 || (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN))
		(void)sigaddset(set, number);
}

static void
signals_fill(struct hold *h, sigset_t *set)
{
	size_t i;
	int number;

	(void)sigemptyset(set);
	(void)sigaddset(set, SIGCHLD);
	signal_add(set, SIGHUP);
	signal_add(set, SIGUSR1);
	for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		if (h->options->command != NULL || asks_for_end(forwarded[i]))
			signal_add(set, forwarded[i]);
	for (number = SIGRTMIN; h->options->command != NULL && number <= SIGRTMAX; number++)
		signal_add(set, number);
}

void
signals_unblock_end(void)
{
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		if (asks_for_end(forwarded[i]))
			(void)sigaddset(&set, forwarded[i]);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int
signals_open(struct hold *h, sigset_t *before, struct fail *fail)
{
	sigset_t set;
	int fd;

	h->signals.fd = -1;
	/*
	 * If SIGCHLD were ignored, the kernel would reap children and discard their statuses, so the default action is
	 * set.
	 */
	(void)signal(SIGCHLD, SIG_DFL);
	signals_fill(h, &set);
	if (sigprocmask(SIG_BLOCK, &set, before) == -1)
		return fail_errno(fail, "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	h->signals.ready = signals_ready;
	h->signals.owner = h;
	if (fd == -1 || loop_watch(&h->loop, &h->signals, fd, EPOLLIN) == -1) {
		(void)fail_errno(fail, "cannot wait for signals");
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	return 0;
}

void
signals_close(struct hold *h, const sigset_t *before)
{
	int fd = h->signals.fd;

	loop_unwatch(&h->loop, &h->signals);
	if (fd != -1)
		(void)close(fd);
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}
