/* SPDX-License-Identifier: ISC */
/*
 * Accepts clients on one address, connects to a server at another address for each client, and forwards messages in
 * both directions as if client and server were connected directly. Preserves data, credentials, message boundaries,
 * half-close and end of file. Each descriptor is forwarded with the same data byte with which it was sent.
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

/* Operations that the relay needs after its start. The sandbox must permit the operations whose member is true. */
struct relay_needs {
	bool connects;	  /* connects to the server */
	bool credentials; /* connects to the server with the user and group IDs of the client */
	bool abstract;	  /* connects or sends to abstract names */
};

struct relay_options {
	const struct addr *listen_addr, *connect_addr; /* the first and the second ADDRESS operand */
	/*
	 * Options for the two addresses; the relay sets their role and prepare members. back_options.retry is not a
	 * deadline, but a duration that starts again for each client.
	 */
	struct endpoint_options listener_options, back_options;
	int ready_fd;		  /* a newline is written to this descriptor when clients can connect; -1: none */
	uint64_t max_connections; /* maximum number of open connections; 0: limited only by RLIMIT_NOFILE */
	uint64_t connections;	  /* stop after this number of connections; 0: no limit */
	/* nanoseconds of busy polling after each message; BUSY_POLL_AUTO: the relay chooses by measurement */
	int64_t busy_poll;
	bool no_rights;	      /* refuse descriptors, or close received ones instead of forwarding them */
	bool own_creds;	      /* forward messages with the relay's credentials instead of the sender's */
	bool creds;	      /* request the senders' credentials even if they cannot be forwarded */
	bool pidfd, security; /* request the sender's pidfd or security label, which can be shown but not forwarded */

	/*
	 * The endpoint at the first ADDRESS, which the relay opens and closes. The caller owns the structure, so that
	 * its signal handler can remove the path at any time.
	 */
	struct endpoint *listen_endpoint;
	/* descriptor to which show() writes, or -1; the relay stops when this pipe or socket no longer has a reader */
	int output_fd;

	void *arg; /* passed as ARG to the functions below */
	/* Prints a one-line warning. */
	void (*warn)(void *arg, const char *text);
	/* Called about one second after the last warning. Can be NULL. */
	void (*warned)(void *arg);
	/* Called when listen_endpoint is open. */
	void (*opened)(void *arg);
	/*
	 * Called before the event loop starts, when all files are open. SIGNAL_FD is readable while a termination
	 * signal is pending.
	 */
	void (*started)(void *arg, const struct relay_needs *needs, int signal_fd);
	/* Returns 0 if the client PEER is allowed, or -1 with *FAIL. NULL allows all clients. */
	int (*admit)(void *arg, const struct peer *peer, struct fail *fail);
	/*
	 * Shows a forwarded message. Returns 0, or -1 with *FAIL. An error stops the relay. NULL: messages are not
	 * shown.
	 */
	int (*show)(void *arg, const struct message *message, struct fail *fail);
	/* Counts a forwarded message for --verbose. NULL: messages are not counted. */
	void (*count)(size_t descriptors, size_t bytes);
};

/*
 * Runs until OPTIONS->connections connections have ended, or until this process receives SIGTERM, SIGINT or SIGHUP and
 * does not ignore the signal. After the first signal, the relay stops listening and waits until the open connections
 * end; after the second signal, it closes these connections. Raises RLIMIT_NOFILE to its hard limit. Returns 0, or -1
 * with *FAIL.
 */
int relay_run(const struct relay_options *options, struct fail *fail);

#endif
