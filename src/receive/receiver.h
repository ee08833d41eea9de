/* SPDX-License-Identifier: ISC */
/*
 * Receiving messages as the options of recv say: the buffers, the limits, who may send, and where everything goes.
 * Used by recv, by tty and by send --reply.
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
#include "receive/dump.h"
#include "receive/guard.h"

struct receiver {
	const struct options *options;
	struct guard guard;
	struct sink_target target;
	struct dump_output *dump; /* NULL: nothing is shown */
	struct fdpass_msg *msg;
	struct fdpass_msg *peek; /* with --until: for a look at the data alone */
	struct message_fds *fds; /* facts of its descriptors; NULL: not needed */
	struct iovec *buffers;	 /* one after the other in memory */
	size_t buffer_count;
	char *memory;
	int domain, type; /* of its sockets, where that is known already, else 0 */
	bool gathers;	  /* a command wants the descriptors */
	uint64_t fds_min, fds_max;
	uint64_t messages_left; /* UNLIMITED */
	uint64_t messages;
	int64_t deadline;
	bool lost; /* descriptors were lost although no option limits them */
};

enum recv_result {
	RECV_MESSAGE, /* one message; more may follow */
	RECV_DONE,    /* a message, and with it what was wanted */
	RECV_END,     /* end of file, or --messages */
	RECV_AGAIN,   /* nothing is there (only if it was not to wait) */
	RECV_TIMEOUT,
	RECV_ERROR /* *FAIL says why */
};

/*
 * Prepares to receive as OPTIONS say, the data going to DEST (NULL: no such option was given). GATHERS: a command wants
 * what comes. Returns 0, or -1 with *FAIL; receiver_done() in any case.
 */
int receiver_init(
    struct receiver *receiver, const struct options *options, const char *dest, bool gathers, struct fail *fail);
void receiver_done(struct receiver *receiver);

/* Checks that options that limit what is shown apply to something. DEST and GATHERS as above. Returns an exit status. */
int receiver_check_shown(const struct options *options, const char *dest, bool gathers);

/* Checks the options against a socket of this TYPE. Returns 0, or -1 with *FAIL. */
int receiver_check(const struct receiver *receiver, int type, struct fail *fail);

/* How many bytes of data the buffers take. */
size_t receiver_room(const struct receiver *receiver);

/* How many descriptors DELIVERY is to have at least. */
uint64_t receiver_fds_min(const struct receiver *receiver, const struct delivery *delivery);

/* Receives one message. With WAIT false it does not wait for one. */
enum recv_result receiver_receive(
    struct receiver *receiver, struct connection *connection, bool wait, struct fail *fail);

/* Receives until RECV_DONE or something else than a message. */
enum recv_result receiver_drain(struct receiver *receiver, struct connection *connection, struct fail *fail);

/* Writes what is shown so far, until the deadline. Returns 0, or -1 with *FAIL. */
int receiver_flush(struct receiver *receiver, struct fail *fail);

/* Flushes the output and drops cached descriptors and helpers before blocking. Returns 0, or -1 with *FAIL. */
int receiver_idle(struct receiver *receiver, struct fail *fail);

/*
 * Ends receiving: writes what was shown, reports what RESULT means, and completes the destination of the data. SUBJECT
 * is what messages begin with: the ADDRESS. Returns the exit status; EXIT_DONE if COMMAND may run now.
 */
int receiver_finish(struct receiver *receiver, enum recv_result result, struct delivery *delivery, const char *subject,
    const struct fail *fail);

#endif
