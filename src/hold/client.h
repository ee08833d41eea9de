/* SPDX-License-Identifier: ISC */
/*
 * Handles clients that are connected to a stream or seqpacket socket. A connection is used for one request and its
 * answer, and is then closed. A slow client never delays other clients, because this process never waits for a single
 * client.
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

/* A chunk of an answer: bytes, and descriptors that are sent with the first byte. */
struct chunk {
	char *bytes;
	size_t length, room, sent;
	struct stored **entries; /* entries whose descriptors are sent with the chunk, kept valid by store_use() */
	size_t entry_count;
};

enum client_state {
	CLIENT_READS,	  /* the client's request is being read */
	CLIENT_ANSWERED,  /* the answer is being sent */
	CLIENT_RECEIVING, /* after FDTAKE=1: everything has been sent, but the client has not read all of it yet */
};

struct client {
	struct client *next, *previous;
	struct hold *hold;
	struct watch watch;
	struct timer timer;
	struct peer peer;
	enum client_state state;

	char text[NOTIFY_MESSAGE_MAX + 1]; /* the text of the client's request */
	size_t length;
	int *fds;
	size_t fd_count;

	struct notify notify;
	struct chunk chunk;
	/*
	 * IDs of store entries: "cursor" is the ID of the last entry that has been added to the answer, and "last" is
	 * the ID of the last entry to add
	 */
	uint64_t cursor, last;
	bool answered;	       /* at least one byte of the answer has been sent */
	bool handed_over;      /* a handover uses a duplicate of the client's socket */
	struct stored **taken; /* entries that the client takes with FDTAKE=1 */
	size_t taken_count;
};

/* --- functions of client.c */

/*
 * Closes the connection and frees CLIENT. If the client has not received the entries that it took with FDTAKE=1,
 * returns these entries to the store.
 */
void client_close(struct client *client);

/* --- functions of answer.c */

/* Starts to answer the request of CLIENT. */
void answer_begin(struct client *client);

/*
 * Sends "ERRNO=N" and the text of *FAIL as the answer. If WARN is true, prints the text as a warning, too. If WARN is
 * false, logs the text.
 */
void answer_refuse(struct client *client, const struct fail *fail, bool warn);

/* Sends as much of the answer as the socket accepts without blocking. This call may close and free CLIENT. */
void answer_continue(struct client *client);

/*
 * After the answer to FDTAKE=1 has been sent, checks whether the client has received the whole answer. This call may
 * close and free CLIENT.
 */
void answer_check_received(struct client *client);

/* --- functions of list.c */

/*
 * Appends descriptions of the next store entries to CLIENT's chunk, one JSON object per line. Returns 0, or -1 with
 * errno.
 */
int list_fill(struct client *client);

/* --- functions of chunk.c */

int chunk_append(struct chunk *chunk, const char *bytes, size_t length);
int chunk_printf(struct chunk *chunk, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Releases the chunk's store entries and discards its bytes. */
void chunk_clear(struct chunk *chunk);
void chunk_free(struct chunk *chunk);

#endif
