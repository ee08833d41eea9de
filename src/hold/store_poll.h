/* SPDX-License-Identifier: ISC */
/* Waiting for stored descriptors to hang up: EPOLLHUP or EPOLLERR. */
#ifndef HOLD_STORE_POLL_H
#define HOLD_STORE_POLL_H

#include "hold/store.h"

/* Begins to poll ENTRY, in the way that its kind allows. It is not dropped before the loop runs again. */
void store_poll_begin(struct stored *entry);

#endif
