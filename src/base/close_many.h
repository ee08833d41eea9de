/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOSE_MANY_H
#define BASE_CLOSE_MANY_H

#include <stddef.h>

/*
 * Closes N descriptors whose close does not block. Makes one system call for each range of consecutive descriptor
 * numbers.
 */
void close_many(const int *fds, size_t n);

#endif
