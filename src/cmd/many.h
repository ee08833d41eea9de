/* SPDX-License-Identifier: ISC */
/* recv --keep: many connections at once, so that one that says nothing holds up nobody. */
#ifndef CMD_MANY_H
#define CMD_MANY_H

#include "net/endpoint.h"
#include "cmd/receiver.h"

struct many {
	const struct options *options;
	struct receiver *receiver;
	struct endpoint *ep;
	unsigned int ask;
	char **command;
	struct haul *shared; /* what all of them bring, unless each has a command of its own (--spawn) */

	struct connection **connections;
	struct pollfd *polled; /* the listening socket first */
	size_t count, room;
	uint64_t next_number;
};

/*
 * Accepts and receives until something else than a message or an end of file comes of it. What is wrong with one
 * connection ends only that one, and is said.
 */
enum received many_receive(struct many *many, struct fail *fail);

#endif
