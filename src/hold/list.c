/* SPDX-License-Identifier: ISC */
/*
 * Implements FDLIST=1: describes the stored descriptors like "fdpass show --json". Describes only a few entries for
 * each chunk of the answer, so that other clients are not delayed.
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

#define DESCRIPTION_MAX 262144	/* maximum size of one entry's description in bytes */
#define CHUNK_MAX	32768	/* no more descriptions are added to a chunk that is larger than this, in bytes */
#define TURN		5000000 /* no more descriptions are added to a chunk after this time, in nanoseconds */

/* Writes only the name of ENTRY, because its description is too large. */
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
	const struct fd_context context = { .name = entry->name, .name_length = strlen(entry->name) };
	struct fd_details details;
	struct fd_facts facts;
	struct outbuf out;
	struct json json;

	outbuf_init(&out, -1, buffer, DESCRIPTION_MAX);
	json_init(&json, &out);
	fd_probe(entry->fd, &facts);
	fd_inspect(&facts, false, DESCRIPTION_MAX, &details);
	fd_describe(&json.emit, NULL, &facts, &details, &context);
	fd_details_free(&details);
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
