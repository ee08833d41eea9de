/* SPDX-License-Identifier: ISC */
/* Closing a socket to which strangers may have sent something that nobody received. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, a socket of this process alone: accepted, or one that it listens on or is bound to. Whatever is queued
 * there goes too: descriptors whose close would wait, and connections that nobody accepted. The caller does not wait for
 * any of it. Keeps errno.
 */
void socket_discard(int fd);

#endif
