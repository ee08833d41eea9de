/* SPDX-License-Identifier: ISC */
/*
 * Receives messages according to the options of recv: the buffers, the limits, the allowed senders, and the
 * destinations. Used by recv, by tty and by send --reply.
 */
#ifndef RECEIVE_RECEIVER_H
#define RECEIVE_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/fail.h"
#include "lib/fdpass.h"
#include "inspect/message.h"
#include "cli/options.h"
#include "receive/connection.h"
#include "receive/delivery.h"
#include "receive/discard.h"
#include "receive/dump.h"
#include "receive/access_control.h"

struct receiver {
	const struct options *options;
	struct access_control access_control;
	struct sink_target target;
	struct dump_output *dump; /* NULL: messages are not shown */
	struct fdpass_msg *msg;
	struct fdpass_msg *whole; /* the message before its truncation to a small --ancbufsize; NULL: not needed */
	struct fdpass_msg *peek;  /* if --until is set: for peeking at the data only */
	struct message_fds *fds;  /* facts of the descriptors of the current message; NULL: not needed */
	struct discard discard;
	struct iovec *buffers; /* contiguous in memory */
	size_t buffer_count;
	char *memory;
	int domain, type; /* type of the sockets if it is known already, otherwise 0 */
	bool gathers;	  /* a command gets the descriptors */
	uint64_t fds_min, fds_max;
	uint64_t messages_left; /* UNLIMITED */
	uint64_t messages;
	int64_t deadline;
	bool lost; /* descriptors were lost although no option limits their number */
};

enum recv_result {
	RECV_MESSAGE, /* one message; more may follow */
	RECV_DONE,    /* a message that completes the delivery */
	RECV_END,     /* end of file, or --messages */
	RECV_AGAIN,   /* nothing is queued (only if WAIT is false) */
	RECV_TIMEOUT,
	RECV_ERROR /* an error, described by *FAIL */
};

/*
 * Prepares to receive according to OPTIONS; the data goes to DEST (NULL: --data is not set). GATHERS: a command gets
 * the delivery. Returns 0, or -1 with *FAIL; call receiver_done() in any case.
 */
int receiver_init(
    struct receiver *receiver, const struct options *options, const char *dest, bool gathers, struct fail *fail);
void receiver_done(struct receiver *receiver);

/*
 * Reports a usage error if --only-fds or --max-data is set, but no message is shown. DEST and GATHERS as above. Returns
 * an exit status.
 */
int receiver_check_shown(const struct options *options, const char *dest, bool gathers);

/* Checks the options against a socket of this TYPE. Returns 0, or -1 with *FAIL. */
int receiver_check(const struct receiver *receiver, int type, struct fail *fail);

/* Returns the total size of the data buffers. */
size_t receiver_room(const struct receiver *receiver);

/* Returns the minimum number of descriptors for DELIVERY. */
uint64_t receiver_fds_min(const struct receiver *receiver, const struct delivery *delivery);

/* Receives one message. Does not block if WAIT is false. */
enum recv_result receiver_receive(
    struct receiver *receiver, struct connection *connection, bool wait, struct fail *fail);

/* Receives messages until receiver_receive() returns another result than RECV_MESSAGE. Returns that result. */
enum recv_result receiver_drain(struct receiver *receiver, struct connection *connection, struct fail *fail);

/* Writes the buffered output, until the deadline. Returns 0, or -1 with *FAIL. */
int receiver_flush(struct receiver *receiver, struct fail *fail);

/*
 * Flushes the output, closes discarded and cached descriptors and reaps helpers before blocking. Returns 0, or -1 with
 * *FAIL.
 */
int receiver_idle(struct receiver *receiver, struct fail *fail);

/* Reports that --timeout expired while waiting on SUBJECT, which is the ADDRESS operand. Returns the exit status. */
int receiver_report_timeout(const struct receiver *receiver, const char *subject);

/*
 * Ends receiving: writes the buffered output, reports RESULT, and completes the destination of the data. SUBJECT, which
 * is the ADDRESS operand, begins the messages. Returns the exit status; EXIT_DONE if COMMAND may run now.
 */
int receiver_finish(struct receiver *receiver, enum recv_result result, struct delivery *delivery, const char *subject,
    const struct fail *fail);

#endif
