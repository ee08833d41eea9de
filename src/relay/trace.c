/* SPDX-License-Identifier: ISC */
/* Each message told as it passes. */
#include <sys/socket.h>
#include <time.h>

#include "base/fail.h"
#include "describe/message.h"
#include "relay/internal.h"

void
trace_message(struct loop *l, int fd, enum message_direction direction, uint64_t connection, const char *data,
    size_t nbytes, bool end_of_file)
{
	struct iovec buffer = { (void *)(uintptr_t)data, nbytes };
	struct message message = { .connection = connection,
		.direction = direction,
		.time = l->time,
		.nbytes = (ssize_t)nbytes,
		.buffers = &buffer,
		.buffer_count = 1,
		.msg = l->msg,
		.domain = l->listen_endpoint.domain,
		.type = l->listen_endpoint.type,
		.end_of_file = end_of_file,
		.peer_fd = fd };
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (l->options->show == NULL || l->failed)
		return;
	message.number = ++l->messages;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid != 0)
		message.peer = &peer;
	if (l->options->show(l->options->arg, &message, l->fail) == -1)
		l->failed = true;
}
