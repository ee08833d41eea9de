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

/* ACTIVATE_STOPPING: reports what the process still waits for after a termination signal */
enum activate_level { ACTIVATE_INFO, ACTIVATE_STOPPING, ACTIVATE_WARNING };

struct activate_fd {
	int fd;
	const char *text; /* the DESCRIPTOR operand as the user wrote it, for messages */
	bool exclusive;	  /* a listening socket from which no other process accepts connections */
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
 * Waits until one of the activation's descriptors is readable. Signals keep their actions. Returns 0, or -1 with *FAIL.
 * Fails if none of the descriptors can ever become readable.
 */
int activate_wait(const struct activation *activation, struct fail *fail);

/*
 * Starts COMMAND as a child whenever one of the descriptors is readable, and waits until the child has exited before
 * the next start. Starts in quick succession are delayed, as activate/restart_delay.h describes. The first SIGTERM,
 * SIGINT or SIGHUP (unless ignored) stops listening and is forwarded to the child. The second termination signal kills
 * the child. Returns the number of the signal that stopped the loop, 0 if none of the descriptors can become readable
 * any more, or -1 with *FAIL.
 */
int activate_keep(struct activation *activation, struct fail *fail);

/*
 * Accepts connections, and starts COMMAND as a child for each connection, with at most max_children concurrent
 * children. The first SIGTERM, SIGINT or SIGHUP stops listening and lets the children finish, the second is forwarded
 * to the children, and the third kills them. Returns like activate_keep(), or 0 after activation->connections
 * connections.
 */
int activate_accept(struct activation *activation, struct fail *fail);

#endif
