/* SPDX-License-Identifier: ISC */
/*
 * Accepts clients on one address, connects to another address for each of them, and forwards everything in both
 * directions as if client and server were connected directly: data, descriptors with the same byte that they were sent
 * with, credentials, message boundaries, half-close, end of file.
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

/* Operations that the relay needs after its start. */
struct relay_needs {
	bool connects;	  /* connect sockets to the server */
	bool credentials; /* connect with the user and groups of the client */
	bool abstract;	  /* connect or send to abstract names */
};

struct relay_options {
	const struct addr *listen_addr, *connect_addr; /* the first and the second ADDRESS */
	/* role and prepare are set by the relay; back_options.retry is a duration, which starts anew for each client */
	struct endpoint_options listener_options, back_options;
	int ready_fd;		  /* gets a newline when clients can connect; -1: none */
	uint64_t max_connections; /* limit on open connections; 0: as many as the open file limit allows */
	uint64_t connections;	  /* end after this many connections; 0: no limit */
	int64_t busy_poll;	  /* nanoseconds to poll after a message before sleeping; BUSY_POLL_AUTO */
	bool no_rights;		  /* refuse descriptors */
	bool own_creds;		  /* forward messages with the relay's credentials, regardless of the sender */
	bool creds;		  /* request credentials even if they cannot be forwarded */
	bool pidfd, security;	  /* request credentials to show them; they cannot be forwarded */

	/*
	 * The first ADDRESS, opened and closed here. The caller owns the structure, so that it can remove the path at
	 * any time.
	 */
	struct endpoint *listen_endpoint;
	int output_fd; /* where show() writes; the relay ends when the reader closes it. -1: nowhere */

	void *arg; /* argument of the functions below */
	/* Prints a warning of one line. */
	void (*warn)(void *arg, const char *text);
	/* Called after the last of several warnings. May be NULL. */
	void (*warned)(void *arg);
	/* Called when listen_endpoint is open. */
	void (*opened)(void *arg);
	/*
	 * Called when everything needed is open, including SIGNAL_FD, which is readable while a termination signal is
	 * pending.
	 */
	void (*started)(void *arg, const struct relay_needs *needs, int signal_fd);
	/* Returns 0 if this client is allowed, or -1 with *FAIL. NULL allows all clients. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/* Shows a forwarded message. Returns 0, or -1 with *FAIL, which ends the relay. NULL shows nothing. */
	int (*show)(void *arg, const struct message *message, struct fail *fail);
	/* Counts a forwarded message, for --verbose; or NULL. */
	void (*count)(size_t descriptors, size_t bytes);
};

/*
 * Runs until the number of connections is reached, or until SIGTERM, SIGINT or SIGHUP, unless they are ignored: the
 * first one stops listening and lets connections finish, the second one closes them. Raises RLIMIT_NOFILE to its hard
 * limit. Returns 0, or -1 with *FAIL.
 */
int relay_run(const struct relay_options *options, struct fail *fail);

#endif
