/* SPDX-License-Identifier: ISC */
/*
 * The calls of 32-bit programs on a 64-bit kernel. The header with the 32-bit call numbers defines the same names as
 * the 64-bit header, so the 32-bit calls are in a separate file. For 32-bit ARM programs on arm64, the kernel installs
 * no header with call numbers.
 */
#include "watch/abi.h"

#if defined(__x86_64__) || defined(__s390x__)
#include <asm/unistd_32.h>
#elif defined(__powerpc64__) && !defined(__LITTLE_ENDIAN__)
#include <asm/unistd_32.h>
#elif defined(__aarch64__)
/* the 32-bit ARM call numbers, from arch/arm/tools/syscall.tbl in the kernel's source */
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
