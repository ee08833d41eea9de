/* SPDX-License-Identifier: ISC */
/*
 * Clients of a stream or seqpacket socket. A connection carries one request and its answer, and is then closed. A slow
 * client never delays other clients: only its own timer waits for it.
 */
#ifndef HOLD_CLIENT_H
#define HOLD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "net/peer.h"
#include "hold/loop.h"
#include "hold/notify.h"
#include "hold/store.h"

struct hold;

/* The part of an answer that is being sent: bytes, and descriptors that are sent with the first byte. */
struct chunk {
	char *bytes;
	size_t length, room, sent;
	struct stored **entries; /* entries whose descriptors are sent with the chunk; see store_use() */
	size_t entry_count;
};

enum client_state {
	CLIENT_READS,	  /* the request is being read */
	CLIENT_ANSWERED,  /* the answer is being sent */
	CLIENT_RECEIVING, /* FDTAKE=1: everything was sent, but the client has not received everything yet */
};

struct client {
	struct client *next, *previous;
	struct hold *hold;
	struct watch watch;
	struct timer timer;
	struct peer peer;
	enum client_state state;

	char text[NOTIFY_MESSAGE_MAX + 1]; /* the text of the request */
	size_t length;
	int *fds;
	size_t fd_count;

	struct notify notify;
	struct chunk chunk;
	/* IDs of store entries: cursor is the last one that the answer contains, last is the last one to include */
	uint64_t cursor, last;
	bool answered;	       /* a part of the answer was sent */
	bool handed_over;      /* the handover owns a duplicate of the socket */
	struct stored **taken; /* entries taken by FDTAKE=1 */
	size_t taken_count;
};

/* --- functions of client.c */

/* Closes the connection. Entries that the client took but did not receive are put back into the store. */
void client_close(struct client *client);

/* --- functions of answer.c */

/* Starts to answer the request of CLIENT. */
void answer_begin(struct client *client);

/*
 * Sends "ERRNO=N" and the text of *FAIL instead of another answer. Prints the text as a warning if WARN is true,
 * otherwise logs it.
 */
void answer_refuse(struct client *client, const struct fail *fail, bool warn);

/* Sends as much of the answer as the socket accepts. Can close and free CLIENT. */
void answer_continue(struct client *client);

/* For FDTAKE=1: checks whether the client has received everything that was sent. Can close and free CLIENT. */
void answer_check_received(struct client *client);

/* --- functions of list.c */

/*
 * Appends descriptions of the next entries to CLIENT's chunk, one JSON object per line. Returns 0, or -1 with errno.
 */
int list_fill(struct client *client);

/* --- functions of chunk.c */

int chunk_append(struct chunk *chunk, const char *bytes, size_t length);
int chunk_printf(struct chunk *chunk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Releases the entries and discards the bytes. */
void chunk_clear(struct chunk *chunk);
void chunk_free(struct chunk *chunk);

#endif
