/* SPDX-License-Identifier: ISC */
/* Closing a socket that may have unreceived messages in its queue. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, a socket that only this process has: accepted, listening or bound. Everything queued there is closed, too:
 * descriptors whose close would block, and unaccepted connections. The caller waits for none of it. Keeps errno.
 */
void socket_discard(int fd);

#endif
