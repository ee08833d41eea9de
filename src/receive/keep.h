/* SPDX-License-Identifier: ISC */
/* Implements recv --keep: receives messages on many connections. */
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
	struct connection *chosen; /* with a COMMAND: the first connection whose delivery is complete */
	struct delivery *delivery; /* its delivery; otherwise, all connections share this delivery */
	struct payload text;	   /* the text of --send */
	enum recv_result result;   /* the reason why the loop was stopped */
};

/* Accepts connections on EP and receives messages until the delivery is complete, or until the deadline. */
enum recv_result keep_receive(struct keep *keep, const struct endpoint *ep, struct fail *fail);

#endif
