/* SPDX-License-Identifier: ISC */
/*
 * Distinguishes an empty message from the end of file. On a seqpacket or datagram socket, recvmsg(2) returns 0 in both
 * cases.
 */
#ifndef NET_PEEK_H
#define NET_PEEK_H

/*
 * FD must be a socket whose peer has closed the connection or has called shutdown(2) for writing. Returns 1 if the
 * queue contains a message, even if the message is empty. Returns 0 if the queue is empty, or -1 with errno. Does not
 * consume data.
 */
int peek_message(int fd);

#endif
