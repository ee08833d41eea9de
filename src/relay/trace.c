/* SPDX-License-Identifier: ISC */
/* Shows each forwarded message. */
#include <sys/socket.h>
#include <time.h>

#include "base/fail.h"
#include "inspect/message.h"
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
		.domain = l->listen_endpoint->domain,
		.type = l->listen_endpoint->type,
		.end_of_file = end_of_file,
		.peer_fd = fd };
	struct peer peer;
	struct ucred cred;

	if (l->options->show == NULL || l->failed)
		return;
	message.number = ++l->messages;
	peer_of_socket(fd, &peer);
	cred = (struct ucred){ .pid = peer.pid, .uid = peer.uid, .gid = peer.gid };
	if (peer.known)
		message.peer = &cred;
	message_inspect(&message);
	if (l->options->show(l->options->arg, &message, l->fail) == -1)
		l->failed = true;
}
