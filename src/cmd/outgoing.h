/* SPDX-License-Identifier: ISC */
/* What is sent: TEXT, @FILE or @- as bytes, and bytes with descriptors as messages, all of them. */
#ifndef CMD_OUTGOING_H
#define CMD_OUTGOING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/fail.h"

struct outgoing {
	char *bytes;
	size_t length;
};

/* Loads TEXT itself, the content of FILE for @FILE, or of standard input for @-. OPTION names it in errors. */
int outgoing_load(struct outgoing *data, const char *option, const char *text, struct fail *fail);
void outgoing_done(struct outgoing *data);

/*
 * Sends DATA and NFDS descriptors on FD until all is sent or DEADLINE comes: more than FDPASS_MAX_FDS descriptors as several
 * messages, in order, the data divided so that on a stream no byte is added unless there are fewer bytes than messages.
 * CREDS go with each message unless NULL. The descriptors stay the caller's. Returns 0, or -1 with *FAIL, whose err is
 * ETIMEDOUT at the deadline.
 */
int outgoing_send(int fd, const struct outgoing *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail);

/* outgoing_load() and outgoing_send() of --send=TEXT|@FILE. */
int outgoing_text(int fd, const char *text, int64_t deadline, struct fail *fail);

#endif
