/* SPDX-License-Identifier: ISC */
/* Caches the result of getpid(), which is used to detect state inherited across fork(2). */
#ifndef BASE_PID_CACHE_H
#define BASE_PID_CACHE_H

#include <sys/types.h>

pid_t pid_cache_get(void);

/* Clears the cache. Must be called in every child. */
void pid_cache_clear(void);

#endif
