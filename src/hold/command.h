/* SPDX-License-Identifier: ISC */
/*
 * Supervises the command: starts it with the descriptors in the store, restarts it, and sends signals to it. Also reaps
 * orphaned descendants, like an init process.
 */
#ifndef HOLD_COMMAND_H
#define HOLD_COMMAND_H

#include <stdbool.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/fail.h"
#include "net/peer.h"
#include "hold/loop.h"

struct hold;

struct command {
	pid_t pid; /* 0: not running */
	bool started_once;
	bool stopping;	 /* a termination signal has been forwarded to the command, so the command is not restarted */
	bool restarting; /* SIGHUP has been received, so the command is started again as soon as it has exited */
	int exec_failed; /* read end of a pipe to which the child writes if execve(2) fails; -1: no pipe */
	int64_t started_at;
	int64_t delay; /* delay before the next restart of the command, in nanoseconds */
	int status;    /* result of the command's last run: exit status, or the negated number of a signal */
	struct timer restart_timer, kill_timer;
	struct rlimit open_files; /* RLIMIT_NOFILE that this process inherited */
};

/* Starts the command. Returns 0, or -1 with *FAIL. */
int command_begin(struct hold *h, struct fail *fail);

/* Reaps child processes. Called when at least one child has exited. */
void command_reap(struct hold *h);

/* Prevents restarts of the command. Prints a message that fdpass is waiting until the command has exited. */
void command_wind_down(struct hold *h);

/* Forwards a signal to the command. After a termination signal, the command is not restarted. */
void command_signal(struct hold *h, int signal_number);

/* After a handover by SIGUSR1, continues to supervise a command that the previous program image started. */
void command_resume(struct hold *h);

/* Stops the command for a handover. handover_continue() is called after the command has exited. */
void command_stop(struct hold *h);

/* Handles SIGHUP: stops the command, and starts it again after it has exited. */
void command_restart(struct hold *h);

/* Returns true if PEER is the command or one of its descendants. */
bool command_is_sender(const struct hold *h, const struct peer *peer);

/* --- functions of signals.c */

/*
 * Makes signals events of the event loop. Stores the previous signal mask in *BEFORE; child processes get this mask.
 * Returns 0, or -1 with *FAIL.
 */
int signals_open(struct hold *h, sigset_t *before, struct fail *fail);
void signals_close(struct hold *h, const sigset_t *before);

/*
 * Unblocks the termination signals, which then terminate this process. Called while this process has neither a command
 * nor a store.
 */
void signals_unblock_end(void);

#endif
