/* SPDX-License-Identifier: ISC */
/*
 * Implements small values of --ancbufsize. The message is received into a large buffer, and truncated in user space. If
 * the kernel truncated it, the kernel would close the surplus descriptors in this process, which could block.
 */
#ifndef RECEIVE_ANCBUF_H
#define RECEIVE_ANCBUF_H

#include "lib/fdpass.h"

/*
 * Moves the message FROM to TO. Truncates it as recvmsg(2) on an AF_UNIX socket would have truncated it for the control
 * buffer of TO. Closes descriptors that do not fit, without blocking.
 */
void ancbuf_truncate(struct fdpass_msg *from, struct fdpass_msg *to);

#endif
