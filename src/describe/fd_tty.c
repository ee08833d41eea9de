/* SPDX-License-Identifier: ISC */
/* Describes terminals: hardware terminals, and both ends of a pseudo-terminal. */
#include <stdio.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "describe/kind.h"

#define MINORS_PTS 256

static void
describe_window(struct emit *e, const struct tty_facts *a)
{
	bool sized = a->window.ws_col != 0 || a->window.ws_row != 0;

	describe_number(e, "columns", sized ? ", % columns" : NULL, a->has_window, a->window.ws_col);
	describe_number(e, "rows", sized ? ", % rows" : NULL, a->has_window, a->window.ws_row);
}

void
describe_pty(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	bool master = tty_is_master(f), known = !master;
	uint64_t number = known ? (uint64_t)(f->st.rdev_major - TTY_MAJOR_PTS) * MINORS_PTS + f->st.rdev_minor : 0;
	NO_AUTO_INIT struct fdinfo_lines line;
	char slave[40] = "";

	fdinfo_begin(&line, &d->info);
	while (master && fdinfo_next(&line))
		if (strcmp(line.key, "tty-index") == 0)
			known = fdinfo_number(line.value, 10, &number);
	if (known && d->as.tty.own_devpts)
		(void)snprintf(slave, sizeof(slave), "/dev/pts/%llu", (unsigned long long)number);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "role", NULL, master ? "master" : "slave");
	describe_number(e, "number", NULL, known, number);
	emit_string(e, "slave", master ? ", its slave is %" : NULL, slave[0] != '\0' ? slave : NULL);
	describe_window(e, &d->as.tty);
	emit_end(e, NULL);
}

void
describe_tty(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%u:%u", f->st.rdev_major, f->st.rdev_minor);
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "number", ", device number %", number);
	describe_window(e, &d->as.tty);
	emit_end(e, NULL);
}
