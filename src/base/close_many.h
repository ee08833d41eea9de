/* SPDX-License-Identifier: ISC */
#ifndef BASE_CLOSE_MANY_H
#define BASE_CLOSE_MANY_H

#include <stddef.h>

/* Closes N descriptors whose close does not block. Uses one system call for descriptors with consecutive numbers. */
void close_many(const int *fds, size_t n);

#endif
