/* SPDX-License-Identifier: ISC */
/*
 * Handover of the store. SIGUSR1: this process executes the installed fdpass, which may be newer, and continues with
 * everything. FDHANDOVER=1: another process takes over the store and the socket, and this one ends.
 */
#ifndef HOLD_HANDOVER_H
#define HOLD_HANDOVER_H

#include <stdbool.h>

#include "base/fail.h"
#include "net/peer.h"

struct hold;

/* Starts the handover for SIGUSR1, unless a handover to another process is pending. */
void handover_to_self(struct hold *h);

/*
 * Handles FDHANDOVER=1 from PEER: gives everything to the process at the other end of the socket FD, which is taken
 * over in any case. Returns 0 if the handover starts, or -1 with *FAIL.
 */
int handover_to_other(struct hold *h, const struct peer *peer, int fd, struct fail *fail);

/* Called when a client or the command has ended: a pending handover waits for them. */
void handover_continue(struct hold *h);

/* Returns true if a handover is pending. */
bool handover_is_due(const struct hold *h);

/* If this process continues a keeper that got SIGUSR1, reads the state. Returns 1 if so, 0 if not, -1 with *FAIL. */
int handover_from_self(struct hold *h, struct fail *fail);

/* --replace: takes over from the keeper at ADDRESS. Returns 1, 0 if there is none, or -1 with *FAIL. */
int handover_from_other(struct hold *h, struct fail *fail);

#endif
