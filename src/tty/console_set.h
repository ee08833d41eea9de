/* SPDX-License-Identifier: ISC */
/* tty --keep: consoles from many connections concurrently. */
#ifndef TTY_CONSOLE_SET_H
#define TTY_CONSOLE_SET_H

#include "base/fail.h"
#include "net/endpoint.h"
#include "receive/multi.h"
#include "receive/receiver.h"

struct console_set {
	struct receiver *receiver;
	bool take; /* a console stops the loop and is returned, instead of copying its output */
	int taken; /* the console that stopped the loop */
	struct multi multi;
	size_t last_count;
	int64_t deadline;
};

/* Initializes an empty set on EP. If TAKE is set, console_set_next() returns each console. */
void console_set_init(struct console_set *set, struct receiver *receiver, const struct endpoint *ep, bool take);

/*
 * Accepts consoles and copies their output to standard output, or sets *MASTER, which belongs to the caller, to the
 * next one. An error of one console is reported and ends only that one. Returns 0, or -1 with *FAIL, whose err is
 * ETIMEDOUT if no console arrived within the time of --timeout.
 */
int console_set_next(struct console_set *set, int *master, struct fail *fail);

void console_set_done(struct console_set *set);

#endif
