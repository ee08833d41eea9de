/* SPDX-License-Identifier: ISC */
/*
 * Implements small values of --ancbufsize. Each message is received into a large control buffer, and truncated in user
 * space. If the kernel truncated the message instead, the kernel would close the surplus descriptors during recvmsg(2),
 * and could block this process.
 */
#ifndef RECEIVE_ANCBUF_H
#define RECEIVE_ANCBUF_H

#include "lib/fdpass.h"

/*
 * Moves the message FROM to TO. Truncates the control messages as recvmsg(2) on an AF_UNIX socket would truncate them
 * for the control buffer of TO. Closes descriptors that do not fit, without blocking.
 */
void ancbuf_truncate(struct fdpass_msg *from, struct fdpass_msg *to);

#endif
