/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/pid_cache.h"
#include "base/proc_pid.h"
#include "hold/command.h"
#include "hold/handover.h"
#include "hold/internal.h"

#define MILLISECOND INT64_C(1000000)
#define SECOND	    (1000 * MILLISECOND)
#define DELAY_FIRST (100 * MILLISECOND)
#define DELAY_MOST  (10 * SECOND)
#define RAN_LONG    (10 * SECOND) /* if the command has run for at least this time, the restart delay is reset */
#define KILL_AFTER  (90 * SECOND) /* delay between SIGTERM and SIGKILL when the command is restarted */
#define SPARE_FDS   16		  /* number of free descriptors needed to move the stored descriptors */
#define DEPTH_MOST  64		  /* maximum number of ancestors that are checked for each process */
#define TRIES_MOST  16		  /* maximum number of searches that are repeated because an ancestor has exited */

static void start(struct hold *h);

/* --- functions that run in the child */

/* Restores the inherited soft limit RLIMIT_NOFILE, or a higher limit if the store's descriptors need it. */
static void
limit_restore(const struct hold *h, size_t count)
{
	struct rlimit limit = h->command.open_files;

	if (limit.rlim_max == 0)
		return; /* getrlimit(2) has failed, or the hard limit is 0 */
	if (limit.rlim_cur < count + 3 + SPARE_FDS)
		limit.rlim_cur = count + 3 + SPARE_FDS;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
environment_prepare(const struct hold *h, pid_t parent)
{
	const char *watchdog = getenv("WATCHDOG_PID");
	char number[24];

	/*
	 * The service manager expects watchdog notifications from fdpass, and fdpass forwards the notifications that
	 * the command sends. WATCHDOG_PID is set to the command's process ID, because otherwise sd_watchdog_enabled(3)
	 * in the command would return 0.
	 */
	if (watchdog != NULL && atoi(watchdog) == (int)parent) {
		(void)num_write(number, "", (uint64_t)getpid(), 10, 1);
		if (setenv("WATCHDOG_PID", number, 1) == -1)
			return -1;
	}
	return setenv("NOTIFY_SOCKET", h->private_socket.address, 1);
}

static int
run(const struct hold *h, pid_t parent, int *exec_failed, struct fail *fail)
{
	struct handover handover = *h->options->handover;
	struct stored *entry;
	int *fds = calloc(h->store.count + 1, sizeof(*fds)), *own[1] = { exec_failed };
	const char **names = calloc(h->store.count + 1, sizeof(*names));
	size_t count = 0;
	uint64_t id = 0;

	if (fds == NULL || names == NULL || environment_prepare(h, parent) == -1) {
		(void)fail_errno(fail, "cannot run %s", h->options->command[0]);
		free(fds);
		free(names);
		return -1;
	}
	for (; (entry = store_next(&h->store, id, NULL)) != NULL; id = entry->id) {
		fds[count] = entry->fd;
		names[count++] = entry->name;
	}
	limit_restore(h, count);
	handover.fds = fds;
	handover.names = names;
	handover.count = count;
	handover.own = own;
	handover.own_count = 1;
	(void)handover_exec(&handover, h->options->command, fail);
	free(fds);
	free(names);
	return -1;
}

static void __attribute__((noreturn)) child(const struct hold *h, pid_t parent, int exec_failed, const sigset_t *mask)
{
	const struct hold_options *o = h->options;
	struct fail fail;

	pid_cache_clear();
	if (o->forked != NULL)
		o->forked(o->arg);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	(void)run(h, parent, &exec_failed, &fail);
	o->warn(o->arg, fail.text);
	if (write(exec_failed, "!", 1) == -1) {
		/*
		 * If this write fails, the parent treats the exit status of this child as the exit status of the
		 * command.
		 */
	}
	_exit(o->exit_status(&fail));
}

/* --- functions that run in this process */

static void
finish(struct hold *h, int status)
{
	h->status = status;
	h->loop.stop = true;
}

/* Returns true if the child has exited because the command could not be executed. */
static bool
exec_has_failed(struct command *c)
{
	char byte;
	bool failed = c->exec_failed != -1 && read(c->exec_failed, &byte, 1) == 1;

	if (c->exec_failed != -1)
		(void)close(c->exec_failed);
	c->exec_failed = -1;
	return failed;
}

/*
 * Returns true if STATUS indicates a failure. As in systemd, termination by SIGHUP, SIGINT, SIGTERM or SIGPIPE is not a
 * failure.
 */
static bool
is_failure(int status)
{
	return status != 0 && status != -SIGHUP && status != -SIGINT && status != -SIGTERM && status != -SIGPIPE;
}

static bool
wants_restart(const struct hold *h)
{
	if (h->command.stopping)
		return false;
	if (h->options->restart == HOLD_RESTART_ON_FAILURE)
		return is_failure(h->command.status);
	return h->options->restart == HOLD_RESTART_ALWAYS;
}

static void
log_end(struct hold *h, const char *then)
{
	const struct command *c = &h->command;

	if (c->status < 0)
		hold_log(h, "%s was killed by signal %d (%s)%s", h->options->command[0], -c->status,
		    strsignal(-c->status), then);
	else
		hold_log(h, "%s exited with status %d%s", h->options->command[0], c->status, then);
}

static void
start_expired(struct timer *timer)
{
	start(timer->owner);
}

static void
restart_later(struct hold *h)
{
	struct command *c = &h->command;
	char then[64];

	if (fdpass_deadline(0) - c->started_at >= RAN_LONG || c->delay == 0)
		c->delay = DELAY_FIRST;
	(void)snprintf(then, sizeof(then), ": restart in %.1f s", (double)c->delay / (double)SECOND);
	log_end(h, then);
	loop_timer_set(&h->loop, &c->restart_timer, c->delay);
	c->delay = c->delay * 2 < DELAY_MOST ? c->delay * 2 : DELAY_MOST;
}

static void
command_ended(struct hold *h, int wait_status)
{
	struct command *c = &h->command;
	bool first_failed = exec_has_failed(c) && !c->started_once;

	c->pid = 0;
	c->status = WIFSIGNALED(wait_status) ? -WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	c->started_once = true;
	loop_timer_cancel(&h->loop, &c->kill_timer);
	if (h->handover_fd != -1 && !c->stopping) {
		log_end(h, ": handover");
		handover_continue(h);
	} else if (c->restarting && !c->stopping) {
		log_end(h, ": restart");
		start(h);
	} else if (!first_failed && wants_restart(h))
		restart_later(h);
	else {
		log_end(h, "");
		finish(h, c->status);
	}
}

void
command_reap(struct hold *h)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid == -1 && errno == EINTR))
		if (pid > 0 && pid == h->command.pid)
			command_ended(h, status);
}

