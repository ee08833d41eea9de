/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "activate/internal.h"

static const int stopping[] = { SIGTERM, SIGINT, SIGHUP };

int
stop_begin(struct stop *s, struct fail *fail)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;
	size_t i;

	*s = (struct stop){ .fd = -1 };
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++) {
		/* A termination signal that was ignored when this process started stays ignored. */
		if (sigaction(stopping[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(&set, stopping[i]);
	}
	/*
	 * If SIGCHLD were ignored, the kernel would reap the children and discard their statuses, so the default action
	 * is set.
	 */
	action = (struct sigaction){ .sa_handler = SIG_DFL };
	if (sigprocmask(SIG_BLOCK, &set, &s->mask) == -1 || sigaction(SIGCHLD, &action, &s->sigchld) == -1)
		return fail_errno(fail, "cannot block signals");
	s->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->fd != -1)
		return 0;
	(void)fail_errno(fail, "cannot wait for signals");
	stop_end(s);
	return -1;
}

void
stop_end(struct stop *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	s->fd = -1;
	(void)sigaction(SIGCHLD, &s->sigchld, NULL);
	(void)sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

bool
stop_take(struct stop *s, bool *child)
{
	struct signalfd_siginfo info;

	while (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			*child = true;
			continue;
		}
		s->last = (int)info.ssi_signo;
		s->from_terminal = info.ssi_code == SI_KERNEL;
		if (s->signal == 0)
			s->signal = s->last;
		s->count++;
		return true;
	}
	return false;
}
