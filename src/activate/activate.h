/* SPDX-License-Identifier: ISC */
/*
 * Socket activation: starts COMMAND when one of its descriptors becomes readable. COMMAND can be started once, again
 * after each exit, or as a child for each connection. This layer neither prints nor exits; it reports events through
 * callbacks.
 */
#ifndef ACTIVATE_ACTIVATE_H
#define ACTIVATE_ACTIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "exec/handover.h"

/* ACTIVATE_STOPPING: the message reports what the process waits for before it exits */
enum activate_level { ACTIVATE_INFO, ACTIVATE_STOPPING, ACTIVATE_WARNING };

struct activate_fd {
	int fd;
	const char *text; /* the DESCRIPTOR as the user wrote it, for messages */
	bool exclusive;	  /* a listening socket that this process created, so no other process accepts from it */
};

struct activation {
	struct activate_fd *fds;
	size_t count;
	char *const *argv;
	/*
	 * Descriptors and variables for COMMAND. activate_accept() replaces the descriptors and the peer for each
	 * connection.
	 */
	struct handover handover;

	size_t max_children;
	uint64_t connections; /* activate_accept() returns after this number of connections; 0: no limit */
	int status;	      /* wait status of the last child, set by activate_keep() */

	void *arg; /* argument of the callbacks */
	void (*say)(void *arg, enum activate_level level, const char *text);
	/* Returns 0 if this peer may connect, or -1 with *FAIL. NULL accepts every peer. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/* Called after COMMAND was started. */
	void (*started)(void *arg);
	/*
	 * Called when no more connections are accepted. Must close the descriptors and remove the socket paths. USING
	 * is true if a child still uses the descriptors.
	 */
	void (*stop_listening)(void *arg, bool using);
	/* Called first in a child. Must discard the socket paths, because only the parent may remove them. */
	void (*forked)(void *arg);
	/* Called in a child if COMMAND could not be executed. Returns the exit status. */
	int (*exec_failed)(void *arg, const struct fail *fail);
};

/*
 * Waits until one of the descriptors is readable. Signals keep their actions. Returns 0, or -1 with *FAIL. It is an
 * error if no descriptor can ever become readable.
 */
int activate_wait(const struct activation *activation, struct fail *fail);

/*
 * Starts COMMAND as a child whenever one of the descriptors is readable, and waits for its exit before the next start.
 * Starts in quick succession are delayed (activate/restart_delay.h). The first SIGTERM, SIGINT or SIGHUP (unless
 * ignored) stops listening and is forwarded to the child. The second one kills the child. Returns the number of the
 * signal that stopped the loop, 0 if no descriptor can become readable any more, or -1 with *FAIL.
 */
int activate_keep(struct activation *activation, struct fail *fail);

/*
 * Accepts connections and starts COMMAND as a child for each, at most max_children concurrently. The first SIGTERM,
 * SIGINT or SIGHUP stops listening and lets the children finish, the second is forwarded to them, and the third kills
 * them. Returns like activate_keep(), or 0 after the given number of connections.
 */
int activate_accept(struct activation *activation, struct fail *fail);

#endif