/* Forks a child. In the child, restores the signal mask and the signal actions that this process inherited. */
static int
fork_child(struct hold *h, int exec_failed)
{
	pid_t parent = getpid();

	h->command.pid = fork();
	if (h->command.pid == 0)
		child(h, parent, exec_failed, &h->mask);
	return h->command.pid == -1 ? -1 : 0;
}

static int
start_once(struct hold *h)
{
	struct command *c = &h->command;
	int ends[2], rc, err;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	rc = fork_child(h, ends[1]);
	err = errno;
	(void)close(ends[1]);
	if (rc == -1) {
		(void)close(ends[0]);
		c->pid = 0;
		errno = err;
		return -1;
	}
	c->exec_failed = ends[0];
	c->started_at = fdpass_deadline(0);
	c->restarting = false;
	return 0;
}

/* Starts the command. If the command cannot be started, retries later. */
static void
start(struct hold *h)
{
	struct command *c = &h->command;

	loop_timer_cancel(&h->loop, &c->restart_timer);
	if (start_once(h) == 0) {
		hold_log(h, "started %s as process %d with %zu descriptor%s", h->options->command[0], (int)c->pid,
		    h->store.count, h->store.count == 1 ? "" : "s");
		return;
	}
	hold_warn(h, "cannot start %s: %s", h->options->command[0], strerror(errno));
	loop_timer_set(&h->loop, &c->restart_timer, DELAY_MOST);
}

