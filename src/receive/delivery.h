/* SPDX-License-Identifier: ISC */
/*
 * What messages brought for one command: the descriptors, who sent them, and where their data goes.
 */
#ifndef RECEIVE_DELIVERY_H
#define RECEIVE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "receive/sink.h"

/* Owns its descriptors. */
struct delivery {
	int *fds;
	size_t count, room;
	uint64_t seen; /* descriptors that came, gathered or only shown */
	struct sink sink;
	bool peer_known;
	struct ucred peer; /* who sent them */
};

/* Takes over the descriptors of MSG. Returns 0, or -1 with *FAIL: then some may still be the message's. */
int delivery_gather(struct delivery *delivery, struct fdpass_msg *msg, struct fail *fail);

/*
 * Forgets what was gathered, closing it, and says what data was dropped. Ready for the next command, whose data goes to
 * TARGET (NULL: there is none).
 */
void delivery_reset(struct delivery *delivery, struct sink_target *target);

/* Closes what was gathered and releases it. */
void delivery_done(struct delivery *delivery);

#endif
