/* SPDX-License-Identifier: ISC */
/* Implements recv --keep: receives messages on many connections concurrently. */
#ifndef RECEIVE_KEEP_H
#define RECEIVE_KEEP_H

#include "base/fail.h"
#include "net/endpoint.h"
#include "cli/payload.h"
#include "receive/connection.h"
#include "receive/delivery.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"

struct keep {
	const struct options *options;
	struct receiver *receiver;
	struct recv_sockopts *sockopts;
	char **command;
	struct connection *chosen; /* with a COMMAND: the first connection with all requested descriptors */
	struct delivery *delivery; /* with a COMMAND: the delivery of "chosen"; otherwise: of all connections */
	struct payload text;	   /* the text of --send, which is sent to each client */
	enum recv_result result;   /* the result that has stopped the loop */
};

/*
 * Accepts connections on EP and receives messages from them until the descriptors and data for a COMMAND are complete,
 * or until the deadline has passed.
 */
enum recv_result keep_receive(struct keep *keep, const struct endpoint *ep, struct fail *fail);

#endif
