/* SPDX-License-Identifier: ISC */
/*
 * Caches the result of getpid(). A pid that differs from a stored pid shows that the state was inherited across
 * fork(2).
 */
#ifndef BASE_PID_CACHE_H
#define BASE_PID_CACHE_H

#include <sys/types.h>

pid_t pid_cache_get(void);

/* Discards the cached pid. Must be called in every child process. */
void pid_cache_clear(void);

#endif
