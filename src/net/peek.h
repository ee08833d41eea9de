/* SPDX-License-Identifier: ISC */
/*
 * Distinguishes an empty message from the end of file: recvmsg(2) returns 0 for both on datagram and seqpacket sockets.
 */
#ifndef NET_PEEK_H
#define NET_PEEK_H

/*
 * Returns 1 if a message, possibly empty, is next in the queue of the socket FD, whose peer has closed, and 0 if not;
 * -1 with errno if peeking fails. Consumes nothing.
 */
int peek_message(int fd);

#endif
