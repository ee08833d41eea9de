/* SPDX-License-Identifier: ISC */
/*
 * The output of the verb watch. A slow reader of the output does not delay the watched programs indefinitely. Text that
 * the reader has not accepted yet is stored in a backlog. Messages that do not fit into the backlog are counted, but
 * not shown.
 */
#ifndef VERB_WATCH_OUTPUT_H
#define VERB_WATCH_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "inspect/message.h"
#include "cli/options.h"
#include "receive/dump.h"

struct watch_output {
	const struct options *options;
	int fd; /* descriptor to which messages are written */
	struct dump_output dump;
	char *text; /* buffer for the text of a message */
	char *backlog;
	size_t backlog_start, backlog_end;
	unsigned long long omitted; /* number of messages that were omitted because the backlog was full */
};

/*
 * Initializes OUTPUT, which must be all zero. Opens the file that --output specifies. Without --output, the output is
 * the descriptor STANDARD. Returns 0, or -1 with *FAIL.
 */
int watch_output_open(struct watch_output *output, const struct options *options, int standard, struct fail *fail);

/* Closes the file and releases the memory. */
void watch_output_close(struct watch_output *output);

/* Prepares the output for the first message. */
void watch_output_begin(struct watch_output *output);

/* Closes the descriptors in /proc that are kept open to describe messages. */
void watch_output_end(struct watch_output *output);

/* Returns the maximum number of data bytes that are shown for each message. */
size_t watch_output_max_data(const struct options *options);

/* The functions of struct watch_options (watch/watch.h). ARG is a struct watch_output. */
void watch_output_describe(void *arg, const struct message *message);
int watch_output_flush(void *arg, struct fail *fail);
int watch_output_drain(void *arg, int timeout, struct fail *fail);
char *watch_output_hold(void *arg, const struct message *message, size_t *length);
/*
 * Writes the description TEXT, in which NUMBER, the number of the message, replaces the first number after "message".
 */
void watch_output_show_held(void *arg, const char *text, size_t length, uint64_t number);

#endif
