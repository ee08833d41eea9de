/* SPDX-License-Identifier: ISC */
/* Shared by the files of this layer. */
#ifndef ACTIVATE_INTERNAL_H
#define ACTIVATE_INTERNAL_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "activate/activate.h"

/* Pause before retrying after a resource ran out, in nanoseconds. */
#define RETRY_PAUSE INT64_C(100000000)

/* Passes one line for the user to activation->say. */
void say(const struct activation *activation, enum activate_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- wait.c: the descriptors that are polled, and the signals */

struct wait {
	struct pollfd *polled; /* one for each descriptor, with fd -1 if it is not polled; then the signals */
	size_t count;	       /* descriptors */
	size_t active;	       /* number of polled descriptors */
};

/*
 * Finds the descriptors that can become readable: open for reading, and of a kind that poll(2) knows. SIGNALS is polled
 * too unless it is -1. Returns 0, or -1 with *FAIL, also if there is none.
 */
int wait_begin(struct wait *wait, const struct activation *activation, int signals, struct fail *fail);
void wait_end(struct wait *wait);

/*
 * Waits for signals, and if DESCRIPTORS is true also for the descriptors, until the time UNTIL (FDPASS_NEVER:
 * indefinitely). Continues after EINTR. Returns the number of readable descriptors, signals included, and sets their
 * revents; or -1 with errno.
 */
int wait_poll(struct wait *wait, bool descriptors, int64_t until);

/* Returns true if the last wait_poll() found a readable descriptor. */
bool wait_is_readable(const struct wait *wait);

/*
 * Called after COMMAND exited and after a wait_poll(): reopens a FIFO without writers, so that only the next writer
 * makes it readable; any other descriptor at end of file is not polled any more.
 */
void wait_renew(struct wait *wait);

/* --- stop.c: SIGTERM, SIGINT, SIGHUP and SIGCHLD, through a signalfd */

struct stop {
	int fd;
	sigset_t mask;		  /* the previous signal mask */
	struct sigaction sigchld; /* the previous action of SIGCHLD */
	int signal;		  /* the first termination signal, or 0 */
	int last;		  /* the latest termination signal */
	size_t count;
	bool from_terminal; /* the latest signal was sent to the whole foreground process group */
};

int stop_begin(struct stop *stop, struct fail *fail);
void stop_end(struct stop *stop);

/* Takes the next signal. Returns true if it is a termination signal; false if none is left. SIGCHLD sets *CHILD. */
bool stop_take(struct stop *stop, bool *child);

/* --- child.c: the children that run COMMAND */

struct children {
	pid_t *pids;
	size_t count, room;
	struct gate *gate;
};

/*
 * Runs COMMAND with HANDOVER in a child. Closes *CONNECTION (NULL: there is none) here and sets it to -1. COMMAND is
 * executed only after that, so this close is never the last one of the connection, which a peer could delay. Returns
 * the pid, or -1 with errno and *CONNECTION still open.
 */
pid_t child_start(struct children *children, const struct activation *activation, const struct handover *handover,
    const struct stop *stop, int *connection);

/* Releases the memory. */
void children_free(struct children *children);

/*
 * Reaps one of these children, and no other child, if one has exited. Returns its pid and sets *STATUS, or returns 0.
 */
pid_t child_reap(struct children *children, int *status);

/* Sends SIGNAL to all children. */
void child_signal(const struct children *children, int signal);

/* Reports how process PID ended, at the level ACTIVATE_INFO. */
void child_report(const struct activation *activation, pid_t pid, int status);

#endif
