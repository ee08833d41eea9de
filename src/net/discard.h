/* SPDX-License-Identifier: ISC */
/* Closes a socket whose receive queue may contain messages with descriptors. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, which must be an accepted, listening or bound socket that no other process uses. Also closes the
 * descriptors and unaccepted connections in the socket's queue. Never blocks the caller, even if closing a queued
 * descriptor blocks. Preserves errno.
 */
void socket_discard(int fd);

#endif
