/* SPDX-License-Identifier: ISC */
/* An empty message of a socket that keeps boundaries, and the end of file behind the last one, look the same to read. */
#ifndef NET_PEEK_H
#define NET_PEEK_H

/*
 * Whether a message, even an empty one, is the next in the queue of the socket FD, whose peer has ended: 1 or 0; -1 with
 * errno if a look at it fails. Takes nothing.
 */
int peek_message(int fd);

#endif
