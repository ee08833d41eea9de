/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "hold/notify.h"

/* One line of an sd_notify(3) message. */
struct line {
	const char *text;
	size_t length;
};

static const struct {
	const char *word;
	enum notify_request request;
} requests[] = {
	{ "FDSTORE=1", NOTIFY_STORE },
	{ "FDSTOREREMOVE=1", NOTIFY_REMOVE },
	{ "BARRIER=1", NOTIFY_BARRIER },
	{ "FDLIST=1", NOTIFY_LIST },
	{ "FDGET=1", NOTIFY_GET },
	{ "FDTAKE=1", NOTIFY_TAKE },
	{ "FDHANDOVER=1", NOTIFY_HANDOVER },
};

/* Names of the sd_notify(3) variables that concern the descriptor store. */
static const char *const store_variables[] = {
	"FDSTORE=", "FDSTOREREMOVE=", "FDNAME=", "FDPOLL=", "BARRIER=", "FDLIST=", "FDGET=", "FDTAKE=", "FDHANDOVER="
};

/*
 * Names of the other variables that sd_notify(3) defines for service managers. Programs can send private variables,
 * whose names begin with X_.
 */
static const char *const manager_variables[] = { "READY=", "RELOADING=", "STOPPING=", "MONOTONIC_USEC=", "STATUS=",
	"NOTIFYACCESS=", "ERRNO=", "BUSERROR=", "VARLINKERROR=", "EXIT_STATUS=", "MAINPID=", "MAINPIDFD=",
	"MAINPIDFDID=", "WATCHDOG=", "WATCHDOG_USEC=", "EXTEND_TIMEOUT_USEC=", "RESTART_RESET=", "X_" };

static bool
begins_with(const struct line *line, const char *prefix)
{
	size_t length = strlen(prefix);

	return line->length >= length && memcmp(line->text, prefix, length) == 0;
}

static bool
equals(const struct line *line, const char *word)
{
	return line->length == strlen(word) && begins_with(line, word);
}

/*
 * Stores the next line of *TEXT in *LINE and advances *TEXT. Skips empty lines. Returns false if *TEXT contains no more
 * lines.
 */
static bool
next_line(const char **text, size_t *length, struct line *line)
{
	const char *end;

	while (*length > 0) {
		line->text = *text;
		end = memchr(*text, '\n', *length);
		line->length = end != NULL ? (size_t)(end - *text) : *length;
		*text += line->length + (end != NULL);
		*length -= line->length + (end != NULL);
		if (line->length > 0)
			return true;
	}
	return false;
}

static size_t
without_final_nul(const char *text, size_t length)
{
	return length > 0 && text[length - 1] == '\0' ? length - 1 : length;
}

bool
notify_name_ok(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (name[i] < 0x20 || name[i] > 0x7e || name[i] == ':')
			return false;
	return length <= NOTIFY_NAME_MAX;
}

const char *
notify_request_word(enum notify_request request)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].request == request)
			return requests[i].word;
	return "";
}

static bool
begins_with_any(const struct line *line, const char *const *prefixes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (begins_with(line, prefixes[i]))
			return true;
	return false;
}

static bool
is_about_store(const struct line *line)
{
	return begins_with_any(line, store_variables, sizeof(store_variables) / sizeof(store_variables[0]));
}

static bool
is_for_manager(const struct line *line)
{
	return begins_with_any(line, manager_variables, sizeof(manager_variables) / sizeof(manager_variables[0]));
}

/*
 * Stores the request that LINE contains. If a message contains FDSTOREREMOVE=1 and FDSTORE=1, FDSTORE=1 is ignored, as
 * in systemd. Other combinations of requests in one message are errors.
 */
static int
set_request(struct notify *n, enum notify_request request, struct fail *fail)
{
	if (n->request == NOTIFY_NONE || n->request == request ||
	    (n->request == NOTIFY_STORE && request == NOTIFY_REMOVE)) {
		n->request = request;
		return 0;
	}
	if (n->request == NOTIFY_REMOVE && request == NOTIFY_STORE)
		return 0;
	return fail_msg(fail, "a message cannot contain both %s and %s", notify_request_word(n->request),
	    notify_request_word(request));
}

/* Handles FDNAME=. If a message contains several FDNAME= lines, the first one is used. */
static void
set_name(struct notify *n, const struct line *line)
{
	const char *name = line->text + strlen("FDNAME=");
	size_t length = line->length - strlen("FDNAME=");

	if (n->has_name || n->bad_name)
		return;
	if (!notify_name_ok(name, length)) {
		n->bad_name = true;
		return;
	}
	memcpy(n->name, name, length);
	n->name[length] = '\0';
	n->has_name = true;
}

static int
parse_line(struct notify *n, const struct line *line, struct fail *fail)
{
	size_t i;

	if (!is_about_store(line)) {
		n->other_count++;
		n->notifies = n->notifies || is_for_manager(line);
		n->ready = n->ready || equals(line, "READY=1");
		return 0;
	}
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (equals(line, requests[i].word))
			return set_request(n, requests[i].request, fail);
	if (begins_with(line, "FDNAME="))
		set_name(n, line);
	else if (equals(line, "FDPOLL=0"))
		n->poll = false;
	return 0;
}

int
notify_parse(struct notify *n, const char *text, size_t length, struct fail *fail)
{
	struct line line;

	memset(n, 0, sizeof(*n));
	n->poll = true;
	(void)memcpy(n->name, NOTIFY_NAME_DEFAULT, sizeof(NOTIFY_NAME_DEFAULT));
	length = without_final_nul(text, length);
	if (memchr(text, '\0', length) != NULL)
		return fail_msg(fail, "the message contains a NUL byte");
	while (next_line(&text, &length, &line))
		if (parse_line(n, &line, fail) == -1)
			return -1;
	if (n->request == NOTIFY_BARRIER && n->other_count > 0)
		return fail_msg(fail, "BARRIER=1 must be the only line of its message");
	return 0;
}

size_t
notify_others(const char *text, size_t length, char *to)
{
	struct line line;
	size_t used = 0;

	length = without_final_nul(text, length);
	while (next_line(&text, &length, &line)) {
		if (is_about_store(&line))
			continue;
		if (used > 0)
			to[used++] = '\n';
		memcpy(to + used, line.text, line.length);
		used += line.length;
	}
	return used;
}
