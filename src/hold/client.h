/* SPDX-License-Identifier: ISC */
/*
 * Clients of a stream or seqpacket socket. A connection carries one request and its answer; then it is closed. No client
 * can delay another one: nothing waits for it but its own timer.
 */
#ifndef HOLD_CLIENT_H
#define HOLD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/peer.h"
#include "hold/loop.h"
#include "hold/notify.h"
#include "hold/store.h"

struct hold;

/* A part of an answer on its way: bytes, and the descriptors that go with the first of them. */
struct chunk {
	char *bytes;
	size_t length, room, sent;
	struct stored **entries; /* used, see store_use() */
	size_t entry_count;
};

enum client_state {
	CLIENT_READS,	  /* its request is read */
	CLIENT_ANSWERED,  /* its answer is sent */
	CLIENT_RECEIVING, /* FDTAKE=1: all is sent; does it arrive? */
};

struct client {
	struct client *next, *previous;
	struct hold *hold;
	struct watch watch;
	struct timer timer;
	struct peer peer;
	enum client_state state;

	char text[NOTIFY_MESSAGE_MAX + 1]; /* the request */
	size_t length;
	int *fds;
	size_t fd_count;

	struct notify notify;
	struct chunk chunk;
	uint64_t cursor, last; /* ids of entries: answered so far; the last one to answer */
	bool answered;	       /* something was sent */
	struct stored **taken; /* by FDTAKE=1 */
	size_t taken_count;
};

/* --- client.c */

/* Ends the connection and gives back what it had taken, unless it was received. */
void client_close(struct client *client);

/* --- answer.c */

/* Begins to answer the request that was read. */
void answer_begin(struct client *client);

/* "ERRNO=N" and a text, instead of any other answer. */
void answer_error(struct client *client, int err, const char *text);

/* Sends as much as the client takes. It may end the client. */
void answer_continue(struct client *client);

/* FDTAKE=1: finds out whether the client has received what was sent. It may end the client. */
void answer_check_received(struct client *client);

/* --- list.c */

/*
 * Appends descriptions of the next entries to CLIENT's chunk, one JSON object per line. Returns 0, or -1 with errno.
 */
int list_fill(struct client *client);

/* --- chunk.c */

int chunk_append(struct chunk *chunk, const char *bytes, size_t length);
int chunk_printf(struct chunk *chunk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lets go of the entries, and forgets the bytes. */
void chunk_clear(struct chunk *chunk);
void chunk_free(struct chunk *chunk);

#endif
