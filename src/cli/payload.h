/* SPDX-License-Identifier: ISC */
/* What is sent: TEXT, @FILE or @- as bytes, and bytes with descriptors as messages, all of them. */
#ifndef CLI_PAYLOAD_H
#define CLI_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/fail.h"

struct payload {
	char *bytes;
	size_t length;
	size_t head; /* bytes at its beginning that go with the first message in any case */
};

/* Loads TEXT itself, the content of FILE for @FILE, or of standard input for @-. OPTION names it in errors. */
int payload_load(struct payload *data, const char *option, const char *text, struct fail *fail);
void payload_done(struct payload *data);

/* Data and descriptors on their way to FD, and how far they are. */
struct payload_out {
	int fd, type;
	const struct payload *data;
	const int *fds;
	size_t nfds;
	const struct ucred *creds;
	size_t messages, message; /* how many there are, and the current one */
	size_t start;		  /* where its data begins */
	size_t sent;		  /* bytes of it that were sent */
	bool begun;		  /* its descriptors were sent */
};

/* Begins what payload_send() does. All that is pointed to must outlive OUT. */
void payload_begin(struct payload_out *out, int fd, const struct payload *data, const int *fds, size_t nfds,
    const struct ucred *creds);

/* Sends what is left until all is sent or DEADLINE comes, as payload_send(). After ETIMEDOUT it can be called again. */
int payload_continue(struct payload_out *out, int64_t deadline, struct fail *fail);

/*
 * Sends DATA and NFDS descriptors on FD until all is sent or DEADLINE comes: more than FDPASS_MAX_FDS descriptors as several
 * messages, in order, the data divided so that on a stream no byte is added unless there are fewer bytes than messages.
 * CREDS go with each message unless NULL. The descriptors stay the caller's. Returns 0, or -1 with *FAIL, whose err is
 * ETIMEDOUT at the deadline.
 */
int payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail);

/* payload_load() and payload_send() of --send=TEXT|@FILE. */
int payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail);

#endif
