/* SPDX-License-Identifier: ISC */
/* Functions for tests that build messages, and write text and JSON descriptions of these messages to memory. */
#ifndef TESTS_UNIT_MESSAGE_H
#define TESTS_UNIT_MESSAGE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/outbuf.h"
#include "inspect/message_details.h"
#include "describe/message.h"
#include "lib/internal.h"
#include "render/render.h"

#define DESCRIPTION_SIZE (1 << 20)

struct describer {
	struct outbuf out;
	char *json, *text;
};

static inline void
describer_init(struct describer *t)
{
	t->json = malloc(DESCRIPTION_SIZE);
	t->text = malloc(DESCRIPTION_SIZE);
	if (t->json == NULL || t->text == NULL)
		abort();
}

static inline void
describer_done(struct describer *t)
{
	free(t->json);
	free(t->text);
}

static inline const char *
describer_json(const struct describer *t)
{
	return t->json;
}

static inline const char *
describer_text(const struct describer *t)
{
	return t->text;
}

static inline void
describer_describe(struct describer *t, struct message *message)
{
	struct message_details details;
	struct json json;
	struct text text;

	message_inspect(message);
	message_details_init(&details);
	message_inspect_details(message, false, &details);
	outbuf_init(&t->out, -1, t->json, DESCRIPTION_SIZE);
	json_init(&json, &t->out);
	message_describe(&json.emit, message);
	t->json[t->out.used] = '\0';
	outbuf_init(&t->out, -1, t->text, DESCRIPTION_SIZE);
	text_init(&text, &t->out, false);
	message_describe(&text.emit, message);
	t->text[t->out.used] = '\0';
	message_details_clear(&details);
	message_details_free(&details);
}

/* Appends a control message to MSG, whose control buffer must be large enough. */
static inline void
message_put(struct fdpass_msg *msg, int level, int type, const void *data, size_t length)
{
	struct fdp_header header = { .length = sizeof(header) + length, .level = level, .type = type };
	size_t at = msg->controllen + FDP_PADDING(msg->controllen);

	memcpy(msg->control + at, &header, sizeof(header));
	if (length > 0)
		memcpy(msg->control + at + sizeof(header), data, length);
	msg->controllen = at + sizeof(header) + length;
}

/*
 * Describes a message that has no data and one control message. The size of the control buffer is exactly that of the
 * control message.
 */
static inline void
message_one(struct describer *t, int family, int flags, int level, int type, const void *data, size_t length)
{
	struct fdpass_msg *msg = fdpass_msg_new(sizeof(struct fdp_header) + length);
	struct message message = {
		.number = 1, .connection = 1, .msg = msg, .domain = family, .type = SOCK_DGRAM, .peer_fd = -1
	};

	if (msg == NULL)
		abort();
	message_put(msg, level, type, data, length);
	msg->flags = flags;
	fdp_msg_adopt(msg);
	describer_describe(t, &message);
	fdpass_msg_free(msg);
}

/* --- a strict parser that checks one line of JSON */

static inline const char *
json_skip(const char *p, const char *word)
{
	return p != NULL && strncmp(p, word, strlen(word)) == 0 ? p + strlen(word) : NULL;
}

static inline const char *
json_skip_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && strchr("\"\\/bfnrtu", *++p) == NULL)
			return NULL;
	}
	return p + 1;
}

static inline const char *
json_skip_number(const char *p)
{
	p += *p == '-';
	if (!isdigit((unsigned char)*p) || (*p == '0' && isdigit((unsigned char)p[1])))
		return NULL;
	while (isdigit((unsigned char)*p))
		p++;
	return p;
}

static inline const char *
json_skip_value(const char *p)
{
	char close;

	if (*p == '"')
		return json_skip_string(p);
	if (*p == 'n' || *p == 't' || *p == 'f')
		return json_skip(p, *p == 'n' ? "null" : *p == 't' ? "true" : "false");
	if (*p != '{' && *p != '[')
		return json_skip_number(p);
	close = *p == '{' ? '}' : ']';
	if (*++p == close)
		return p + 1;
	for (;; p++) {
		if (close == '}' && ((p = json_skip_string(p)) == NULL || *p++ != ':'))
			return NULL;
		if ((p = json_skip_value(p)) == NULL)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p != ',')
			return NULL;
	}
}

static inline bool
json_is_valid(const char *line)
{
	const char *end = json_skip_value(line);

	return end != NULL && strcmp(end, "\n") == 0;
}

#endif
