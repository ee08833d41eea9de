/* SPDX-License-Identifier: ISC */
/*
 * Messages on standard error: one line, "fdpass: VERB: ...", written with one write(2). Control characters, which could
 * come from a peer, are escaped.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stddef.h>

#include <stdbool.h>

#include "base/fail.h"

/* Sets the verb that later messages contain. VERB must outlive them. */
void msg_set_verb(const char *verb);

/* Formats TEXT as a complete line into LINE of SIZE bytes, for a signal handler to write. */
void msg_format(char *line, size_t size, const char *text);

/* Prints a warning or a notice. */
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Does the same without blocking: a message for which standard error has no room is dropped, and the next message is
 * preceded by the number of dropped ones. A peer can cause a message with each connection, so at most 20 are printed
 * per second.
 */
void msg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints TEXT like msg_log(), but without a limit, because --verbose asks for it. */
void msg_notice(const char *text);

/* Returns true if messages were dropped and msg_log_end() has not reported that yet. */
bool msg_log_pending(void);

/* Reports the number of dropped messages. Called when no more messages are expected soon, and before an exit. */
void msg_log_end(void);

/* Prints FAIL and returns the exit status for it. Prints nothing if that is EXIT_SIGPIPE. */
int msg_fail(const struct fail *fail);

/* Prints a usage error, with a pointer to --help, and returns EXIT_FAILED. */
int msg_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
