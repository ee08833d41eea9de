/* SPDX-License-Identifier: ISC */
/* The content that the verb send transmits to each receiver: the data, the descriptors, and the credentials. */
#ifndef VERB_SEND_CONTENT_H
#define VERB_SEND_CONTENT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "source/source.h"
#include "cli/options.h"
#include "cli/payload.h"

struct send_content {
	struct source_list sources; /* the DESCRIPTORs */
	int *fds;		    /* the numbers of the opened descriptors */
	struct payload data;
	const struct ucred *creds; /* credentials from --creds; NULL: the kernel adds the credentials of this process */
	struct ucred creds_set;
	bool truncated; /* the files named by w:PATH operands were truncated */
};

/*
 * Parses the argument PID:UID:GID of --creds. If --creds has no argument, it specifies the credentials of this process.
 */
int send_content_creds(struct send_content *content, const struct options *options, struct fail *fail);

/* Loads the data of --data. Must be called after the sources have been opened. Returns 0, or -1 with *FAIL. */
int send_content_load(struct send_content *content, const struct options *options, struct fail *fail);

/* Truncates the files named by w:PATH operands. Called before the first message is sent. */
int send_content_truncate(struct send_content *content, struct fail *fail);

/* Closes the descriptors and releases the memory of CONTENT. */
void send_content_done(struct send_content *content);

#endif
