/* SPDX-License-Identifier: ISC */
/*
 * Handover of the store. After SIGUSR1, this process executes the installed fdpass program, which may be newer, and
 * continues with the same store. After FDHANDOVER=1, another process takes over the store and the socket, and this
 * process exits.
 */
#ifndef HOLD_HANDOVER_H
#define HOLD_HANDOVER_H

#include <stdbool.h>

#include "base/fail.h"
#include "net/peer.h"

struct hold;

/* Starts the handover for SIGUSR1. Does nothing if a handover to another process is pending. */
void handover_to_self(struct hold *h);

/*
 * Handles FDHANDOVER=1 from PEER: sends the store and the socket to the process that is connected to FD. Takes
 * ownership of FD, even on failure. Returns 0 if the handover starts, or -1 with *FAIL.
 */
int handover_to_other(struct hold *h, const struct peer *peer, int fd, struct fail *fail);

/*
 * Continues a pending handover. Called after a client was closed or the command has exited, because a handover waits
 * for both.
 */
void handover_continue(struct hold *h);

/* Returns true if a handover is pending. */
bool handover_is_due(const struct hold *h);

/* Executes the installed program. Returns only on failure, after printing a warning. Used only by handover.c. */
void handover_execute_self(struct hold *h);

/*
 * Reads the state of the previous program image if this process received SIGUSR1. Returns 1 on success, 0 without such
 * a state, or -1 with *FAIL.
 */
int handover_from_self(struct hold *h, struct fail *fail);

/*
 * Implements --replace: takes over from the fdpass hold at ADDRESS. Returns 1 on success, 0 if no process listens
 * there, or -1 with *FAIL.
 */
int handover_from_other(struct hold *h, struct fail *fail);

#endif
