/* SPDX-License-Identifier: ISC */
/*
 * A file descriptor store like that of a service manager. Clients use the protocol of NOTIFY_SOCKET (sd_notify(3)) to
 * store named descriptors. fdpass hold also supervises a command, which gets the stored descriptors each time it
 * starts.
 */
#ifndef HOLD_HOLD_H
#define HOLD_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "exec/handover.h"
#include "hold/store.h"

enum hold_restart { HOLD_RESTART_NO, HOLD_RESTART_ON_FAILURE, HOLD_RESTART_ALWAYS };

struct hold_options {
	const struct addr *addr;
	struct endpoint_options endpoint_options; /* hold_run() sets the members "role" and "prepare" */
	struct endpoint *endpoint;		  /* set by hold_run(); the caller must call endpoint_done() */
	int ready_fd;				  /* -1: none */
	size_t max_fds;
	const struct store_limit *limits;
	size_t limit_count;
	/*
	 * the user who may list and take descriptors, in addition to root and the user of this process; (uid_t)-1: no
	 * user
	 */
	uid_t owner;

	char *const *command;		 /* NULL: none */
	const struct handover *handover; /* only the members "inherit" and "setenv" are used, for the command */
	enum hold_restart restart;
	bool attended; /* a user may be waiting for fdpass to exit, so a message reports any reason for a delay */
	bool replace;  /* if another fdpass hold is listening at ADDRESS, take over its store */

	void *arg; /* argument of the following functions */
	/* Prints a one-line warning. */
	void (*warn)(void *arg, const char *text);
	/* Called when no more warnings are expected soon. Can be NULL. */
	void (*warned)(void *arg);
	int (*exit_status)(
	    const struct fail *fail); /* Returns the exit status of a child that could not execute COMMAND. */
	/* Logs an event as one line. NULL: no log. */
	void (*log)(void *arg, const char *text);
	/*
	 * Called after the socket and all other files have been opened. This callback can apply a sandbox to the
	 * process.
	 */
	void (*opened)(void *arg, const struct endpoint *endpoint);
	/* Called in each child before it executes the command. */
	void (*forked)(void *arg);
	/* Returns 0 if PEER may use the store, or -1 with *FAIL. If this member is NULL, every peer is accepted. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/*
	 * Returns 0 if the descriptors in MSG may be stored, or -1 with *FAIL. If this member is NULL, all descriptors
	 * are accepted.
	 */
	int (*check)(void *arg, const struct fdpass_msg *msg, struct fail *fail);
};

/*
 * Returns after a termination signal, or after COMMAND has exited and must not be restarted. Raises the soft limit
 * RLIMIT_NOFILE to its hard limit. Sets *STATUS to the exit status of fdpass. Returns 0, or -1 with *FAIL.
 */
int hold_run(const struct hold_options *options, int *status, struct fail *fail);

#endif
