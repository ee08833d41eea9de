/* SPDX-License-Identifier: ISC */
/*
 * Socket activation: COMMAND is started when one of its descriptors becomes readable, once or again after each exit, or
 * as a child for each connection. Nothing here prints or ends the process: messages go through callbacks.
 */
#ifndef ACTIVATE_ACTIVATE_H
#define ACTIVATE_ACTIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "exec/handover.h"

enum activate_level { ACTIVATE_INFO, ACTIVATE_WARNING };

struct activate_fd {
	int fd;
	const char *text; /* the DESCRIPTOR as the user wrote it, for messages */
	bool exclusive;	  /* a listening socket created by this process: no other process accepts from it */
};

struct activation {
	struct activate_fd *fds;
	size_t count;
	char *const *argv;
	/* What COMMAND inherits. activate_accept() replaces the descriptors and the peer for each connection. */
	struct handover handover;

	size_t max_children;
	uint64_t connections; /* activate_accept() ends after N connections; 0: no limit */
	int status;	      /* wait status of the last child, set by activate_keep() */

	void *arg; /* argument of the callbacks */
	void (*say)(void *arg, enum activate_level level, const char *text);
	/* Returns 0 if this peer may connect, or -1 with *FAIL. NULL accepts every peer. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/* Called after COMMAND was started. */
	void (*started)(void *arg);
	/*
	 * Called when no more connections are accepted: must close the descriptors and remove socket paths. USING is
	 * true if a child still uses the descriptors.
	 */
	void (*stop_listening)(void *arg, bool using);
	/* Called first in a child: must forget the socket paths, which belong to the parent. */
	void (*forked)(void *arg);
	/* Called in a child if COMMAND could not be executed. Returns the exit status. */
	int (*exec_failed)(void *arg, const struct fail *fail);
};

/*
 * Waits until one of the descriptors is readable. Signals keep their actions. Returns 0, or -1 with *FAIL, also if none
 * of the descriptors can ever become readable.
 */
int activate_wait(const struct activation *activation, struct fail *fail);

/*
 * Starts COMMAND as a child whenever one of the descriptors is readable, one child after the other. Starts in quick
 * succession are delayed (activate/restart_delay.h). The first SIGTERM, SIGINT or SIGHUP (unless ignored) stops listening and
 * is forwarded to the child, the second kills it. Returns the number of the signal that ended the loop, 0 if no
 * descriptor can become readable any more, or -1 with *FAIL.
 */
int activate_keep(struct activation *activation, struct fail *fail);

/*
 * Accepts connections and starts COMMAND as a child for each, at most max_children concurrently. The first SIGTERM,
 * SIGINT or SIGHUP stops listening and lets the children finish, the second is forwarded to them, the third kills them.
 * Returns as activate_keep() does; 0 after the given number of connections.
 */
int activate_accept(struct activation *activation, struct fail *fail);

#endif
