/* SPDX-License-Identifier: ISC */
/* The output of received messages: a descriptor, a renderer, and a buffer. */
#ifndef RECEIVE_DUMP_H
#define RECEIVE_DUMP_H

#include <stdbool.h>

#include "base/fail.h"
#include "base/outbuf.h"
#include "emit/emit.h"
#include "inspect/message.h"
#include "inspect/message_details.h"
#include "render/render.h"
#include "cli/options.h"

struct dump_output {
	struct outbuf out;
	struct emit *emit;
	bool only_fds;
	bool limit_data;
	size_t max_data;
	struct message_details details; /* details of the message that is being described */
	union {
		struct json json;
		struct text text;
	} renderer;
	char buffer[65536];
};

/*
 * Opens the files that dump_message() needs to show messages in the format FORM. Must be called before confine(), which
 * prevents opening these files.
 */
void dump_prepare(enum dump form);

/*
 * Initializes DUMP to write messages to FD in the format FORM, which must not be DUMP_UNSET. The caller still owns FD.
 * OPTIONS specifies whether colors are used; by default, colors are used if FD is a terminal.
 */
void dump_open(struct dump_output *dump, enum dump form, int fd, const struct options *options);

/* Releases the memory of DUMP. */
void dump_close(struct dump_output *dump);

/*
 * Determines the details of MESSAGE and describes it. message_inspect() must have been called for MESSAGE. Applies
 * --only-fds and --max-data.
 */
void dump_message(struct dump_output *dump, const struct message *message);

/* Writes the buffered output. Returns 0, or -1 with *FAIL. */
int dump_flush(struct dump_output *dump, struct fail *fail);

#endif
