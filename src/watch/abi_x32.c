/* SPDX-License-Identifier: ISC */
/* The calls of x32 programs: the architecture is x86-64's, the numbers and the structures are not. */
#include "watch/abi.h"

#if defined(__x86_64__)
#ifndef __X32_SYSCALL_BIT
#define __X32_SYSCALL_BIT 0x40000000
#endif
#include <asm/unistd_x32.h>
#endif

const struct abi_call abi_x32_calls[] = {
#ifdef __NR_sendmsg
	{ CALL_SENDMSG, __NR_sendmsg },
#endif
#ifdef __NR_recvmsg
	{ CALL_RECVMSG, __NR_recvmsg },
#endif
#ifdef __NR_sendmmsg
	{ CALL_SENDMMSG, __NR_sendmmsg },
#endif
#ifdef __NR_recvmmsg
	{ CALL_RECVMMSG, __NR_recvmmsg },
#endif
#ifdef __NR_io_uring_setup
	{ CALL_IO_URING_SETUP, __NR_io_uring_setup },
#endif
	{ CALL_OTHER, 0 },
};
