/* SPDX-License-Identifier: ISC */
/* What was open before this process opened anything. */
#ifndef BASE_INHERITED_H
#define BASE_INHERITED_H

#include <stdbool.h>

/*
 * Whether the descriptor FD was inherited: all that was opened here is close-on-exec (what stands in for a closed standard
 * descriptor, too), and nothing that is close-on-exec can be inherited.
 */
bool inherited_is(int fd);

#endif
