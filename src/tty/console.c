/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/escape.h"
#include "inspect/fd.h"
#include "cli/message.h"
#include "tty/console.h"

/* Size of the buffer for a console's name in warnings and errors. */
#define NAME_SIZE 256

int
console_init(struct receiver *r, const struct options *o, struct fail *fail)
{
	return receiver_init(r, o, o->verbose ? "stdin" : "discard", true, fail);
}

/*
 * Checks that FD is the master of a pseudo-terminal. The kind of FD is checked before ioctl(2) is called, because
 * ioctl(2) may block on other kinds of descriptors.
 */
static int
check_master(int fd, unsigned int *number, struct fail *fail)
{
	struct fd_facts facts;

	fd_probe(fd, &facts);
	if (strcmp(fd_kind_word(&facts), "pty") != 0)
		return fail_msg(fail, "refused: expected the master of a pseudo-terminal, got a descriptor of kind %s",
		    fd_kind_word(&facts));
	if (facts.access != ACCESS_BOTH)
		return fail_msg(fail, "refused: the pseudo-terminal is not open for reading and writing");
	if (ioctl(fd, (ioctl_request)TIOCGPTN, number) == -1)
		return fail_msg(fail, "refused: expected the master of a pseudo-terminal, got the slave end");
	return 0;
}

static void
report(const struct connection *c, unsigned int number)
{
	char raw[NAME_SIZE], name[4 * NAME_SIZE + 1] = "";
	ssize_t n = c->delivery->sink.fd != -1 ? pread(c->delivery->sink.fd, raw, sizeof(raw), 0) : 0;

	if (n > 0)
		escape_vis_string(name, sizeof(name), raw, (size_t)n);
	if (c->peer.known && c->peer.pid > 0)
		msg_warn("received pseudo-terminal %u from process %d (uid %u, gid %u), named \"%s\"", number,
		    (int)c->peer.pid, c->peer.uid, c->peer.gid, name);
	else
		msg_warn("received pseudo-terminal %u, named \"%s\"", number, name);
}

enum recv_result
console_receive(struct receiver *r, struct connection *c, bool wait, int *master, struct fail *fail)
{
	enum recv_result got = receiver_receive(r, c, wait, fail);
	unsigned int number;

	if (got == RECV_MESSAGE) {
		(void)fail_msg(
		    fail, "refused: the message contains no descriptor; expected the master of a pseudo-terminal");
		return RECV_ERROR;
	}
	if (got != RECV_DONE)
		return got;
	if (c->delivery->count != 1) {
		(void)fail_msg(fail,
		    "refused: the message contains %zu descriptors; expected only the master of a pseudo-terminal",
		    c->delivery->count);
		return RECV_ERROR;
	}
	if (check_master(c->delivery->fds[0], &number, fail) == -1)
		return RECV_ERROR;
	if (r->options->verbose)
		report(c, number);
	*master = c->delivery->fds[0];
	c->delivery->count = 0;
	return RECV_DONE;
}
