/* SPDX-License-Identifier: ISC */
/* Closes a socket whose receive queue may contain messages with descriptors. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, an accepted, listening or bound socket that no other process uses, and the descriptors and unaccepted
 * connections in the socket's queue. Never blocks the caller, even if closing a queued descriptor blocks. Preserves
 * errno.
 */
void socket_discard(int fd);

#endif
