/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pidfd_id.h"
#include "base/num.h"
#include "exec/announce.h"
#include "exec/environment.h"

#define FIRST_FD      3
#define NUMBER_PREFIX "FDPASS_FD_"
#define UNNAMED	      "unknown" /* the name of an unnamed descriptor, as in sd_listen_fds_with_names(3) */

static int
set_text(const char *name, const char *value, struct fail *fail)
{
	if (environment_set(name, value) == -1)
		return fail_errno(fail, "set %s in the environment", name);
	return 0;
}

static int
set_number(const char *name, intmax_t value, struct fail *fail)
{
	if (environment_number(name, value) == -1)
		return fail_errno(fail, "set %s in the environment", name);
	return 0;
}

/* Variables of an outer fdpass or service manager no longer apply. */
static int
forget(struct fail *fail)
{
	static const char *const stale[] = { "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID",
		"FDPASS_COUNT", "FDPASS_SOCKET", "FDPASS_PEER_PID", "FDPASS_PEER_UID", "FDPASS_PEER_GID" };

	if (environment_begin(stale, sizeof(stale) / sizeof(stale[0]), NUMBER_PREFIX) == -1)
		return fail_errno(fail, "create the environment");
	return 0;
}

static const char *
name_of(const struct handover *h, size_t i)
{
	if (i < h->place_count && h->places[i].name != NULL)
		return h->places[i].name;
	if (h->names != NULL && h->names[i] != NULL)
		return h->names[i];
	return UNNAMED;
}

/* Returns true if descriptor I is placed at NUMBER, which may be one of its further numbers. */
static bool
is_put_at(const struct handover *h, const int *numbers, size_t i, int number)
{
	size_t k;

	if (numbers[i] == number)
		return true;
	for (k = 0; i < h->place_count && k < h->places[i].also_count; k++)
		if (h->places[i].also[k] == number)
			return true;
	return false;
}

/* Returns the index of the descriptor at NUMBER, or count if there is none. */
static size_t
find_at(const struct handover *h, const int *numbers, int number)
{
	size_t i;

	for (i = 0; i < h->count && !is_put_at(h, numbers, i, number); i++)
		;
	return i;
}

/* Sets LISTEN_PIDFDID, which identifies this process: a child that the program starts has a different ID. */
static int
set_pidfd_id(struct fail *fail)
{
	char digits[24];
	uint64_t id;

	if (pidfd_id_self(&id) == -1)
		return 0;
	(void)num_write(digits, "", id, 10, 1);
	return set_text("LISTEN_PIDFDID", digits, fail);
}

/*
 * Sets LISTEN_FDS and the related variables. LISTEN_FDNAMES is in the order of the numbers, not of arrival. LISTEN_FDS
 * can only describe consecutive numbers from 3 up.
 */
static int
announce_listen(const struct handover *h, const int *numbers, struct fail *fail)
{
	size_t i, at, length = 1;
	char *names, *p;
	int ret = -1;

	for (i = 0; i < h->count; i++) {
		at = find_at(h, numbers, FIRST_FD + (int)i);
		if (at == h->count || (at < h->place_count && h->places[at].number == -1))
			return 0;
		length += strlen(name_of(h, at)) + 1;
	}
	names = malloc(length);
	if (names == NULL)
		return fail_errno(fail, "set LISTEN_FDNAMES in the environment");
	p = names;
	*p = '\0';
	for (i = 0; i < h->count; i++) {
		at = find_at(h, numbers, FIRST_FD + (int)i);
		p = stpcpy(i > 0 ? stpcpy(p, ":") : p, name_of(h, at));
	}
	if (set_number("LISTEN_FDS", (intmax_t)h->count, fail) == 0 && set_number("LISTEN_PID", getpid(), fail) == 0 &&
	    set_pidfd_id(fail) == 0 && set_text("LISTEN_FDNAMES", names, fail) == 0)
		ret = 0;
	free(names);
	return ret;
}

/* Writes the variable's name for index I. snprintf(3) would take as long as all other steps together. */
static void
number_name(char *name, size_t i)
{
	(void)num_write(name, NUMBER_PREFIX, i, 10, 1);
}

