/* SPDX-License-Identifier: ISC */
/*
 * What messages brought for one command: the descriptors and their names, who sent them, and the data.
 */
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

/* Owns its descriptors. */
struct delivery {
	int *fds;
	size_t count, room;
	uint64_t seen; /* descriptors that came, gathered or only shown */
	struct sink sink;
	struct peer peer; /* who sent them */

	/* --names */
	char *name_text; /* NULL: the line has not come yet */
	const char **names;
	size_t name_count;

	/* --until=TEXT */
	bool text_seen;
	char tail[UNTIL_MAX]; /* the last bytes of data, less than TEXT is long */
	size_t tail_length;
};

/* An empty one, whose data goes to TARGET. */
void delivery_init(struct delivery *delivery, struct sink_target *target);

/* Takes over the descriptors of MSG. Returns 0, or -1 with *FAIL: then some may still be the message's. */
int delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail);

/*
 * Takes the line LISTEN_FDNAMES=NAME:NAME... off the LENGTH bytes at DATA. Returns its length with the newline, or -1
 * with *FAIL if it is missing or malformed.
 */
ssize_t delivery_take_names(struct delivery *delivery, const char *data, size_t length, struct fail *fail);

/*
 * Where TEXT ends in the data that DELIVERY had so far followed by the LENGTH bytes at DATA: the number of these
 * bytes up to its end; 0 if it is not there.
 */
size_t delivery_find_text(const struct delivery *delivery, const char *text, const char *data, size_t length);

/* Notes the LENGTH bytes at DATA as seen, for the next delivery_find_text(). */
void delivery_note_text(struct delivery *delivery, const char *text, const char *data, size_t length);

/* Forgets what was gathered, closing it, and reports dropped data. Ready for the next command. */
void delivery_reset(struct delivery *delivery);

/* Closes what was gathered and releases it. */
void delivery_done(struct delivery *delivery);

#endif
