/* SPDX-License-Identifier: ISC */
/* Loads the data to send (TEXT, @FILE or @-), and sends it with descriptors in as many messages as necessary. */
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
	size_t head; /* number of bytes at the beginning that must be sent in one message */
};

/*
 * Loads TEXT itself, the content of FILE for @FILE, or standard input for @-. Error messages contain the name OPTION.
 */
int payload_load(struct payload *data, const char *option, const char *text, struct fail *fail);
void payload_done(struct payload *data);

/* The state of a transmission of data and descriptors on FD. */
struct payload_out {
	int fd, type;
	const struct payload *data;
	const int *fds;
	size_t nfds;
	const struct ucred *creds;
	size_t messages, message; /* number of messages; index of the current message */
	size_t start;		  /* offset of the current message in the data */
	size_t sent;		  /* number of bytes of the current message that were already sent */
	bool begun;		  /* the descriptors of the current message were already sent */
};

/* Prepares payload_continue(). The pointers must stay valid, because OUT does not copy the data. */
void payload_begin(struct payload_out *out, int fd, const struct payload *data, const int *fds, size_t nfds,
    const struct ucred *creds);

/* Sends the remaining data until DEADLINE. Returns like payload_send(). Can be called again after ETIMEDOUT. */
int payload_continue(struct payload_out *out, int64_t deadline, struct fail *fail);

/*
 * Sends DATA and NFDS descriptors on FD until DEADLINE. If NFDS is larger than FDPASS_MAX_FDS, sends several messages
 * in order. On a stream, the data is divided among the messages. A filler byte is added only to a message for which no
 * data is left. CREDS are sent with each message unless NULL. The caller keeps the descriptors. Returns 0, or -1 with
 * *FAIL, whose err is ETIMEDOUT at the deadline.
 */
int payload_send(int fd, const struct payload *data, const int *fds, size_t nfds, const struct ucred *creds,
    int64_t deadline, struct fail *fail);

/* Calls payload_load() for --send=TEXT or --send=@FILE, until DEADLINE. */
int payload_load_send(struct payload *data, const char *text, int64_t deadline, struct fail *fail);

/* Calls payload_load_send() and payload_send(). */
int payload_send_text(int fd, const char *text, int64_t deadline, struct fail *fail);

#endif
