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

/* Starts the handover after SIGUSR1. Does nothing if a handover to another process is pending. */
void handover_to_self(struct hold *h);

/*
 * Handles FDHANDOVER=1 from PEER: sends the store and the socket to the process that is connected to socket FD. Takes
 * ownership of FD, even on failure. Returns 0 if the handover has started, or -1 with *FAIL.
 */
int handover_to_other(struct hold *h, const struct peer *peer, int fd, struct fail *fail);

/*
 * Continues a pending handover. Called after a client has been closed, and after the command has exited, because a
 * pending handover waits for these events.
 */
void handover_continue(struct hold *h);

/* Returns true if a handover is pending. */
bool handover_is_due(const struct hold *h);

/* Executes the installed fdpass program. Returns only on failure, after printing a warning. Used only by handover.c. */
void handover_execute_self(struct hold *h);

/*
 * If fdpass hold has executed this program after SIGUSR1, reads the state that the previous program image has stored.
 * Returns 1 if a state has been read, 0 if there is no state, or -1 with *FAIL.
 */
int handover_from_self(struct hold *h, struct fail *fail);

/*
 * Implements --replace: takes over the store from the fdpass hold at ADDRESS. Returns 1 on success, 0 if no process is
 * listening at ADDRESS, or -1 with *FAIL.
 */
int handover_from_other(struct hold *h, struct fail *fail);

#endif
