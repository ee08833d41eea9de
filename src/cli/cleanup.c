/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/signal_mask.h"
#include "cli/cleanup.h"

/* SIGRTMIN of the kernel (include/uapi/asm-generic/signal.h) */
#define KERNEL_SIGRTMIN	     32
#define KERNEL_SIGSET_SIZE   ((size_t)_NSIG / 8)
#define KERNEL_SIGACTION_MAX 64 /* an upper bound for the size of the kernel's struct sigaction */

/*
 * Signals that do not require cleanup: signals that do not terminate a process by default, signals that cannot be
 * caught, and SIGPIPE, which fdpass always ignores.
 */
static const int harmless[] = { SIGCHLD, SIGCONT, SIGKILL, SIGPIPE, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,
	SIGWINCH };
/* These variables are static because signal handlers use them. */
static bool catching;
static pid_t owner; /* pid of the process that must clean up; helper processes have the same handler but another pid */
static void (*volatile undoing)(void);
static const struct endpoint *volatile watched;
static const struct source_list *volatile watched_sources;
static sigset_t mask_before;

static bool
is_ending(int signal_number)
{
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (harmless[i] == signal_number)
			return false;
	return true;
}

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
	if (getpid() == owner) {
		cleanup_now();
		helper_exit_signal();
	}
	/*
	 * SA_RESETHAND has restored the default action of the signal. All signals are blocked while this handler runs,
	 * so the signal terminates the process when the handler returns. tkill(2) is called directly, because C
	 * libraries refuse to send the signals that they reserve.
	 */
	(void)syscall(SYS_tkill, syscall(SYS_gettid), signal_number);
}

/*
 * Catches the real-time signals that the C library reserves for threads, because sigaction() of the library refuses
 * these signals. Catching these reserved signals is safe because this process has no threads. The layout of the
 * kernel's struct sigaction differs between architectures, so this function copies the struct sigaction of CAUGHT, a
 * signal that is already caught.
 */
static void
catch_reserved(int caught)
{
	static const unsigned char inactive[KERNEL_SIGACTION_MAX];
	unsigned char action[KERNEL_SIGACTION_MAX] = { 0 }, old[KERNEL_SIGACTION_MAX] = { 0 };
	int number;

	if (syscall(SYS_rt_sigaction, caught, NULL, action, KERNEL_SIGSET_SIZE) == -1)
		return;
	for (number = KERNEL_SIGRTMIN; number < SIGRTMIN; number++)
		if (syscall(SYS_rt_sigaction, number, NULL, old, KERNEL_SIGSET_SIZE) == 0 &&
		    memcmp(old, inactive, sizeof(old)) == 0)
			(void)syscall(SYS_rt_sigaction, number, action, NULL, KERNEL_SIGSET_SIZE);
}

void
cleanup_hold(void)
{
	signal_mask_block(harmless, sizeof(harmless) / sizeof(harmless[0]), &mask_before);
}

void
cleanup_release(void)
{
	signal_mask_restore(&mask_before);
}

void
cleanup_catch(void)
{
	struct sigaction action = { .sa_handler = clean_up, .sa_flags = (int)SA_RESETHAND }, old;
	int number, caught = 0;

	owner = getpid();
	if (catching)
		return;
	catching = true;
	(void)sigfillset(&action.sa_mask);
	for (number = 1; number <= SIGRTMAX; number++) {
		if (!is_ending(number) || sigaction(number, &action, &old) == -1)
			continue;
		if (old.sa_handler == SIG_DFL)
			caught = number;
		else
			(void)sigaction(number, &old, NULL);
	}
	if (caught != 0)
		catch_reserved(caught);
}

void
cleanup_watch(const struct endpoint *ep)
{
	watched = ep;
	cleanup_catch();
}

void
cleanup_watch_sources(const struct source_list *sources)
{
	watched_sources = sources;
	cleanup_catch();
}

void
cleanup_also(void (*undo)(void))
{
	undoing = undo;
	cleanup_catch();
}

void
cleanup_forget(void)
{
	undoing = NULL;
	watched = NULL;
	watched_sources = NULL;
}
