/* SPDX-License-Identifier: ISC */
/*
 * Implements send --listen: serves many receivers concurrently, so that a receiver that does not read or reply does not
 * delay other receivers.
 */
#ifndef VERB_SEND_CLIENTS_H
#define VERB_SEND_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/endpoint.h"
#include "cli/options.h"
#include "receive/recv_sockopts.h"

struct access_control;
struct send_content;

struct send_clients {
	const struct options *options;
	const struct endpoint *ep;
	const char *address;
	struct recv_sockopts *sockopts;
	struct access_control *access_control;
	struct send_content *content;
	int64_t deadline;
	uint64_t left; /* number of clients that remain to be served, or UNLIMITED */
};

/* Returns 0 if ACCESS_CONTROL allows the peer of the connection FD, or -1 with *FAIL. */
int send_admit(struct access_control *access_control, int fd, struct fail *fail);

/* Serves clients until LEFT is 0 or the deadline expires. Returns the exit status. */
int send_clients_serve(struct send_clients *clients);

#endif
