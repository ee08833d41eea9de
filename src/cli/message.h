/* SPDX-License-Identifier: ISC */
/*
 * Messages to the user: one line on standard error, "fdpass: VERB: ...", written with one write(2). Bytes that could
 * come from a stranger are escaped, so that no message reaches the terminal raw.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stddef.h>

#include "base/fail.h"

/* Sets the verb that all later messages name. VERB must outlive them. */
void msg_set_verb(const char *verb);

/* Formats TEXT as a complete line into LINE of SIZE bytes, for a signal handler to write. */
void msg_format(char *line, size_t size, const char *text);

/* Prints a warning or a notice. */
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The same for somebody who must not wait for a standard error that nobody reads: the message is dropped then, and the
 * next one that is printed is preceded by the number of those that were dropped.
 */
void msg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints FAIL and returns the exit status for it. Prints nothing if that is EXIT_SIGPIPE. */
int msg_fail(const struct fail *fail);

/* Prints a usage error, with a pointer to --help, and returns EXIT_FAILED. */
int msg_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
