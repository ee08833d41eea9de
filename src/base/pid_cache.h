/* SPDX-License-Identifier: ISC */
/* This process's number, asked for once: what is kept from before a fork is known by it. */
#ifndef BASE_PID_CACHE_H
#define BASE_PID_CACHE_H

#include <sys/types.h>

pid_t pid_cache_get(void);

/* To be called in every child. */
void pid_cache_clear(void);

#endif
