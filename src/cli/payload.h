/* SPDX-License-Identifier: ISC */
/* The data to send (TEXT, @FILE or @-), and sending it with descriptors in as many messages as necessary. */
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
	size_t head; /* number of bytes at the beginning that are never divided between messages */
};

/* Loads TEXT itself, the content of FILE for @FILE, or of standard input for @-. OPTION names it in errors. */
int payload_load(struct payload *data, const char *option, const char *text, struct fail *fail);
void payload_done(struct payload *data);

/* The state of sending data and descriptors on FD. */
struct payload_out {
	int fd, type;
	const struct payload *data;
	const int *fds;
	size_t nfds;
	const struct ucred *creds;
	size_t messages, message; /* number of messages; index of the current one */
	size_t start;		  /* offset of the current message's data */
	size_t sent;		  /* number of bytes of this data that were already sent */
	bool begun;		  /* the descriptors of the current message were already sent */
};

/* Prepares payload_send(). OUT keeps the pointers. */
void payload_begin(struct payload_out *out, int fd, const struct payload *data, const int *fds, size_t nfds,
    const struct ucred *creds);

/* Sends the remaining data until DEADLINE, like payload_send(). Can be called again after ETIMEDOUT. */
int payload_continue(struct payload_out *out, int64_t deadline, struct fail *fail);

/*
 * Sends DATA and NFDS descriptors on FD, until DEADLINE. More than FDPASS_MAX_FDS descriptors are sent as several
 * messages, in order; on a stream the data is divided among them so that no byte is added unless there are fewer bytes
 * than messages. CREDS go with each message unless NULL. The descriptors stay the caller's. Returns 0, or -1 with
 * *FAIL, whose err is ETIMEDOUT at the deadline.
 */
int payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail);

/* Calls payload_load() for --send=TEXT|@FILE, until DEADLINE. */
int payload_load_send(struct payload *data, const char *text, int64_t deadline, struct fail *fail);

/* Calls payload_load_send() and payload_send(). */
int payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail);

#endif
