/* SPDX-License-Identifier: ISC */
/*
 * The calls of 32-bit programs on a 64-bit kernel. Their numbers are in a header that defines the same names as the one
 * of this process's own, so they have a file to themselves; the kernel installs none for 32-bit ARM on arm64.
 */
#include "watch/abi.h"

#if defined(__x86_64__) || defined(__s390x__)
#include <asm/unistd_32.h>
#elif defined(__powerpc64__) && !defined(__LITTLE_ENDIAN__)
#include <asm/unistd_32.h>
#elif defined(__aarch64__)
/* arch/arm/tools/syscall.tbl */
#define __NR_sendmsg	     296
#define __NR_recvmsg	     297
#define __NR_recvmmsg	     365
#define __NR_sendmmsg	     374
#define __NR_recvmmsg_time64 417
#define __NR_io_uring_setup  425
#endif

const struct abi_call abi_compat_calls[] = {
#include "watch/abi_calls.def"
};
