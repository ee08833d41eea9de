/* SPDX-License-Identifier: ISC */
/*
 * --ancbufsize: control buffers that are too small for the received control messages. The message is received into a
 * large buffer and truncated here, because the kernel would close the surplus descriptors in this process, which could
 * block.
 */
#ifndef RECEIVE_ANCBUF_H
#define RECEIVE_ANCBUF_H

#include "lib/fdpass.h"

/*
 * Moves the message FROM to TO, truncated as recvmsg(2) on an AF_UNIX socket would have truncated it for TO's control
 * buffer. Descriptors that do not fit are closed without blocking.
 */
void ancbuf_truncate(struct fdpass_msg *from, struct fdpass_msg *to);

#endif
