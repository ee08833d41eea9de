/* SPDX-License-Identifier: ISC */
/*
 * Prints messages on standard error. A message is one line, "fdpass: VERB: ...", written with one write(2). Control
 * characters are escaped, because they could come from a peer.
 *
 * If standard error is not read, a message waits at most 0.3 seconds and is then dropped. Later messages do not wait
 * until one of them is accepted. The next message that is accepted follows a line with the number of dropped messages.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stddef.h>

#include <stdbool.h>

#include "base/fail.h"

/* Sets the verb that is printed in later messages. VERB must stay valid. */
void msg_set_verb(const char *verb);

/* Formats TEXT as a complete line in LINE, which has SIZE bytes. A signal handler can write this line later. */
void msg_format(char *line, size_t size, const char *text);

/* Prints a warning or a notice. */
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints a message without waiting. At most 20 messages are printed per second, because each connection of a peer can
 * cause a message; the others are dropped.
 */
void msg_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints TEXT like msg_log(), but without a rate limit, because --verbose requests it. */
void msg_notice(const char *text);

/* Returns true if messages were dropped and their number has not been reported yet. */
bool msg_log_pending(void);

/*
 * Reports the number of dropped messages. Called when no more messages are expected soon, and before the process exits.
 */
void msg_log_end(void);

/* Prints FAIL and returns its exit status. Prints nothing if the exit status is EXIT_SIGPIPE. */
int msg_fail(const struct fail *fail);

/* Prints a usage error that refers to --help, and returns EXIT_FAILED. */
int msg_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
