/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tty/terminal.h"

#define HANDLED 3

/* The user's terminal. The variable is static because signal handlers use it. */
static struct {
	int fd, master;
	bool raw;		     /* the terminal must be in raw mode */
	volatile sig_atomic_t taken; /* take() has changed the modes of the terminal, so they must be restored */
	struct termios before, ours;
	struct sigaction old[HANDLED];
} terminal = { .fd = -1, .master = -1 };

static void on_window(int signal_number);
static void on_stop(int signal_number);
static void on_continue(int signal_number);

static const struct {
	int number;
	void (*handler)(int);
} handled[HANDLED] = { { SIGWINCH, on_window }, { SIGTSTP, on_stop }, { SIGCONT, on_continue } };

static bool
is_same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	    a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

/*
 * Returns true if this process may use the terminal, because it is in the foreground, or because job control is not
 * used or not visible.
 */
static bool
is_foreground(void)
{
	pid_t group = tcgetpgrp(terminal.fd);

	return group <= 0 || group == getpgrp();
}

static int
set_modes(const struct termios *modes)
{
	int ret;

	do
		ret = tcsetattr(terminal.fd, TCSANOW, modes);
	while (ret == -1 && errno == EINTR);
	return ret;
}

/*
 * Saves the modes of the terminal and switches it to raw mode. If the modes differ from those that the previous call
 * set, another program has changed the modes while this process was stopped. In this case, saves the changed modes, and
 * terminal_restore() restores them later.
 */
static int
take(void)
{
	struct termios modes;

	if (!terminal.raw)
		return 0;
	if (!is_foreground()) {
		terminal.taken = 0;
		return 0;
	}
	if (tcgetattr(terminal.fd, &modes) == -1)
		return -1;
	if (!terminal.taken || !is_same(&modes, &terminal.ours))
		terminal.before = modes;
	modes = terminal.before;
	cfmakeraw(&modes);
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	if (set_modes(&modes) == -1)
		return -1;
	/* The terminal driver may not have accepted all modes, so this call reads the actual modes. */
	if (tcgetattr(terminal.fd, &terminal.ours) == -1)
		terminal.ours = modes;
	terminal.taken = 1;
	return 0;
}

static void
give_back(void)
{
	if (terminal.taken && is_foreground())
		(void)set_modes(&terminal.before);
	terminal.taken = 0;
}

void
terminal_pass_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0 && (size.ws_row != 0 || size.ws_col != 0))
		(void)ioctl(to, TIOCSWINSZ, &size);
}

static void
on_window(int signal_number)
{
	int err = errno;

	(void)signal_number;
	terminal_pass_size(terminal.fd, terminal.master);
	errno = err;
}

static void
on_continue(int signal_number)
{
	int err = errno;

	(void)signal_number;
	(void)take();
	terminal_pass_size(terminal.fd, terminal.master);
	errno = err;
}

/*
 * Stops this process with the default action of the signal. The kernel does not stop a process whose process group is
 * orphaned.
 */
static void
on_stop(int signal_number)
{
	struct sigaction action = { .sa_handler = SIG_DFL }, ours;
	sigset_t set, old;
	int err = errno;

	give_back();
	(void)sigaction(signal_number, &action, &ours);
	(void)raise(signal_number);
	/* cppcheck-suppress unreachableCode ; raise(3) returns, as the signal is blocked here */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signal_number);
	(void)sigprocmask(SIG_UNBLOCK, &set, &old);
	/* Unblocking the signal stops the process until SIGCONT. */
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)sigaction(signal_number, &ours, NULL);
	(void)take();
	terminal_pass_size(terminal.fd, terminal.master);
	errno = err;
}

static void
hold_signals(sigset_t *old)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, old);
}

/* Installs the signal handlers. Signals that were ignored when the process started stay ignored. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_flags = SA_RESTART };
	size_t i;

	(void)sigfillset(&action.sa_mask);
	for (i = 0; i < HANDLED; i++) {
		action.sa_handler = handled[i].handler;
		(void)sigaction(handled[i].number, &action, &terminal.old[i]);
		if (handled[i].number == SIGTSTP && terminal.old[i].sa_handler == SIG_IGN)
			(void)sigaction(SIGTSTP, &terminal.old[i], NULL);
	}
}

int
terminal_begin(int fd, bool raw, int master, struct fail *fail)
{
	sigset_t old;
	int ret;

	hold_signals(&old);
	terminal.fd = fd;
	terminal.master = master;
	terminal.raw = raw;
	catch_signals();
	ret = take();
	if (ret == -1)
		(void)fail_errno(fail, "cannot put the terminal into raw mode");
	else
		terminal_pass_size(terminal.fd, terminal.master);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (ret == -1)
		terminal_end();
	return ret;
}

bool
terminal_check(void)
{
	sigset_t old;

	if (!terminal.raw || terminal.taken)
		return true;
	if (!is_foreground())
		return false;
	hold_signals(&old);
	(void)take();
	terminal_pass_size(terminal.fd, terminal.master);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return true;
}

void
terminal_end(void)
{
	sigset_t old;
	size_t i;

	if (terminal.fd == -1)
		return;
	hold_signals(&old);
	give_back();
	terminal.raw = false;
	terminal.fd = -1;
	terminal.master = -1;
	for (i = 0; i < HANDLED; i++)
		(void)sigaction(handled[i].number, &terminal.old[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

void
terminal_restore(void)
{
	if (terminal.fd != -1)
		give_back();
}
