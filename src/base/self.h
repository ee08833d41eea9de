/* SPDX-License-Identifier: ISC */
/* This process's number, asked for once: what is kept from before a fork is known by it. */
#ifndef BASE_SELF_H
#define BASE_SELF_H

#include <sys/types.h>

pid_t self_pid(void);

/* To be called in every child. */
void self_forked(void);

#endif
