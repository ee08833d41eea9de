/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files in src/activate/. */
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

/* pause before a failed accept(2) or fork(2) is retried, in nanoseconds */
#define RETRY_PAUSE INT64_C(100000000)

/* Passes a one-line message for the user to activation->say. */
void say(const struct activation *activation, enum activate_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- wait.c: polls the activation's descriptors and the signalfd */

struct wait {
	/*
	 * one element for each descriptor, followed by the signalfd; the fd member is -1 for descriptors that are not
	 * polled
	 */
	struct pollfd *polled;
	size_t count;  /* number of descriptors */
	size_t active; /* number of polled descriptors */
};

/*
 * Prepares WAIT for wait_poll(). Selects the activation's descriptors that can become readable: those that are open for
 * reading and support poll(2). SIGNALS is a signalfd to poll as well, or -1. Returns 0, or -1 with *FAIL. Fails if none
 * of the descriptors can become readable.
 */
int wait_begin(struct wait *wait, const struct activation *activation, int signals, struct fail *fail);
void wait_end(struct wait *wait);

/*
 * Waits for a signal on the signalfd until the time UNTIL of CLOCK_MONOTONIC (FDPASS_NEVER: indefinitely). If
 * DESCRIPTORS is true, also waits for the activation's descriptors. Continues after EINTR. Returns the number of ready
 * descriptors including the signalfd, or -1 with errno.
 */
int wait_poll(struct wait *wait, bool descriptors, int64_t until);

/* Returns true if the last wait_poll() found a readable descriptor. */
bool wait_is_readable(const struct wait *wait);

/*
 * Called after COMMAND has exited, with the results of the last wait_poll(). Reopens a FIFO without writers, so that
 * the FIFO becomes readable only after another process has opened it for writing. Stops polling any other descriptor
 * that is at end of file.
 */
void wait_renew(struct wait *wait);

/* --- stop.c: receives SIGTERM, SIGINT, SIGHUP and SIGCHLD through a signalfd */

struct stop {
	int fd;
	sigset_t mask;		  /* the previous signal mask */
	struct sigaction sigchld; /* the previous action of SIGCHLD */
	int signal;		  /* the first termination signal that was received; 0: none */
	int last;		  /* the latest termination signal */
	size_t count;
	bool from_terminal; /* the last termination signal was sent by the terminal to the foreground process group */
};

int stop_begin(struct stop *stop, struct fail *fail);
void stop_end(struct stop *stop);

/*
 * Reads the next signal. Returns true if the signal is a termination signal. Returns false if no signal is pending.
 * Sets *CHILD for SIGCHLD.
 */
bool stop_take(struct stop *stop, bool *child);

/* --- child.c: manages the children that run COMMAND */

struct children {
	pid_t *pids;
	size_t count, room;
	struct gate *gate;
};

/*
 * Executes COMMAND in a child, with the descriptors and variables of HANDOVER. Closes *CONNECTION in this process and
 * sets it to -1; CONNECTION is NULL if there is no connection. The child executes COMMAND only after this process has
 * closed *CONNECTION. Thus the close in this process is not the last close of the connection. The last close could
 * block. Returns the child's pid, or -1 with errno, leaving *CONNECTION open.
 */
pid_t child_start(struct children *children, const struct activation *activation, const struct handover *handover,
    const struct stop *stop, int *connection);

/* Releases the memory. */
void children_free(struct children *children);

/*
 * Reaps one of CHILDREN that has exited. Never reaps any other child of this process. Returns the child's pid and sets
 * *STATUS, or returns 0 if no child has exited.
 */
pid_t child_reap(struct children *children, int *status);

/* Sends SIGNAL to all CHILDREN. */
void child_signal(const struct children *children, int signal);

/* Reports the exit status of process PID at level ACTIVATE_INFO. */
void child_report(const struct activation *activation, pid_t pid, int status);

#endif
