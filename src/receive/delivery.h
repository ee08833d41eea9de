/* SPDX-License-Identifier: ISC */
/* The messages for one command: the descriptors and their names, the sender, and the data. */
#ifndef RECEIVE_DELIVERY_H
#define RECEIVE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "net/peer.h"
#include "cli/options.h"
#include "receive/sink.h"
#include "receive/until.h"

/* The descriptors, which the delivery owns. */
struct delivery {
	int *fds;
	size_t count, room;
	uint64_t seen; /* number of received descriptors, collected or only shown */
	struct sink sink;
	struct peer peer; /* the sender of the messages */

	/* if --names is set */
	char *name_text; /* NULL: the line with the names was not received yet */
	const char **names;
	size_t name_count;

	struct until until; /* if --until is set */
};

/* Initializes an empty delivery whose data goes to TARGET. */
void delivery_init(struct delivery *delivery, struct sink_target *target);

/* Takes over the descriptors of MSG. Returns 0, or -1 with *FAIL: then MSG may still own some. */
int delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail);

/*
 * Removes the line LISTEN_FDNAMES=NAME:NAME... from the LENGTH bytes at DATA. Returns its length with the newline, or
 * -1 with *FAIL if it is missing or malformed.
 */
ssize_t delivery_take_names(struct delivery *delivery, const char *data, size_t length, struct fail *fail);

/* Closes the collected descriptors, reports dropped data, and resets DELIVERY for the next command. */
void delivery_reset(struct delivery *delivery);

/* Closes the collected descriptors and releases DELIVERY. */
void delivery_done(struct delivery *delivery);

#endif
