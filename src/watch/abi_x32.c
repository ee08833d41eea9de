/* SPDX-License-Identifier: ISC */
/*
 * The calls of x32 programs. The kernel reports the architecture of x86-64 for these calls, but their numbers and
 * structures differ from those of x86-64.
 */
#include "watch/abi.h"

#if defined(__x86_64__)
#ifndef __X32_SYSCALL_BIT
#define __X32_SYSCALL_BIT 0x40000000
#endif
#include <asm/unistd_x32.h>
#endif

const struct abi_call abi_x32_calls[] = {
#include "watch/abi_calls.def"
};
