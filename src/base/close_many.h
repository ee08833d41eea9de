/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOSE_MANY_H
#define BASE_CLOSE_MANY_H

#include <stddef.h>

/*
 * Closes N descriptors. Only for descriptors that can be closed without blocking. Makes one system call for each range
 * of consecutive descriptor numbers.
 */
void close_many(const int *fds, size_t n);

#endif
