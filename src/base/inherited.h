/* SPDX-License-Identifier: ISC */
/* Detects descriptors that were inherited through execve(2). */
#ifndef BASE_INHERITED_H
#define BASE_INHERITED_H

#include <stdbool.h>

/*
 * Returns true if this process inherited FD. Inherited descriptors are not close-on-exec. All descriptors that this
 * process opens are close-on-exec, including /dev/null at the numbers of closed standard descriptors.
 */
bool inherited_is(int fd);

#endif
