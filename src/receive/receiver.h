/* SPDX-License-Identifier: ISC */
/*
 * Receives messages according to the options: allocates buffers, checks limits and senders, and writes the received
 * data to the destination. Used by the verbs recv and tty, and by send --reply.
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
#include "receive/incomplete.h"
#include "receive/access_control.h"

struct receiver {
	const struct options *options;
	struct access_control access_control;
	struct sink_target target;
	struct dump_output *dump; /* output of messages; NULL: messages are not shown */
	struct fdpass_msg *msg;
	struct fdpass_msg *whole; /* message before ancbuf_truncate(); NULL: --ancbufsize is not small */
	struct fdpass_msg *peek;  /* used to peek at the data for --until; NULL: --until is not set */
	struct message_fds *fds;  /* properties of the descriptors of the current message; NULL: not needed */
	struct discard discard;
	struct incomplete incomplete; /* the incomplete deliveries of other datagram senders */
	struct iovec *buffers;	      /* the data buffers, which are contiguous in MEMORY */
	size_t buffer_count;
	char *memory;
	int domain, type; /* domain and type of the receiver's sockets; 0: not known yet */
	bool gathers;	  /* a command gets the descriptors */
	uint64_t fds_min, fds_max;
	uint64_t messages_left; /* number of messages that can still be received; UNLIMITED: no limit */
	uint64_t messages;
	int64_t deadline;
	bool lost; /* descriptors or data were lost, and the options are not the reason */
};

enum recv_result {
	RECV_MESSAGE, /* one message was received; more may follow */
	RECV_DONE,    /* a message was received, and all requested descriptors and data have arrived */
	RECV_END,     /* end of file or the limit of --messages has been reached */
	RECV_AGAIN,   /* no message is queued (only if WAIT is false) */
	RECV_TIMEOUT,
	RECV_ERROR /* an error, which *FAIL describes */
};

/*
 * Prepares to receive messages according to OPTIONS. DEST is the argument of --data or --reply (NULL: none). GATHERS is
 * true if a command gets the received descriptors and data. Returns 0, or -1 with *FAIL. The caller must call
 * receiver_done() after success and after failure.
 */
int receiver_init(
    struct receiver *receiver, const struct options *options, const char *dest, bool gathers, struct fail *fail);
void receiver_done(struct receiver *receiver);

/*
 * Reports a usage error if --only-fds or --max-data is set but messages are not shown. DEST and GATHERS have the same
 * meaning as in receiver_init(). Returns an exit status.
 */
int receiver_check_shown(const struct options *options, const char *dest, bool gathers);

/* Checks whether the options can be used with sockets of type TYPE. Returns 0, or -1 with *FAIL. */
int receiver_check(const struct receiver *receiver, int type, struct fail *fail);

/* Returns the total size of the data buffers. */
size_t receiver_room(const struct receiver *receiver);

/* Returns the number of descriptors that DELIVERY must contain to be complete. */
uint64_t receiver_fds_min(const struct receiver *receiver, const struct delivery *delivery);

/* Receives one message. Does not block if WAIT is false. */
enum recv_result receiver_receive(
    struct receiver *receiver, struct connection *connection, bool wait, struct fail *fail);

/* Calls receiver_receive() repeatedly as long as the result is RECV_MESSAGE. Returns the last result. */
enum recv_result receiver_drain(struct receiver *receiver, struct connection *connection, struct fail *fail);

/*
 * Writes the buffered output. Waits at most until the deadline if the reader of the output is slow. Returns 0, or -1
 * with *FAIL.
 */
int receiver_flush(struct receiver *receiver, struct fail *fail);

/*
 * Called before this process waits. Writes the buffered output, closes collected and cached descriptors, and reaps
 * helpers. Returns 0, or -1 with *FAIL.
 */
int receiver_idle(struct receiver *receiver, struct fail *fail);

/*
 * Prints an error message that reports that --timeout has expired. The message begins with SUBJECT, which is the
 * ADDRESS operand. Returns the exit status.
 */
int receiver_report_timeout(const struct receiver *receiver, const char *subject);

/*
 * Called after the last message. Writes the buffered output, prints warnings and errors for RESULT, and completes the
 * file of --data. The warnings and errors begin with SUBJECT, which is the ADDRESS operand. Returns the exit status.
 * EXIT_DONE means that COMMAND can run now.
 */
int receiver_finish(struct receiver *receiver, enum recv_result result, struct delivery *delivery, const char *subject,
    const struct fail *fail);

#endif
