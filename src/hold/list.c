/* SPDX-License-Identifier: ISC */
/*
 * FDLIST=1: the stored descriptors, as "fdpass show --json" describes them. Only a few entries are described in a row,
 * so that other clients are not delayed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outbuf.h"
#include "lib/fdpass.h"
#include "describe/fd.h"
#include "render/render.h"
#include "hold/client.h"
#include "hold/internal.h"

#define DESCRIPTION_MAX 262144	/* limit on the bytes of one description */
#define CHUNK_MAX	32768	/* a chunk ends after the entry with which it exceeds this size */
#define TURN		5000000 /* time limit for describing entries in a row, in nanoseconds */

/* Replaces a description that does not fit: only the name. */
static void
describe_name(struct outbuf *out, const struct stored *entry)
{
	struct json json;

	json_init(&json, out);
	emit_object(&json.emit, NULL, NULL);
	emit_i64(&json.emit, "fd", NULL, entry->fd);
	emit_bytes(&json.emit, "name", NULL, entry->name, strlen(entry->name));
	emit_end(&json.emit, NULL);
}

static int
describe(struct chunk *chunk, const struct stored *entry, char *buffer)
{
	struct fd_facts facts;
	struct outbuf out;
	struct json json;

	outbuf_init(&out, -1, buffer, DESCRIPTION_MAX);
	json_init(&json, &out);
	fd_probe(entry->fd, &facts);
	fd_describe(&json.emit, NULL, &facts, entry->name, strlen(entry->name));
	if (out.err != 0) {
		outbuf_init(&out, -1, buffer, DESCRIPTION_MAX);
		describe_name(&out, entry);
	}
	return chunk_append(chunk, buffer, out.used);
}

int
list_fill(struct client *c)
{
	const char *name = c->notify.has_name ? c->notify.name : NULL;
	char *buffer = malloc(DESCRIPTION_MAX);
	int64_t end = fdpass_deadline(TURN);
	struct stored *entry;
	int rc = 0;

	if (buffer == NULL)
		return -1;
	while (rc == 0 && c->chunk.length < CHUNK_MAX) {
		entry = store_next(&c->hold->store, c->cursor, name);
		if (entry == NULL || entry->id > c->last)
			break;
		c->cursor = entry->id;
		rc = describe(&c->chunk, entry, buffer);
		if (fdpass_deadline(0) >= end)
			break;
	}
	free(buffer);
	return rc;
}
