/* SPDX-License-Identifier: ISC */
/*
 * Clients of a stream or seqpacket socket. A connection carries one request and its answer; then it is closed. No
 * client can delay another one: only its own timer waits for it.
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

/* A part of an answer that is being sent: bytes, and the descriptors that go with the first byte. */
struct chunk {
	char *bytes;
	size_t length, room, sent;
	struct stored **entries; /* entries whose descriptors are sent with the chunk; see store_use() */
	size_t entry_count;
};

enum client_state {
	CLIENT_READS,	  /* the request is being read */
	CLIENT_ANSWERED,  /* the answer is being sent */
	CLIENT_RECEIVING, /* FDTAKE=1: everything is sent, but not yet received */
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
	uint64_t cursor, last; /* IDs of store entries: the last one in the answer; the last one to include */
	bool answered;	       /* a part of the answer was sent */
	bool handed_over;      /* the handover has a duplicate of the socket */
	struct stored **taken; /* entries taken by FDTAKE=1 */
	size_t taken_count;
};

/* --- functions of client.c */

/* Ends the connection. Entries that it took and has not received are put back. */
void client_close(struct client *client);

/* --- functions of answer.c */

/* Starts to answer the request that was read. */
void answer_begin(struct client *client);

/* Answers with "ERRNO=N" and the text of *FAIL, instead of any other answer, and logs it or prints a warning. */
void answer_refuse(struct client *client, const struct fail *fail, bool warn);

/* Sends as much as the client accepts. May end the client. */
void answer_continue(struct client *client);

/* FDTAKE=1: checks whether the client has received everything that was sent. May end the client. */
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
