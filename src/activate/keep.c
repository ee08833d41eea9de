/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fdpass.h"
#include "activate/internal.h"
#include "activate/restart_delay.h"

struct keep {
	struct activation *activation;
	struct wait wait;
	struct stop stop;
	struct children children; /* at most one child */
	struct restart_delay restart_delay;
	int64_t start_at; /* the earliest time of the next start */
};

/*
 * Handles a termination signal. Does not forward a signal that the terminal generated, because the terminal has also
 * sent this signal to the child.
 */
static void
stop_requested(struct keep *k)
{
	if (k->stop.count == 1)
		k->activation->stop_listening(k->activation->arg, k->children.count > 0);
	if (k->stop.count == 1 && k->children.count > 0)
		say(k->activation, ACTIVATE_STOPPING,
		    "stopping: waiting for process %d to exit; a second signal kills it", (int)k->children.pids[0]);
	if (k->stop.count > 1)
		child_signal(&k->children, SIGKILL);
	else if (!k->stop.from_terminal)
		child_signal(&k->children, k->stop.last);
}

/*
 * Called after COMMAND has exited. Sets the earliest time at which COMMAND is started again. Returns 0, or -1 with
 * *FAIL.
 */
static int
child_exited(struct keep *k, pid_t pid, int status, struct fail *fail)
{
	int64_t delay;

	k->activation->status = status;
	child_report(k->activation, pid, status);
	if (k->stop.count > 0)
		return 0;
	if (wait_poll(&k->wait, true, fdpass_deadline(0)) == -1)
		return fail_errno(fail, "cannot wait for descriptors");
	wait_renew(&k->wait);
	delay = restart_delay_exited(&k->restart_delay, fdpass_deadline(0), !wait_is_readable(&k->wait));
	if (delay == RESTART_DELAY_MIN)
		say(k->activation, ACTIVATE_WARNING,
		    "%s exited repeatedly without reading its input; further starts are delayed",
		    k->activation->argv[0]);
	k->start_at = fdpass_deadline(delay);
	return 0;
}

static int
child_run(struct keep *k, struct fail *fail)
{
	pid_t pid = child_start(&k->children, k->activation, &k->activation->handover, &k->stop, NULL);

	if (pid == -1 && (errno == EAGAIN || errno == ENOMEM)) {
		say(k->activation, ACTIVATE_WARNING, "fork: %s; retrying", strerror(errno));
		k->start_at = fdpass_deadline(RETRY_PAUSE);
		return 0;
	}
	if (pid == -1)
		return fail_errno(fail, "fork");
	restart_delay_started(&k->restart_delay, fdpass_deadline(0));
	say(k->activation, ACTIVATE_INFO, "started process %d", (int)pid);
	return 0;
}

/* Waits for one event (a readable descriptor, a signal or the end of a delay) and handles it. */
static int
keep_step(struct keep *k, struct fail *fail)
{
	bool running = k->children.count > 0, delayed, exited = false;
	int status;
	pid_t pid;

	delayed = !running && k->start_at > fdpass_deadline(0);
	if (wait_poll(&k->wait, !running && !delayed, delayed ? k->start_at : FDPASS_NEVER) == -1)
		return fail_errno(fail, "cannot wait for descriptors");
	while (stop_take(&k->stop, &exited))
		stop_requested(k);
	if (exited && (pid = child_reap(&k->children, &status)) != 0)
		return child_exited(k, pid, status, fail);
	if (!running && k->stop.count == 0 && wait_is_readable(&k->wait))
		return child_run(k, fail);
	return 0;
}

int
activate_keep(struct activation *a, struct fail *fail)
{
	struct keep k = { .activation = a };
	int rc = 0;

	if (stop_begin(&k.stop, fail) == -1)
		return -1;
	if (wait_begin(&k.wait, a, k.stop.fd, fail) == -1) {
		stop_end(&k.stop);
		return -1;
	}
	while (rc == 0 && (k.children.count > 0 || (k.stop.count == 0 && k.wait.active > 0)))
		rc = keep_step(&k, fail);
	wait_end(&k.wait);
	children_free(&k.children);
	stop_end(&k.stop);
	return rc == -1 ? -1 : k.stop.signal;
}
