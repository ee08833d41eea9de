/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/helper.h"
#include "inspect/fd.h"
#include "exec/children.h"
#include "exec/handover.h"
#include "cli/cleanup.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "receive/launch.h"

#define EXEC_WAIT 500000000

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

/* Removes the descriptors for which --fd specifies no number, and prints a warning. */
static void
leave_surplus(struct handover *h)
{
	if (h->place_count == 0 || h->count <= h->place_count)
		return;
	msg_warn("received %zu descriptors, but the options place only %zu (--fd); the surplus descriptors were closed",
	    h->count, h->place_count);
	h->count = h->place_count;
}

/*
 * Prints a warning if the socket's queue contains unread data after the descriptors, because this data will be lost.
 * Does not report a single byte, which is only the filler byte.
 */
static void
warn_unread(const struct options *o, const struct connection *c)
{
	const struct sink_target *target = c->delivery->sink.target;
	int unread = 0;

	if (c->fd == -1 || c->type != SOCK_STREAM || o->keep_socket || o->spawn ||
	    ioctl(c->fd, FIONREAD, &unread) == -1)
		return;
	if (target->kind == SINK_DISCARD ? !target->given && unread > 1 : unread > 0)
		msg_warn("%d unread byte%s of data will be lost (use --keep-socket to pass the connection)", unread,
		    unread == 1 ? "" : "s");
}

static bool
is_inherited(const struct options *o, int fd)
{
	size_t i;

	if (fd <= STDERR_FILENO || o->inherit_all)
		return true;
	for (i = 0; i < o->inherit_count; i++)
		if (o->inherit[i] == fd)
			return true;
	return false;
}

void
launch_close(const struct options *o, int fd)
{
	if (fd != -1 && !is_inherited(o, fd))
		helper_close(&fd, 1);
}

/*
 * Closes the descriptors that the command does not inherit, without blocking. Otherwise, execve(2) would close them,
 * and could block.
 */
static void
close_rest(const struct options *o, struct connection *c, size_t placed)
{
	if (c->delivery->count > placed)
		fd_close_all(c->delivery->fds + placed, c->delivery->count - placed);
	c->delivery->count = placed;
	if (o->keep_socket || o->spawn)
		return;
	if (!c->ours)
		launch_close(o, c->fd);
	connection_close(c);
}

/*
 * Moves the descriptor at index FROM and its name to the smaller index TO. Keeps the order of the descriptors between
 * FROM and TO.
 */
static void
move_forward(struct delivery *delivery, size_t from, size_t to)
{
	const char *name = delivery->names[from];
	int fd = delivery->fds[from];

	for (; from > to; from--) {
		delivery->fds[from] = delivery->fds[from - 1];
		delivery->names[from] = delivery->names[from - 1];
	}
	delivery->fds[to] = fd;
	delivery->names[to] = name;
}

/* Returns true if one of the --fd options from index FIRST on selects the descriptor with the name NAME. */
static bool
is_selected(const struct options *o, size_t first, const char *name)
{
	size_t i;

	for (i = first; i < o->place_count; i++)
		if (name != NULL && o->places[i].name != NULL && strcmp(o->places[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Sorts the descriptors in the order of the --fd options. --fd=N=NAME selects the descriptor with the name NAME.
 * Options without a name select the remaining descriptors in the order of arrival.
 */
static int
select_by_name(const struct options *o, struct delivery *delivery, struct fail *fail)
{
	size_t place, i;

	for (place = 0; place < o->place_count; place++) {
		const char *name = o->places[place].name;

		for (i = place; i < delivery->count; i++)
			if (name != NULL ? delivery->names[i] != NULL && strcmp(delivery->names[i], name) == 0 :
					   !is_selected(o, place, delivery->names[i]))
				break;
		if (i < delivery->count)
			move_forward(delivery, i, place);
		else if (name != NULL)
			return fail_msg(
			    fail, "refused: --fd=...=%s: no received descriptor has this name (--names)", name);
		else
			return fail_msg(
			    fail, "refused: no received descriptor remains for --fd option %zu (--names)", place + 1);
	}
	return 0;
}

static int
set_names(const struct options *o, struct handover *h, struct delivery *delivery, struct fail *fail)
{
	if (!options_take_names(o))
		return 0;
	if (delivery->name_count != delivery->count)
		return fail_msg(fail, "refused: received %zu descriptor%s, but %zu names (--names)", delivery->count,
		    delivery->count == 1 ? "" : "s", delivery->name_count);
	if (select_by_name(o, delivery, fail) == -1)
		return -1;
	h->names = delivery->names;
	return 0;
}

int
launch_exec(const struct options *o, struct connection *c, char **argv)
{
	struct delivery *delivery = c->delivery;
	struct ucred peer = { .pid = delivery->peer.pid, .uid = delivery->peer.uid, .gid = delivery->peer.gid };
	struct handover h;
	struct fail fail;

	launch_options(&h, o);
	h.fds = delivery->fds;
	h.count = delivery->count;
	if (set_names(o, &h, delivery, &fail) == -1)
		return msg_fail(&fail);
	leave_surplus(&h);
	if (o->keep_socket)
		h.socket = c->fd;
	if (delivery->peer.known)
		h.peer = &peer;
	else if (c->peer.known && c->type != SOCK_DGRAM)
		h.peer = &c->peer_cred;
	if (delivery->sink.dropped > 0 && !delivery->sink.target->given)
		sink_warn_dropped(&delivery->sink);
	warn_unread(o, c);
	close_rest(o, c, h.count);
	if (sink_hand_over(&delivery->sink, &h, &fail) == 0)
		(void)handover_exec(&h, argv, &fail);
	return msg_fail(&fail);
}

/*
 * Waits until the child with the other end of the pipe FD has called execve(2) or exited. Until then, the child has
 * copies of all descriptors of this process. If this process closed a descriptor earlier, execve(2) in the child would
 * close the last copy, and could block.
 */
static void
wait_exec(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t limit = fdpass_deadline(EXEC_WAIT);
	int timeout;

	while ((timeout = deadline_milliseconds(limit)) > 0)
		if (poll(&p, 1, timeout) != -1 || errno != EINTR)
			return;
}

int
launch_spawn(const struct options *o, struct connection *c, char **argv, int64_t deadline, struct fail *fail)
{
	int ends[2] = { -1, -1 };
	pid_t pid;

	/* If no pipe can be created, this process does not wait until the child has called execve(2). */
	if (pipe2(ends, O_CLOEXEC) == -1)
		ends[0] = ends[1] = -1;
	pid = children_fork((size_t)o->max_children, deadline);
	if (pid == 0) {
		cleanup_forget();
		_exit(launch_exec(o, c, argv));
	}
	if (pid == -1)
		(void)fail_errno(
		    fail, errno == ETIMEDOUT ? "cannot wait for a child to exit (--max-children)" : "fork");
	if (ends[1] != -1)
		(void)close(ends[1]);
	if (ends[0] != -1) {
		if (pid != -1)
			wait_exec(ends[0]);
		(void)close(ends[0]);
	}
	if (pid == -1)
		return -1;
	c->shared |= o->keep_socket;
	if (o->verbose)
		msg_warn("started process %d with %zu descriptor%s", (int)pid, c->delivery->count,
		    c->delivery->count == 1 ? "" : "s");
	/* The child prints the warning about dropped data, so this process must not print it again. */
	c->delivery->sink.dropped = 0;
	delivery_reset(c->delivery);
	return 0;
}
