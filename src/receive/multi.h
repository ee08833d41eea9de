/* SPDX-License-Identifier: ISC */
/* recv --keep: many connections at once, so that one that says nothing holds up nobody. */
#ifndef RECEIVE_MULTI_H
#define RECEIVE_MULTI_H

#include "net/endpoint.h"
#include "receive/receiver.h"

struct multi {
	const struct options *options;
	struct receiver *receiver;
	struct endpoint *ep;
	unsigned int request;
	char **command;
	struct delivery *shared; /* what all of them bring, unless each has a command of its own (--spawn) */

	struct connection **connections;
	struct pollfd *polled; /* the listening socket first */
	size_t count, room;
	uint64_t next_number;
};

/*
 * Accepts and receives until something else than a message or an end of file comes of it. What is wrong with one
 * connection ends only that one, and is said.
 */
enum recv_result multi_receive(struct multi *many, struct fail *fail);

#endif
