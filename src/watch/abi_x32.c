/* SPDX-License-Identifier: ISC */
/*
 * The calls of x32 programs. For x32 calls, the kernel reports the architecture of x86-64, but the numbers and
 * structures of x32 calls differ from those of x86-64 calls.
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
