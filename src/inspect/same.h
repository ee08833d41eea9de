/* SPDX-License-Identifier: ISC */
/* Compares descriptors: do two refer to the same open file description? */
#ifndef INSPECT_SAME_H
#define INSPECT_SAME_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/message.h"

/* Returns true if A and B refer to the same open file description; false also if the kernel cannot compare them. */
bool fd_is_same(int a, int b);

/*
 * Returns the index of the first of the COUNT descriptors at FDS with the same open file description as FD; COUNT if
 * there is none.
 */
size_t fd_same_index(int fd, const int *fds, size_t count);

/*
 * Returns the number of the first descriptor of MESSAGE before SLOT with the same open file description as the one in
 * SLOT; -1 if there is none.
 */
int message_same_as(const struct message *message, size_t slot);

#endif
