/* SPDX-License-Identifier: ISC */
/* Implements tty --keep: receives consoles on many connections concurrently. */
#ifndef TTY_CONSOLE_SET_H
#define TTY_CONSOLE_SET_H

#include "base/fail.h"
#include "net/endpoint.h"
#include "receive/multi.h"
#include "receive/receiver.h"

struct console_set {
	struct receiver *receiver;
	bool take; /* return each console to the caller, instead of copying the console's output */
	int taken; /* the console that was received and stopped the loop */
	struct multi multi;
	size_t last_count;
	int64_t deadline;
};

/* Initializes an empty set that accepts connections on EP. If TAKE is set, console_set_next() returns each console. */
void console_set_init(struct console_set *set, struct receiver *receiver, const struct endpoint *ep, bool take);

/*
 * If TAKE is set, sets *MASTER to the next console, which the caller must close. If TAKE is not set, copies the output
 * of all consoles to standard output. If an error occurs on one console, prints the error and closes only this console.
 * Returns 0, or -1 with *FAIL. If no console arrived within the time of --timeout, fail->err is ETIMEDOUT.
 */
int console_set_next(struct console_set *set, int *master, struct fail *fail);

void console_set_done(struct console_set *set);

#endif
