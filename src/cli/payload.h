/* SPDX-License-Identifier: ISC */
/* Loads data (TEXT, @FILE or @-), and sends it with descriptors in as many messages as necessary. */
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
	size_t head; /* number of bytes at the beginning of the data that must be sent in the first message */
};

/*
 * Loads TEXT itself, the content of FILE if TEXT is @FILE, or standard input if TEXT is @-. OPTION is the name of the
 * option, for error messages.
 */
int payload_load(struct payload *data, const char *option, const char *text, struct fail *fail);
void payload_done(struct payload *data);

/* The progress of sending data and descriptors on socket FD. */
struct payload_out {
	int fd, type;
	const struct payload *data;
	const int *fds;
	size_t nfds;
	const struct ucred *creds;
	size_t messages, message; /* total number of messages, and index of the current message */
	size_t start;		  /* offset at which the data of the current message begins */
	size_t sent;		  /* number of bytes of the current message that have been sent */
	bool begun;		  /* the descriptors of the current message have been sent */
};

/*
 * Prepares OUT for payload_continue(). OUT contains pointers to DATA, FDS and CREDS, so they must stay valid until all
 * data has been sent.
 */
void payload_begin(struct payload_out *out, int fd, const struct payload *data, const int *fds, size_t nfds,
    const struct ucred *creds);

/*
 * Sends the remaining data until DEADLINE. Returns like payload_send(). Can be called again after a failure with
 * ETIMEDOUT.
 */
int payload_continue(struct payload_out *out, int64_t deadline, struct fail *fail);

/*
 * Sends DATA and NFDS descriptors on socket FD until DEADLINE. If NFDS is larger than FDPASS_MAX_FDS, sends several
 * messages in order. On a stream socket, the data is divided among the messages. A message for which no data remains
 * contains a filler byte. If CREDS is not NULL, each message contains CREDS as SCM_CREDENTIALS. The descriptors stay
 * open in this process. Returns 0, or -1 with *FAIL; fail->err is ETIMEDOUT if the deadline has passed.
 */
int payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail);

/*
 * Calls payload_load() with the argument of --send, which is TEXT or @FILE. Fails if the data has not been read by the
 * time DEADLINE.
 */
int payload_load_send(struct payload *data, const char *text, int64_t deadline, struct fail *fail);

/* Calls payload_load_send() and then payload_send(). */
int payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail);

#endif
