/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stddef.h>

#include "cli/cleanup.h"

/* What ends a process unless it is caught; a crash, too. */
static const int endings[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU,
	SIGXFSZ, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };
static void (*volatile undoing)(void);
static const struct endpoint *volatile watched;
static const struct source_list *volatile watched_sources;
static sigset_t before;

void
cleanup_now(void)
{
	if (undoing != NULL)
		undoing();
	if (watched != NULL)
		endpoint_unlink(watched);
	if (watched_sources != NULL)
		source_list_unlink(watched_sources);
}

static void
clean_up(int signal_number)
{
	cleanup_now();
	/* SA_RESETHAND brought the default back; the signal is delivered again when this returns. */
	(void)raise(signal_number);
}

void
cleanup_hold(void)
{
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		(void)sigaddset(&set, endings[i]);
	(void)sigprocmask(SIG_BLOCK, &set, &before);
}

void
cleanup_release(void)
{
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void
catch_endings(void)
{
	struct sigaction action = { .sa_handler = clean_up, .sa_flags = (int)SA_RESETHAND }, old;
	size_t i;

	(void)sigfillset(&action.sa_mask);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (sigaction(endings[i], &action, &old) == 0 && old.sa_handler != SIG_DFL)
			(void)sigaction(endings[i], &old, NULL);
}

void
cleanup_watch(const struct endpoint *ep)
{
	watched = ep;
	catch_endings();
}

void
cleanup_watch_sources(const struct source_list *sources)
{
	watched_sources = sources;
	catch_endings();
}

void
cleanup_also(void (*undo)(void))
{
	undoing = undo;
	catch_endings();
}

void
cleanup_forget(void)
{
	undoing = NULL;
	watched = NULL;
	watched_sources = NULL;
}
