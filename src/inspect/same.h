/* SPDX-License-Identifier: ISC */
/* Whether two descriptors refer to the same open file description. */
#ifndef INSPECT_SAME_H
#define INSPECT_SAME_H

#include <stdbool.h>
#include <stddef.h>

#include "inspect/message.h"

/* True if A and B refer to the same open file description; false also if the kernel cannot compare them. */
bool fd_is_same(int a, int b);

/* Which of the COUNT descriptors at FDS refers to the same open file description as FD; COUNT if none does. */
size_t fd_same_index(int fd, const int *fds, size_t count);

/*
 * The number of the first descriptor of MESSAGE before SLOT that refers to the same open file description as the one in SLOT;
 * -1 if none does.
 */
int message_same_as(const struct message *message, size_t slot);

#endif