static void
kill_expired(struct timer *timer)
{
	struct hold *h = timer->owner;

	if (h->command.pid > 0)
		(void)kill(h->command.pid, SIGKILL);
}

static void
timers_prepare(struct hold *h)
{
	h->command.restart_timer = (struct timer){ .expired = start_expired, .owner = h };
	h->command.kill_timer = (struct timer){ .expired = kill_expired, .owner = h };
}

void
command_resume(struct hold *h)
{
	struct command *c = &h->command;

	timers_prepare(h);
	if (c->pid == 0)
		loop_timer_set(&h->loop, &c->restart_timer, c->delay);
	else if (c->restarting)
		loop_timer_set(&h->loop, &c->kill_timer, KILL_AFTER);
	/*
	 * The command may have exited during the handover, before this program image had read the pid of the command.
	 */
	command_reap(h);
}

int
command_begin(struct hold *h, struct fail *fail)
{
	struct command *c = &h->command;

	c->exec_failed = -1;
	timers_prepare(h);
	if (start_once(h) == -1)
		return fail_errno(fail, "cannot start %s", h->options->command[0]);
	hold_log(h, "started %s as process %d with %zu descriptor%s", h->options->command[0], (int)c->pid,
	    h->store.count, h->store.count == 1 ? "" : "s");
	return 0;
}

void
command_wind_down(struct hold *h)
{
	struct command *c = &h->command;

	if (!c->stopping && c->pid > 0 && h->options->attended)
		hold_warn(h, "stopping: waiting for %s (process %d) to exit", h->options->command[0], (int)c->pid);
	c->stopping = true;
}

void
command_signal(struct hold *h, int signal_number)
{
	struct command *c = &h->command;

	if (signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGQUIT)
		command_wind_down(h);
	if (c->pid > 0)
		(void)kill(c->pid, signal_number);
	else if (c->stopping)
		finish(h, c->status);
}

static void
terminate(struct hold *h)
{
	(void)kill(h->command.pid, SIGTERM);
	if (!h->command.kill_timer.listed)
		loop_timer_set(&h->loop, &h->command.kill_timer, KILL_AFTER);
}

void
command_stop(struct hold *h)
{
	if (h->options->command == NULL)
		return;
	loop_timer_cancel(&h->loop, &h->command.restart_timer);
	if (h->command.pid > 0)
		terminate(h);
}

void
command_restart(struct hold *h)
{
	struct command *c = &h->command;

	if (c->stopping || h->handover_fd != -1)
		return;
	c->delay = 0;
	if (c->pid == 0) {
		start(h);
		return;
	}
	c->restarting = true;
	terminate(h);
}

/*
 * Returns 1 if a process whose parent is PARENT is a descendant of this process, and 0 if it is not. Orphaned
 * descendants become children of this process (PR_SET_CHILD_SUBREAPER). Returns -1 if an ancestor has exited during the
 * search, so that the result is unknown.
 */
static int
is_descendant(pid_t parent)
{
	struct proc_stat stat;
	int depth;

	for (depth = 0; parent > 0 && parent != getpid() && depth < DEPTH_MOST; depth++) {
		if (!proc_stat_read(parent, &stat))
			return -1;
		parent = stat.parent;
	}
	return parent == getpid();
}

/*
 * If the sender of a message has exited, this function cannot determine whether the sender was a descendant of this
 * process. For this reason, sd_notify(3) recommends that senders use a barrier before they exit.
 */
bool
command_is_sender(const struct hold *h, const struct peer *peer)
{
	struct proc_stat stat;
	int tries, result;

	if (!peer->known || peer->pid == 0)
		return false;
	if (peer->pid == h->command.pid)
		return true;
	for (tries = 0; tries < TRIES_MOST; tries++) {
		if (!proc_stat_read(peer->pid, &stat))
			return request_is_own_user(peer->uid);
		result = is_descendant(stat.parent);
		if (result != -1)
			return result == 1;
	}
	return false;
}
