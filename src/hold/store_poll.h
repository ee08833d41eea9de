/* SPDX-License-Identifier: ISC */
/* Detects stored descriptors that hang up: EPOLLHUP or EPOLLERR. */
#ifndef HOLD_STORE_POLL_H
#define HOLD_STORE_POLL_H

#include "hold/store.h"

/*
 * Starts polling ENTRY in a way that cannot block, depending on its kind. It is not removed before the loop runs again.
 */
void store_poll_begin(struct stored *entry);

#endif
