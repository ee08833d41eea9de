/* SPDX-License-Identifier: ISC */
/* recv --keep: messages of many connections. */
#ifndef RECEIVE_KEEP_H
#define RECEIVE_KEEP_H

#include "base/fail.h"
#include "net/endpoint.h"
#include "cli/payload.h"
#include "receive/delivery.h"
#include "receive/receiver.h"
#include "receive/recv_sockopts.h"

struct keep {
	const struct options *options;
	struct receiver *receiver;
	struct recv_sockopts *sockopts;
	char **command;
	struct delivery *shared; /* the common delivery of all connections, unless each has its own command (--spawn) */
	struct payload text;	 /* the text of --send */
	enum recv_result result; /* the reason why a client stopped the loop */
};

/* Accepts and receives on EP until one connection completes the delivery, or until the deadline. */
enum recv_result keep_receive(struct keep *keep, const struct endpoint *ep, struct fail *fail);

#endif
