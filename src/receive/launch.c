/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec/children.h"
#include "exec/handover.h"
#include "cli/cleanup.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "receive/launch.h"

#define SECOND INT64_C(1000000000)

void
launch_options(struct handover *h, const struct options *o)
{
	*h = (struct handover){ .places = o->places,
		.place_count = o->place_count,
		.socket = -1,
		.socket_number = o->keep_socket_number,
		.inherit = o->inherit,
		.inherit_count = o->inherit_count,
		.inherit_all = o->inherit_all,
		.data = -1,
		.setenv = o->setenv.items };
}

/* More came than there are places: nobody asked for the rest. */
static void
leave_surplus(struct handover *h)
{
	if (h->place_count == 0 || h->count <= h->place_count)
		return;
	msg_warn("%zu descriptors came for %zu place%s (--fd): the rest is closed", h->count, h->place_count,
	    h->place_count == 1 ? "" : "s");
	h->count = h->place_count;
}

/* What nobody will ever read. */
static void
tell_unread(const struct options *o, const struct connection *c)
{
	enum sink_kind kind = c->delivery->sink.target->kind;
	int unread = 0;

	if (c->type != SOCK_STREAM || o->keep_socket || o->spawn || kind == SINK_DISCARD ||
	    ioctl(c->fd, FIONREAD, &unread) == -1 || unread <= 0)
		return;
	msg_warn("%d more bytes of data came and are lost (--keep-socket hands the connection over)", unread);
}

int
launch_exec(const struct options *o, struct connection *c, char **argv)
{
	struct handover h;
	static struct fail fail;

	launch_options(&h, o);
	h.fds = c->delivery->fds;
	h.count = c->delivery->count;
	leave_surplus(&h);
	if (o->keep_socket)
		h.socket = c->fd;
	h.peer = c->delivery->peer_known ? &c->delivery->peer : c->peer_known ? &c->peer : NULL;
	if (c->delivery->sink.dropped > 0 && !c->delivery->sink.target->given)
		sink_warn_dropped(&c->delivery->sink);
	tell_unread(o, c);
	if (sink_hand_over(&c->delivery->sink, &h, &fail) == 0)
		(void)handover_exec(&h, argv, &fail);
	return msg_fail(&fail);
}

int
launch_spawn(const struct options *o, struct connection *c, char **argv, int64_t deadline, struct fail *fail)
{
	struct timespec until = { .tv_sec = (time_t)(deadline / SECOND), .tv_nsec = (long)(deadline % SECOND) };
	pid_t pid = children_fork((size_t)o->max_children, deadline != FDPASS_NEVER ? &until : NULL);

	if (pid == -1)
		return fail_errno(fail, errno == ETIMEDOUT ? "wait for a child to exit (--max-children)" : "fork");
	if (pid == 0) {
		cleanup_forget();
		_exit(launch_exec(o, c, argv));
	}
	if (o->verbose)
		msg_warn("process %d has %zu descriptors", (int)pid, c->delivery->count);
	/* The child tells what data was dropped. */
	c->delivery->sink.dropped = 0;
	delivery_reset(c->delivery, c->delivery->sink.target);
	return 0;
}
