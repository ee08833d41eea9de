/* SPDX-License-Identifier: ISC */
/* Describes a descriptor whose facts and details the test sets, so that the test need not create the object. */
#ifndef TESTS_UNIT_DETAILS_H
#define TESTS_UNIT_DETAILS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compat.h"
#include "base/outbuf.h"
#include "inspect/kind.h"
#include "describe/fd.h"
#include "render/render.h"
#include "tap.h"

#define DETAILS_SIZE 65536

static struct fd_facts facts;
static struct fd_details details;
static struct fd_context context;

static FILE *golden;
static bool golden_written;

static const struct fd_kind *
kind_with_id(enum fd_kind_id id)
{
	static const struct fd_kind *const tables[] = { kinds_anon, kinds_bpf, kinds_file, kinds_memory, kinds_ns,
		kinds_pidfd, kinds_pipe, kinds_sock, kinds_tty, kinds_watch };
	const struct fd_kind *kind;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (kind = tables[i]; kind->word != NULL; kind++)
			if (kind->id == id)
				return kind;
	abort();
}

/* Sets the facts of a descriptor of kind ID that is open for reading and writing. INFO is the text of its fdinfo. */
static void
begin(enum fd_kind_id id, const char *link, const char *info)
{
	facts = (struct fd_facts){ .fd = -1, .number = 5, .kind = kind_with_id(id), .access = ACCESS_BOTH };
	facts.has_stat = facts.cloexec_known = true;
	facts.st = (struct file_stat){ .nlink = 1, .ino = 4711, .dev_minor = 7 };
	facts.link_length = strlcpy(facts.link, link, sizeof(facts.link));
	details = (struct fd_details){ .owner = ID_MAPPED };
	context = (struct fd_context){ .name = NULL };
	fdinfo_none(&details.info);
	details.info.length = strlen(info);
	if (details.info.length < sizeof(details.info.small))
		(void)strlcpy(details.info.small, info, sizeof(details.info.small));
	else
		details.info.allocated = strdup(info);
}

static void
golden_compare(const char *got, const char *name, const char *format)
{
	static char line[DETAILS_SIZE];

	if (golden_written) {
		(void)fputs(got, golden);
		return;
	}
	if (fgets(line, sizeof(line), golden) == NULL)
		line[0] = '\0';
	if (!ok(strcmp(line, got) == 0, "%s is described as in the golden file, in %s", name, format))
		diag("expected %sgot %s", line, got);
}

/* Describes the descriptor as text and as JSON, and compares both with the golden file. */
static void
describes(const char *name)
{
	static char got[DETAILS_SIZE];
	struct outbuf out;
	struct json json;
	struct text text;

	outbuf_init(&out, -1, got, sizeof(got) - 2);
	text_init(&text, &out, false);
	fd_describe(&text.emit, NULL, &facts, &details, &context);
	got[out.used] = '\n';
	got[out.used + 1] = '\0';
	golden_compare(got, name, "text");
	outbuf_init(&out, -1, got, sizeof(got) - 1);
	json_init(&json, &out);
	fd_describe(&json.emit, NULL, &facts, &details, &context);
	got[out.used] = '\0';
	golden_compare(got, name, "JSON");
	fd_details_free(&details);
}

/*
 * Opens the golden file NAME, or creates it if GOLDEN=write. Returns false if the file cannot be opened or the byte
 * order differs.
 */
static bool
golden_open(const char *name)
{
	const char *top = getenv("srcdir"), *mode = getenv("GOLDEN");
	char path[512];

	golden_written = mode != NULL && strcmp(mode, "write") == 0;
	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s", top != NULL ? top : ".", name);
	if (htons(1) == 1) {
		skip("this is not a little-endian machine", "descriptions match the golden file");
		return false;
	}
	golden = fopen(path, golden_written ? "w" : "r");
	if (golden == NULL)
		ok(false, "the golden file %s can be opened", path);
	return golden != NULL;
}

#endif
