/* SPDX-License-Identifier: ISC */
/*
 * From socket to socket: accepts on one address, connects to another for each client, and carries everything both ways
 * as if the two had met directly: data, descriptors at their very byte, credentials, boundaries, half-close, end of file.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/fail.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "inspect/message.h"

#define BUSY_POLL_AUTO (-1)

struct relay_options {
	const struct addr *listen_addr, *connect_addr; /* listen here, connect there */
	/* role and prepare are the relay's; back_options.retry is a duration here: how long each client's connect is tried */
	struct endpoint_options listener_options, back_options;
	int ready_fd;		  /* told when peers can connect; -1 for none */
	uint64_t max_connections; /* at a time, more wait; 0: as many as there are descriptors for */
	uint64_t connections;	  /* ends after so many; 0: never */
	int64_t busy_poll;    /* nanoseconds to look for more, after something came, before sleeping; BUSY_POLL_AUTO */
	bool no_rights;	      /* descriptors are refused */
	bool creds;	      /* senders' credentials are asked for although they cannot be carried on */
	bool pidfd, security; /* to be shown; neither can be carried on */

	/* The first ADDRESS, opened and closed here. Owned by the caller, for whom its path can be removed at any time. */
	struct endpoint *listen_endpoint;
	int output_fd; /* where show() writes; the relay ends when nobody reads there any more. -1: nowhere */

	void *arg; /* for these: */
	/* Tells the user one line. */
	void (*warn)(void *arg, const char *text);
	/* listen_endpoint is open. */
	void (*opened)(void *arg);
	/* All that is needed once is open, including SIGNAL_FD, which is readable while a termination signal is pending. */
	void (*started)(void *arg, int signal_fd);
	/* 0 if this client may use the relay, or -1 with *FAIL. NULL admits everybody. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/* Shows a message that passed. -1 with *FAIL ends the relay. NULL: nothing is shown. */
	int (*show)(void *arg, const struct message *message, struct fail *fail);
	/* Counts a message that is handed on. NULL: nobody counts. */
	void (*count)(size_t descriptors, size_t bytes);
};

/*
 * Runs until it has carried what was asked for, or until SIGTERM, SIGINT or SIGHUP (unless ignored): the first one stops
 * listening and lets connections finish, the second one cuts them. Raises RLIMIT_NOFILE to its hard limit. Returns 0, or
 * -1 with *FAIL.
 */
int relay_run(const struct relay_options *options, struct fail *fail);

#endif
