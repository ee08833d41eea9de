/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOSE_MANY_H
#define BASE_CLOSE_MANY_H

#include <stddef.h>

/* Closes N descriptors whose close does not block; those with consecutive numbers by one system call. */
void close_many(const int *fds, size_t n);

#endif
