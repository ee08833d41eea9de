/* SPDX-License-Identifier: ISC */
/*
 * The loop of recv --keep and tty --keep: serves many connections on one listening socket concurrently, so that a
 * silent client does not delay others. An error of one connection is reported and closes only this connection.
 */
#ifndef RECEIVE_MULTI_H
#define RECEIVE_MULTI_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/endpoint.h"

enum multi_next {
	MULTI_CONTINUE,
	MULTI_DROP, /* this client is finished */
	MULTI_STOP  /* this client is finished, and the loop must stop */
};

/* The functions that handle the clients of a loop. ARG is the argument of the loop. */
struct multi_class {
	size_t client_size;
	/*
	 * Initializes CLIENT for the connection FD, and takes ownership of FD. Returns 0, or -1 with *FAIL; then the
	 * connection is closed.
	 */
	int (*open)(void *client, int fd, uint64_t number, void *arg, struct fail *fail);
	/* Called when the client's descriptor is ready. Can change *FD, the descriptor to poll. */
	enum multi_next (*serve)(void *client, int *fd, void *arg, struct fail *fail);
	void (*close)(void *client);
	/* Returns the poll events for CLIENT. NULL: POLLIN. */
	short (*events)(const void *client);
	/* Returns true if no more clients can be accepted, because COUNT is the maximum. NULL: no limit. */
	bool (*full)(size_t count, void *arg);
	/* Called before the loop waits. Returns 0, or -1 with *FAIL. */
	int (*idle)(void *arg, struct fail *fail);
	/* Returns the deadline for waiting. COUNT is the number of clients. */
	int64_t (*deadline)(size_t count, void *arg);
};

struct multi {
	const struct multi_class *class;
	const struct endpoint *ep;
	void *arg;
	void **clients;
	struct pollfd *polled; /* the polled descriptors: the listening socket, followed by one descriptor per client */
	size_t count, room;
	uint64_t last_number;
	bool warned; /* the warning that new clients must wait was printed */
};

/*
 * Accepts and serves clients until a client stops the loop. Returns 0 in this case, or -1 with *FAIL. FAIL->err is
 * ETIMEDOUT at the deadline. Can be called again to serve the remaining clients.
 */
int multi_run(struct multi *multi, struct fail *fail);

/* Closes all clients and releases the loop. */
void multi_done(struct multi *multi);

#endif