static int
announce_numbers(const struct handover *h, const int *numbers, int socket_number, struct fail *fail)
{
	char name[64];
	size_t i;

	if (set_number("FDPASS_COUNT", (intmax_t)h->count, fail) == -1)
		return -1;
	for (i = 0; i < h->count; i++) {
		number_name(name, i);
		if (set_number(name, numbers[i], fail) == -1)
			return -1;
		if (i < h->place_count && h->places[i].variable != NULL &&
		    set_number(h->places[i].variable, numbers[i], fail) == -1)
			return -1;
	}
	if (socket_number != -1)
		return set_number("FDPASS_SOCKET", socket_number, fail);
	return 0;
}

static int
announce_peer(const struct ucred *peer, struct fail *fail)
{
	if (peer == NULL)
		return 0;
	/*
	 * A pid of 0 means that the process is not visible in this pid namespace. It is not exported, because "kill 0"
	 * would signal the process group.
	 */
	if (peer->pid > 0 && set_number("FDPASS_PEER_PID", peer->pid, fail) == -1)
		return -1;
	if (set_number("FDPASS_PEER_UID", peer->uid, fail) == -1)
		return -1;
	return set_number("FDPASS_PEER_GID", peer->gid, fail);
}

/* Variables from the caller, which are not expanded. */
static int
announce_variables(const char *const *variables, struct fail *fail)
{
	for (; variables != NULL && *variables != NULL; variables += 2)
		if (variables[1][0] == '\0')
			environment_unset(variables[0]);
		else if (set_text(variables[0], variables[1], fail) == -1)
			return -1;
	return 0;
}

/* Returns the number that {fd}, {fd:I} or {fd:NAME}, of LENGTH characters, refers to, or -1. */
static int
number_meant(const struct handover *h, const int *numbers, const char *text, size_t length)
{
	size_t i, position;
	char *end;

	if (length == 4)
		return h->count > 0 ? numbers[0] : -1;
	position = strtoul(text + 4, &end, 10);
	if (end == text + length - 1 && end > text + 4)
		return position < h->count ? numbers[position] : -1;
	for (i = 0; i < h->count; i++)
		if (strlen(name_of(h, i)) == length - 5 && strncmp(name_of(h, i), text + 4, length - 5) == 0)
			return numbers[i];
	return -1;
}

static int
set_expanded(const struct handover *h, const int *numbers, const char *assignment, struct fail *fail)
{
	const char *p = strchr(assignment, '=') + 1, *end;
	size_t used = 0, size = 16 * strlen(assignment) + 16;
	char *value = malloc(size);
	char *name = strndup(assignment, (size_t)(p - 1 - assignment));
	int ret = -1, number;

	if (value == NULL || name == NULL) {
		(void)fail_errno(fail, "--setenv=%s", assignment);
		goto out;
	}
	for (; *p != '\0'; p++) {
		end = strchr(p, '}');
		if (strncmp(p, "{fd}", 4) != 0 && (strncmp(p, "{fd:", 4) != 0 || end == NULL)) {
			value[used++] = *p;
			continue;
		}
		number = number_meant(h, numbers, p, (size_t)(end + 1 - p));
		if (number == -1) {
			(void)fail_msg(fail, "--setenv=%s: no descriptor for %.*s", assignment, (int)(end + 1 - p), p);
			goto out;
		}
		used = (size_t)(num_write(value + used, "", (uint64_t)number, 10, 1) - value);
		p = end;
	}
	value[used] = '\0';
	ret = set_text(name, value, fail);
out:
	free(value);
	free(name);
	return ret;
}

int
announce(const struct handover *h, const int *numbers, int socket_number, struct fail *fail)
{
	size_t i;

	if (forget(fail) == -1)
		return -1;
	if (announce_numbers(h, numbers, socket_number, fail) == -1 || announce_peer(h->peer, fail) == -1 ||
	    announce_variables(h->variables, fail) == -1)
		return -1;
	if (h->count > 0 && announce_listen(h, numbers, fail) == -1)
		return -1;
	if (h->data_name != NULL && set_text(h->data_name, h->data_value, fail) == -1)
		return -1;
	for (i = 0; h->setenv != NULL && h->setenv[i] != NULL; i++)
		if (set_expanded(h, numbers, h->setenv[i], fail) == -1)
			return -1;
	return 0;
}
