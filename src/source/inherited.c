/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/num.h"
#include "lib/fdpass.h"
#include "net/addr.h"
#include "net/endpoint.h"
#include "net/listenfds.h"
#include "source/internal.h"
#include "source/source.h"

/* Copies REASON to FAIL, and inserts the DESCRIPTOR operand of SOURCE before the text. Returns -1. */
static int
reason_pass(const struct source *source, const struct fail *reason, struct fail *fail)
{
	(void)fail_msg(fail, "%s: %s", source->text, reason->text);
	fail->err = reason->err;
	fail->reason = reason->reason;
	return -1;
}

int
number_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];
	const char *why;
	long long fd = 0;

	(void)options;
	if (strcmp(source->what, "-") != 0 && num_parse(source->what, 0, INT_MAX, &fd, &why) == -1)
		return fail_msg(fail, "%s: invalid descriptor number '%s': %s", source->text, source->what, why);
	return source_take(source, (int)fd, fail);
}

/*
 * Sets SOURCE to the inherited descriptor FD. Sets the name of SOURCE to GIVEN or, if GIVEN is NULL, to the name of FD
 * in LISTEN_FDNAMES.
 */
static int
listenfd_take(struct source *source, int fd, const char *given, struct fail *fail)
{
	const char *name = given;
	size_t length = given != NULL ? strlen(given) : 0;

	if (name == NULL)
		name = listenfds_name(fd, &length);
	if (name != NULL && length != 0) {
		free(source->name);
		source->name = strndup(name, length);
		if (source->name == NULL)
			return fail_errno(fail, "%s", source->text);
	}
	return source_take(source, fd, fail);
}

int
listenfds_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct fail reason;
	int count, fd, rc = 0;
	char *given;
	bool all;
	size_t i;

	(void)options;
	if (*list->items[index].what == '\0')
		return fail_msg(fail, "%s: missing name, position or 'all'", list->items[index].text);
	all = strcmp(list->items[index].what, "all") == 0;
	fd = listenfds_find(all ? "0" : list->items[index].what, &reason);
	count = fd != -1 ? listenfds_count(&reason) : -1;
	if (count == -1)
		return reason_pass(&list->items[index], &reason, fail);
	given = list->items[index].name;
	list->items[index].name = NULL;
	for (i = 0; rc == 0 && fd != -1; i++) {
		if (i > 0)
			rc = source_add(list, index, fail);
		if (rc == 0)
			rc = listenfd_take(&list->items[index + i], fd, given, fail);
		if (all)
			fd = fd + 1 < LISTENFDS_START + count ? fd + 1 : -1;
		else
			fd = listenfds_next(list->items[index].what, fd);
	}
	free(given);
	return rc;
}

int
unix_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	const struct source *source = &list->items[index];
	struct fail reason;
	struct addr addr;

	(void)options;
	if (addr_parse(&addr, source->what, &reason) == -1)
		return reason_pass(source, &reason, fail);
	addr_done(&addr);
	return 0;
}

int
unix_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	struct endpoint_options how = options->endpoint;
	struct fail reason;
	struct addr addr;
	int rc;

	how.role = source->kind->argument == ROLE_LISTEN ? ROLE_LISTEN : ROLE_CONNECT;
	how.role_given = true;
	if (how.role == ROLE_LISTEN)
		how.deadline = FDPASS_NEVER; /* leaves the socket blocking, as the receiver expects */
	rc = addr_parse(&addr, source->what, &reason);
	if (rc == 0) {
		rc = endpoint_open(&source->endpoint, &addr, &how, &reason);
		addr_done(&addr);
	}
	if (rc == -1)
		return reason_pass(source, &reason, fail);
	source->fd = source->number = source->endpoint.fd;
	source->ours = source->endpoint.ours;
	return 0;
}
