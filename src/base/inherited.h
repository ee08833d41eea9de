/* SPDX-License-Identifier: ISC */
/* Detects descriptors that were inherited at exec. */
#ifndef BASE_INHERITED_H
#define BASE_INHERITED_H

#include <stdbool.h>

/*
 * Returns true if FD was inherited. Every descriptor that this process opens is close-on-exec (also the placeholders
 * for closed standard descriptors), and no inherited descriptor is.
 */
bool inherited_is(int fd);

#endif
