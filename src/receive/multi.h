/* SPDX-License-Identifier: ISC */
/*
 * The poll loop of recv --keep, tty --keep and send --listen: serves many connections of one listening socket
 * concurrently, so that a silent client does not delay other clients. An error of one connection is logged and closes
 * only this connection.
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
	MULTI_DROP, /* close this client's connection */
	MULTI_STOP  /* close this client's connection, and stop the loop */
};

/* The functions that handle the clients of a loop. ARG is the arg member of struct multi. */
struct multi_class {
	size_t client_size;
	/*
	 * Initializes CLIENT for the connection FD, and takes ownership of FD. Returns 0, or -1 with *FAIL after
	 * closing FD.
	 */
	int (*open)(void *client, int fd, uint64_t number, void *arg, struct fail *fail);
	/* Called when *FD, the polled descriptor of CLIENT, is ready. Can set *FD to another descriptor to poll. */
	enum multi_next (*serve)(void *client, int *fd, void *arg, struct fail *fail);
	void (*close)(void *client);
	/* Returns the poll events for CLIENT. NULL: POLLIN. */
	short (*events)(const void *client);
	/*
	 * Returns true if COUNT is the maximum number of clients, so that no more clients can be accepted. NULL: no
	 * maximum.
	 */
	bool (*full)(size_t count, void *arg);
	/*
	 * Called before the loop waits, to do work that must not be delayed by the wait. Returns 0, or -1 with *FAIL.
	 */
	int (*idle)(void *arg, struct fail *fail);
	/* Returns the deadline of the loop while there are COUNT clients. */
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
	bool warned; /* the warning was printed that new clients must wait */
};

/*
 * Accepts and serves clients until serve() returns MULTI_STOP. Returns 0 after MULTI_STOP, or -1 with *FAIL; fail->err
 * is ETIMEDOUT at the deadline. Can be called again to serve the remaining clients.
 */
int multi_run(struct multi *multi, struct fail *fail);

/* Closes the connections of all clients and releases the loop. */
void multi_done(struct multi *multi);

#endif
