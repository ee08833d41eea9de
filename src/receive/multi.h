/* SPDX-License-Identifier: ISC */
/*
 * Many connections concurrently on one listening socket, so that none that is silent holds up another: the loop of
 * recv --keep and of tty --keep. What is wrong with one connection is reported and ends only that one.
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
	MULTI_DROP, /* this client is done */
	MULTI_STOP  /* it is, and so is the loop */
};

/* What the clients of one loop are. ARG is the loop's. */
struct multi_class {
	size_t client_size;
	/* Makes a client of the connection FD, which it takes over. -1 with *FAIL: it is disconnected. */
	int (*open)(void *client, int fd, uint64_t number, void *arg, struct fail *fail);
	/* CLIENT's descriptor is ready. It may change *FD, which is polled from now on. */
	enum multi_next (*serve)(void *client, int *fd, void *arg, struct fail *fail);
	void (*close)(void *client);
	/* What CLIENT is polled for from now on; NULL: POLLIN. */
	short (*events)(const void *client);
	/* True while no more than COUNT clients are to be accepted; NULL: never. */
	bool (*full)(size_t count, void *arg);
	/* Before a wait. Returns 0, or -1 with *FAIL. */
	int (*idle)(void *arg, struct fail *fail);
	/* Until when to wait, with COUNT clients. */
	int64_t (*deadline)(size_t count, void *arg);
};

struct multi {
	const struct multi_class *class;
	const struct endpoint *ep;
	void *arg;
	void **clients;
	struct pollfd *polled; /* the listening socket first */
	size_t count, room;
	uint64_t last_number;
};

/*
 * Accepts and serves until a client stops the loop. Returns 0 then; -1 with *FAIL, whose err is ETIMEDOUT at the
 * deadline. Can be called again with the clients that are left.
 */
int multi_run(struct multi *multi, struct fail *fail);

/* Closes all clients and releases everything. */
void multi_done(struct multi *multi);

#endif
