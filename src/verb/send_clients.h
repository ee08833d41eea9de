/* SPDX-License-Identifier: ISC */
/* send --listen: many receivers concurrently, so that one that does not read or reply delays no other. */
#ifndef VERB_SEND_CLIENTS_H
#define VERB_SEND_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/endpoint.h"
#include "source/source.h"
#include "cli/options.h"
#include "cli/payload.h"

struct guard;

struct send_clients {
	const struct options *options;
	const struct endpoint *ep;
	const char *address;
	struct guard *guard;
	struct source_list *sources;
	const struct payload *data;
	const int *fds;
	const struct ucred *creds;
	int64_t deadline;
	bool truncated; /* the files of w:PATH */
	uint64_t left;	/* how many are still to be served; UNLIMITED */
};

/* Returns 0 if CLIENTS's guard lets the receiver on FD have the descriptors, or -1 with *FAIL. */
int send_admit(struct guard *guard, int fd, struct fail *fail);

/* Serves clients until none is left to be served, or the deadline. Returns the exit status. */
int send_clients_serve(struct send_clients *clients);

#endif
