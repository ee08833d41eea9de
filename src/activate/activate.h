/* SPDX-License-Identifier: ISC */
/*
 * Socket activation: starts COMMAND when a listening socket, FIFO or other descriptor becomes readable. COMMAND can be
 * started once, restarted after each exit, or started as a child for each connection. The activate layer neither prints
 * nor exits; it reports events through callbacks.
 */
#ifndef ACTIVATE_ACTIVATE_H
#define ACTIVATE_ACTIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "exec/handover.h"

/*
 * ACTIVATE_STOPPING is the level of messages that report what this process is waiting for after a termination signal.
 */
enum activate_level { ACTIVATE_INFO, ACTIVATE_STOPPING, ACTIVATE_WARNING };

struct activate_fd {
	int fd;
	const char *text; /* the DESCRIPTOR operand as the user wrote it, for messages */
	bool exclusive;	  /* a listening socket on which no other process accepts connections */
};

struct activation {
	struct activate_fd *fds;
	size_t count;
	char *const *argv;
	/*
	 * Descriptors and environment variables for COMMAND. activate_accept() replaces the descriptors and the peer
	 * for each connection.
	 */
	struct handover handover;

	size_t max_children;
	uint64_t connections; /* activate_accept() returns after this number of connections; 0: no limit */
	int status;	      /* wait status of the last child, set by activate_keep() */

	void *arg; /* argument of the callbacks */
	void (*say)(void *arg, enum activate_level level, const char *text);
	/* Returns 0 if PEER may connect, or -1 with *FAIL. NULL accepts every peer. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/* Called after COMMAND has been started. */
	void (*started)(void *arg);
	/*
	 * Called when activate_accept() or activate_keep() stops listening. Must close the listening sockets and remove
	 * their paths. USING is true if a child still uses the listening sockets.
	 */
	void (*stop_listening)(void *arg, bool using);
	/*
	 * Called first in each child, before COMMAND is executed. Must cancel the removal of the socket paths, because
	 * only the parent may remove them.
	 */
	void (*forked)(void *arg);
	/* Called in a child if executing COMMAND has failed. Returns the exit status. */
	int (*exec_failed)(void *arg, const struct fail *fail);
};

/*
 * Waits until one of the activation's descriptors is readable. Does not change the actions of signals. Returns 0, or -1
 * with *FAIL. Fails if none of the descriptors can ever become readable.
 */
int activate_wait(const struct activation *activation, struct fail *fail);

/*
 * Starts COMMAND as a child whenever one of the descriptors is readable, and waits until the child has exited before
 * the next start. If starts follow each other quickly, delays them (activate/restart_delay.h). After the first SIGTERM,
 * SIGINT or SIGHUP that is not ignored, stops listening and forwards the signal to the child. Kills the child after the
 * second such signal. Returns the number of the signal that stopped the loop, 0 if none of the descriptors can become
 * readable any more, or -1 with *FAIL.
 */
int activate_keep(struct activation *activation, struct fail *fail);

/*
 * Accepts connections, and starts COMMAND as a child for each connection, with at most max_children concurrent
 * children. After the first SIGTERM, SIGINT or SIGHUP, stops listening and lets the children finish. Forwards the
 * second such signal to the children, and kills the children after the third one. Returns 0 after
 * activation->connections connections, and otherwise like activate_keep().
 */
int activate_accept(struct activation *activation, struct fail *fail);

#endif
