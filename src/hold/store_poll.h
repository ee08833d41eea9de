/* SPDX-License-Identifier: ISC */
/* Detects when stored descriptors hang up (EPOLLHUP or EPOLLERR). */
#ifndef HOLD_STORE_POLL_H
#define HOLD_STORE_POLL_H

#include "hold/store.h"

/*
 * Starts to poll ENTRY with a method that cannot block for its kind of file. If the descriptor of ENTRY hangs up, the
 * event loop removes ENTRY later; this call never removes ENTRY.
 */
void store_poll_begin(struct stored *entry);

#endif
