/* SPDX-License-Identifier: ISC */
/*
 * musl's sendmsg() copies control data to a buffer that is too small for the maximum number of descriptors, so the
 * tests make the system call directly.
 */
#ifndef PEERS_SENDMSG_H
#define PEERS_SENDMSG_H

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline ssize_t
sendmsg_whole(int sock, const struct msghdr *msg, int flags)
{
#ifdef __GLIBC__
	return sendmsg(sock, msg, flags);
#else
	return syscall(SYS_sendmsg, sock, msg, flags);
#endif
}

#endif
