/* SPDX-License-Identifier: ISC */
/* Declarations shared by the files of this layer. */
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

/* Pause before a retry if a system resource was exhausted, in nanoseconds. */
#define RETRY_PAUSE INT64_C(100000000)

/* Passes a one-line message for the user to activation->say. */
void say(const struct activation *activation, enum activate_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- wait.c: polls the descriptors and the signals */

struct wait {
	/* one element for each descriptor, followed by the signals; fd is -1 for descriptors that are not polled */
	struct pollfd *polled;
	size_t count;  /* number of descriptors */
	size_t active; /* number of polled descriptors */
};

/*
 * Determines which descriptors can become readable: they are open for reading, and support poll(2). Also polls SIGNALS
 * unless it is -1. Returns 0, or -1 with *FAIL. It is an error if no descriptor can become readable.
 */
int wait_begin(struct wait *wait, const struct activation *activation, int signals, struct fail *fail);
void wait_end(struct wait *wait);

/*
 * Waits for signals until the time UNTIL (FDPASS_NEVER: indefinitely). If DESCRIPTORS is true, also waits for the
 * descriptors. Continues after EINTR. Sets the revents, and returns the number of ready descriptors including the
 * signals, or -1 with errno.
 */
int wait_poll(struct wait *wait, bool descriptors, int64_t until);

/* Returns true if the last wait_poll() found a readable descriptor. */
bool wait_is_readable(const struct wait *wait);

/*
 * Called after COMMAND has exited and wait_poll() was called. A FIFO without writers is reopened, so that it becomes
 * readable only after another process has opened it for writing. Any other descriptor at end of file is not polled any
 * more.
 */
void wait_renew(struct wait *wait);

/* --- stop.c: receives SIGTERM, SIGINT, SIGHUP and SIGCHLD through a signalfd */

struct stop {
	int fd;
	sigset_t mask;		  /* the previous signal mask */
	struct sigaction sigchld; /* the previous action of SIGCHLD */
	int signal;		  /* the first termination signal; 0: none was received */
	int last;		  /* the latest termination signal */
	size_t count;
	bool from_terminal; /* the latest signal was sent by the terminal to the foreground process group */
};

int stop_begin(struct stop *stop, struct fail *fail);
void stop_end(struct stop *stop);

/*
 * Reads the next signal. Returns true if it is a termination signal. Returns false if no signal is left. Sets *CHILD
 * for SIGCHLD.
 */
bool stop_take(struct stop *stop, bool *child);

/* --- child.c: manages the children that run COMMAND */

struct children {
	pid_t *pids;
	size_t count, room;
	struct gate *gate;
};

/*
 * Executes COMMAND with HANDOVER in a child. Closes *CONNECTION in this process and sets it to -1 (NULL: no
 * connection). The child executes COMMAND after this close. Therefore, the close never releases the connection, which
 * could block. Returns the pid, or -1 with errno; then *CONNECTION is still open.
 */
pid_t child_start(struct children *children, const struct activation *activation, const struct handover *handover,
    const struct stop *stop, int *connection);

/* Releases the memory. */
void children_free(struct children *children);

/* Reaps one of these children if it has exited, and no other child. Returns its pid and sets *STATUS, or returns 0. */
pid_t child_reap(struct children *children, int *status);

/* Sends SIGNAL to all children. */
void child_signal(const struct children *children, int signal);

/* Reports the exit status of process PID at level ACTIVATE_INFO. */
void child_report(const struct activation *activation, pid_t pid, int status);

#endif
