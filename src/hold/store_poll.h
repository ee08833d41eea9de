/* SPDX-License-Identifier: ISC */
/* Detects stored descriptors that hang up (EPOLLHUP or EPOLLERR). */
#ifndef HOLD_STORE_POLL_H
#define HOLD_STORE_POLL_H

#include "hold/store.h"

/*
 * Starts polling ENTRY without blocking, using the method for its kind. ENTRY is never removed during this call, only
 * later by the event loop.
 */
void store_poll_begin(struct stored *entry);

#endif
