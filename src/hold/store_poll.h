/* SPDX-License-Identifier: ISC */
/* Detects stored descriptors that hang up (EPOLLHUP or EPOLLERR). */
#ifndef HOLD_STORE_POLL_H
#define HOLD_STORE_POLL_H

#include "hold/store.h"

/*
 * Starts to poll ENTRY without blocking, by the method that is suitable for its kind of file. If ENTRY hangs up, only
 * the event loop removes it later, never this call.
 */
void store_poll_begin(struct stored *entry);

#endif
