/* SPDX-License-Identifier: ISC */
/* Closes a socket whose queue may contain unreceived messages. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, a socket that no other process uses: an accepted, listening or bound socket. Closes everything in its
 * queue: descriptors, and unaccepted connections. The caller is not blocked, even if these closes block. Preserves
 * errno.
 */
void socket_discard(int fd);

#endif
