/* SPDX-License-Identifier: ISC */
/*
 * Many concurrent connections on one listening socket, so that a silent one does not delay another: the loop of recv
 * --keep and of tty --keep. An error of one connection is reported and ends only that one.
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
	MULTI_DROP, /* this client has finished */
	MULTI_STOP  /* this client has finished, and the loop is to stop */
};

/* The functions that handle the clients of a loop. ARG is the loop's argument. */
struct multi_class {
	size_t client_size;
	/* Creates a client for the connection FD, which it takes over. On -1 with *FAIL it is disconnected. */
	int (*open)(void *client, int fd, uint64_t number, void *arg, struct fail *fail);
	/* Called when CLIENT's descriptor is ready. May change *FD, the descriptor to poll. */
	enum multi_next (*serve)(void *client, int *fd, void *arg, struct fail *fail);
	void (*close)(void *client);
	/* Returns the events to poll for CLIENT; NULL: POLLIN. */
	short (*events)(const void *client);
	/* Returns true if COUNT clients are the maximum, so that no other is accepted; NULL: no limit. */
	bool (*full)(size_t count, void *arg);
	/* Called before a wait. Returns 0, or -1 with *FAIL. */
	int (*idle)(void *arg, struct fail *fail);
	/* Returns the deadline of the wait; COUNT is the number of clients. */
	int64_t (*deadline)(size_t count, void *arg);
};

struct multi {
	const struct multi_class *class;
	const struct endpoint *ep;
	void *arg;
	void **clients;
	struct pollfd *polled; /* the polled descriptors: first the listening socket, then one per client */
	size_t count, room;
	uint64_t last_number;
	bool warned; /* a warning that new clients have to wait was printed */
};

/*
 * Accepts and serves until a client stops the loop. Returns 0 then; -1 with *FAIL, whose err is ETIMEDOUT at the
 * deadline. Can be called again to serve the remaining clients.
 */
int multi_run(struct multi *multi, struct fail *fail);

/* Closes all clients and releases the loop. */
void multi_done(struct multi *multi);

#endif
