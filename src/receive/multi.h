/* SPDX-License-Identifier: ISC */
/*
 * The poll loop of recv --keep, tty --keep and send --listen: serves many connections on one listening socket
 * concurrently, so that a silent client does not delay other clients. If an error occurs on one connection, the error
 * is logged, and only this connection is closed.
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
	 * Initializes CLIENT for the connection FD, and takes ownership of FD. Returns 0. On failure, closes FD and
	 * returns -1 with *FAIL.
	 */
	int (*open)(void *client, int fd, uint64_t number, void *arg, struct fail *fail);
	/*
	 * Called when *FD, the polled descriptor of CLIENT, is ready. Can set *FD to another descriptor, which is then
	 * polled.
	 */
	enum multi_next (*serve)(void *client, int *fd, void *arg, struct fail *fail);
	void (*close)(void *client);
	/* Returns the poll(2) events for CLIENT. If this member is NULL, the event is POLLIN. */
	short (*events)(const void *client);
	/*
	 * Returns true if COUNT is the maximum number of clients, so that no more clients can be accepted. If this
	 * member is NULL, there is no maximum.
	 */
	bool (*full)(size_t count, void *arg);
	/* Called before the loop waits. Does work that must not be delayed by the wait. Returns 0, or -1 with *FAIL. */
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
	bool warned; /* the warning that new clients must wait has been printed */
};

/*
 * Accepts clients and calls serve() for them until serve() returns MULTI_STOP. Returns 0 after MULTI_STOP, or -1 with
 * *FAIL; fail->err is ETIMEDOUT if the deadline has passed. Can be called again to serve the remaining clients.
 */
int multi_run(struct multi *multi, struct fail *fail);

/* Closes the connections of all clients and releases the loop. */
void multi_done(struct multi *multi);

#endif
