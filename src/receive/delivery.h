/* SPDX-License-Identifier: ISC */
/* Collects the contents of the messages for one command: the descriptors and their names, the sender, and the data. */
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

/* A delivery consists of the descriptors and the data that one command gets, collected from one or more messages. */
struct delivery {
	int *fds;
	size_t count, room;
	uint64_t seen; /* number of received descriptors, including descriptors that are not in the member "fds" */
	struct sink sink;
	struct peer peer; /* the sender of the messages */

	/* members that are used if --names is set */
	char *name_text; /* copy of the line with the names; NULL: not received yet */
	const char **names;
	size_t name_count;

	struct until until; /* for --until */
};

/* Initializes an empty delivery, whose data will be written to TARGET. */
void delivery_init(struct delivery *delivery, struct sink_target *target);

/*
 * Moves the descriptors from MSG to DELIVERY. Returns 0, or -1 with *FAIL. On failure, MSG may still own some of the
 * descriptors.
 */
int delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail);

/*
 * Parses the line LISTEN_FDNAMES=NAME:NAME... at the beginning of DATA, which has LENGTH bytes. Returns the length of
 * the line including the newline. Returns -1 with *FAIL if the line is missing or malformed.
 */
ssize_t delivery_take_names(struct delivery *delivery, const char *data, size_t length, struct fail *fail);

/* Returns true if DELIVERY contains neither descriptors nor data that a command would get. */
bool delivery_is_empty(const struct delivery *delivery);

/* Closes the collected descriptors, warns about dropped data, and resets DELIVERY for the next command. */
void delivery_reset(struct delivery *delivery);

/* Releases the contents of TO, and moves the contents of FROM to TO. */
void delivery_move(struct delivery *to, struct delivery *from);

/* Closes the collected descriptors and releases DELIVERY. */
void delivery_done(struct delivery *delivery);

#endif
