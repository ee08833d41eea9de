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

/* How long to wait until a resource that ran out is tried again, in nanoseconds. */
#define RETRY_PAUSE INT64_C(100000000)

/* One line for the user, through activation->say. */
void say(const struct activation *activation, enum activate_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- wait.c: the descriptors that are polled, and the signals */

struct wait {
	struct pollfd *polled; /* one for each descriptor, fd -1 if it is not polled; then the signals */
	size_t count;	       /* descriptors */
	size_t active;	       /* of these, polled */
};

/*
 * Finds the descriptors that can become readable: open for reading, and of a kind that poll(2) knows. SIGNALS is polled too
 * unless it is -1. Returns 0, or -1 with *FAIL, also if there is none.
 */
int wait_begin(struct wait *wait, const struct activation *activation, int signals, struct fail *fail);
void wait_end(struct wait *wait);

/*
 * Waits for signals, and if DESCRIPTORS also for these, until the moment UNTIL (FDPASS_NEVER). Returns how many are
 * readable, signals included, or -1 with errno; an interrupted wait goes on. revents tells which.
 */
int wait_poll(struct wait *wait, bool descriptors, int64_t until);

/* True if the last wait_poll() found a descriptor readable. */
bool wait_is_readable(const struct wait *wait);

/*
 * To be called after COMMAND exited and a wait_poll(): a FIFO whose writers are gone is opened again, so that it becomes
 * readable only by the next writer; any other descriptor at its end is not polled any more.
 */
void wait_renew(struct wait *wait);

/* --- stop.c: SIGTERM, SIGINT, SIGHUP and SIGCHLD, through a signalfd */

struct stop {
	int fd;
	sigset_t mask;		  /* before */
	struct sigaction sigchld; /* before */
	int signal;		  /* the first one that asked to stop, or 0 */
	int last;		  /* the latest */
	size_t count;
	bool from_terminal; /* the latest was sent to the whole foreground process group */
};

int stop_begin(struct stop *stop, struct fail *fail);
void stop_end(struct stop *stop);

/* Takes the next signal. Returns true if it asked to stop; false if none is left. SIGCHLD sets *CHILD. */
bool stop_take(struct stop *stop, bool *child);

/* --- child.c: the children that run COMMAND */

struct children {
	pid_t *pids;
	size_t count, room;
	struct gate *gate;
};

/*
 * Runs COMMAND with HANDOVER in a child. Closes *CONNECTION (NULL: there is none) here and sets it to -1. COMMAND is not
 * executed before that, so that this is never the last close of the connection, which may take as long as its peer wants.
 * Returns the pid, or -1 with errno and *CONNECTION still open.
 */
pid_t child_start(struct children *children, const struct activation *activation, const struct handover *handover,
    const struct stop *stop, int *connection);

/* Releases the memory. */
void children_free(struct children *children);

/* Reaps one of these children if one has exited, no other child. Returns its pid and *STATUS, or 0. */
pid_t child_reap(struct children *children, int *status);

/* Sends SIGNAL to all of them. */
void child_signal(const struct children *children, int signal);

/* Reports how process PID ended, with --verbose. */
void child_report(const struct activation *activation, pid_t pid, int status);

#endif
