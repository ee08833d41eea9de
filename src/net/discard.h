/* SPDX-License-Identifier: ISC */
/* Closing a socket that may have unreceived messages in its queue. */
#ifndef NET_DISCARD_H
#define NET_DISCARD_H

/*
 * Closes FD, a socket of this process alone: accepted, or one that it listens on or is bound to. Whatever is queued
 * there is closed, too: descriptors whose close would wait, and unaccepted connections. The caller does not wait for
 * any of it. Keeps errno.
 */
void socket_discard(int fd);

#endif
