/* SPDX-License-Identifier: ISC */
/*
 * Accepts clients on one address, connects to another address for each client, and forwards everything in both
 * directions as if client and server were connected directly. This includes data, credentials, message boundaries,
 * half-close and end of file. Each descriptor is forwarded with the same byte that it was sent with.
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

/* Operations that the relay needs after its start, so the sandbox must permit them. */
struct relay_needs {
	bool connects;	  /* connects to the server */
	bool credentials; /* connects to the server with the client's user and groups */
	bool abstract;	  /* connects or sends to abstract names */
};

struct relay_options {
	const struct addr *listen_addr, *connect_addr; /* the first and the second ADDRESS operand */
	/* The relay sets role and prepare. back_options.retry is a duration that starts again for each client. */
	struct endpoint_options listener_options, back_options;
	int ready_fd;		  /* a newline is written to this descriptor when clients can connect; -1: none */
	uint64_t max_connections; /* maximum number of open connections; 0: limited only by RLIMIT_NOFILE */
	uint64_t connections;	  /* stop after this number of connections; 0: no limit */
	/* nanoseconds of busy polling after each message; BUSY_POLL_AUTO: selected by measurement */
	int64_t busy_poll;
	bool no_rights;	      /* refuse descriptors */
	bool own_creds;	      /* forward messages with the relay's credentials instead of the sender's */
	bool creds;	      /* request credentials even if they cannot be forwarded */
	bool pidfd, security; /* request these properties of the sender for showing; they cannot be forwarded */

	/*
	 * The first ADDRESS. The relay opens and closes it. The caller owns the structure, so that it can remove the
	 * path at any time.
	 */
	struct endpoint *listen_endpoint;
	/* descriptor to which show() writes, or -1; the relay stops when the reader of this descriptor closes it */
	int output_fd;

	void *arg; /* argument of the functions below */
	/* Prints a warning of one line. */
	void (*warn)(void *arg, const char *text);
	/* Called when no more warnings are expected soon. Can be NULL. */
	void (*warned)(void *arg);
	/* Called when listen_endpoint is open. */
	void (*opened)(void *arg);
	/* Called when all files are open. SIGNAL_FD is readable while a termination signal is pending. */
	void (*started)(void *arg, const struct relay_needs *needs, int signal_fd);
	/* Returns 0 if this client is allowed, or -1 with *FAIL. NULL allows all clients. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/*
	 * Shows a forwarded message. Returns 0, or -1 with *FAIL, which stops the relay. NULL: messages are not shown.
	 */
	int (*show)(void *arg, const struct message *message, struct fail *fail);
	/* Counts a forwarded message for --verbose. NULL: messages are not counted. */
	void (*count)(size_t descriptors, size_t bytes);
};

/*
 * Runs until the number of connections is reached, or until it receives SIGTERM, SIGINT or SIGHUP, unless they are
 * ignored. The first signal stops listening and lets connections finish, the second one closes them. Raises
 * RLIMIT_NOFILE to its hard limit. Returns 0, or -1 with *FAIL.
 */
int relay_run(const struct relay_options *options, struct fail *fail);

#endif
