/* SPDX-License-Identifier: ISC */
/*
 * Prints messages on standard error. A message is one line of the form "fdpass: VERB: ...", and is written with one
 * write(2). Control characters in a message are escaped, because the text can come from a peer.
 *
 * If standard error cannot be written to for 0.3 seconds, for example because no process reads the pipe, the message is
 * dropped. Later messages that cannot be written at once are dropped without waiting. The next message that can be
 * written is preceded by the number of dropped messages.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stddef.h>

#include <stdbool.h>

#include "base/fail.h"

/* Sets the name of the verb that later messages contain. VERB must stay valid. */
void msg_set_verb(const char *verb);

/*
 * Formats TEXT as a complete message line in LINE, which has SIZE bytes. A signal handler can later write the line
 * without formatting it.
 */
void msg_format(char *line, size_t size, const char *text);

/* Prints a warning or a notice. */
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints a message without waiting for standard error. Prints at most 20 messages per second and drops the others,
 * because a peer can cause a message with each connection.
 */
void msg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints TEXT like msg_log(), but without a rate limit, because the user requested TEXT with --verbose. */
void msg_notice(const char *text);

/* Returns true if messages were dropped and msg_log_end() has not reported their number yet. */
bool msg_log_pending(void);

/*
 * Reports how many messages were dropped. Called before the process exits, and when no more messages are expected soon.
 */
void msg_log_end(void);

/*
 * Prints the text of FAIL and returns the corresponding exit status. Prints nothing if the exit status is EXIT_SIGPIPE.
 */
int msg_fail(const struct fail *fail);

/* Prints a usage error that refers to --help, and returns EXIT_FAILED. */
int msg_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
