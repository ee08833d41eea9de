/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/kind_actual.h"
#include "cli/option_values.h"
#include "receive/guard.h"

/* Room for one KIND or PROPERTY. */
#define WORD_SIZE 64

/* A property that can be asked for besides the kind, and how it shows. */
struct property {
	const char *name;
	enum { BY_ACCESS, BY_TYPE, BY_FAMILY, BY_LISTENING } by;
	int value;
};

static const struct property properties[] = {
	{ "r", BY_ACCESS, ACCESS_READ },
	{ "w", BY_ACCESS, ACCESS_WRITE },
	{ "rw", BY_ACCESS, ACCESS_BOTH },
	{ "path", BY_ACCESS, ACCESS_PATH },
	{ "stream", BY_TYPE, SOCK_STREAM },
	{ "dgram", BY_TYPE, SOCK_DGRAM },
	{ "seqpacket", BY_TYPE, SOCK_SEQPACKET },
	{ "unix", BY_FAMILY, AF_UNIX },
	{ "inet", BY_FAMILY, AF_INET },
	{ "inet6", BY_FAMILY, AF_INET6 },
	{ "listening", BY_LISTENING, 1 },
};

static const struct property *
property_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
		if (strcmp(properties[i].name, name) == 0)
			return &properties[i];
	return NULL;
}

/* Copies the word at *P, up to one of ENDS, and moves *P to its end. */
static void
take_word(const char **p, const char *ends, char *word)
{
	size_t length = strcspn(*p, ends);

	(void)strlcpy(word, *p, length < WORD_SIZE ? length + 1 : WORD_SIZE);
	*p += length;
}

int
guard_check_kinds(const char *option, const char *kinds, struct fail *fail)
{
	const char *p = kinds;
	char word[WORD_SIZE];

	for (;;) {
		take_word(&p, ":,", word);
		if (strcmp(word, "any") != 0 && !fd_kind_exists(word))
			return fail_msg(fail, "--%s=%s: there is no kind \"%s\"", option, kinds, word);
		while (*p == ':') {
			p++;
			take_word(&p, ":,", word);
			if (property_find(word) == NULL)
				return fail_msg(fail, "--%s=%s: there is no property \"%s\"", option, kinds, word);
		}
		if (*p == '\0')
			return 0;
		p++;
	}
}

/*
 * The kernel reports all ids that this user namespace does not map as the overflow id. If the namespace does not map
 * that id itself, it stands for many users.
 */
static bool
is_mapped(uint32_t id, const char *map)
{
	unsigned long long first, outside, count;
	FILE *file = fopen(map, "re");
	bool mapped = file == NULL;

	while (!mapped && fscanf(file, "%llu %llu %llu", &first, &outside, &count) == 3)
		mapped = id >= first && id - first < count;
	if (file != NULL)
		(void)fclose(file);
	return mapped;
}

static int
check_id(const char *option, uint32_t id, enum id_of of, struct fail *fail)
{
	/* It is the same for groups. */
	if (id != OVERFLOW_UID || is_mapped(id, of == ID_USER ? "/proc/self/uid_map" : "/proc/self/gid_map"))
		return 0;
	return fail_msg(fail, "--%s: %u stands for every %s ID that this user namespace does not map", option, id,
	    of == ID_USER ? "user" : "group");
}

/* Each id of a list of names and numbers. */
static int
parse_ids(const char *option, const char *list, enum id_of of, struct ids *ids, struct fail *fail)
{
	const char *p = list;
	char word[WORD_SIZE];
	size_t room = 1;

	for (; *p != '\0'; p++)
		room += *p == ',';
	ids->ids = calloc(room, sizeof(*ids->ids));
	if (ids->ids == NULL)
		return fail_errno(fail, "--%s", option);
	for (p = list;; p++) {
		take_word(&p, ",", word);
		if (value_id(option, word, of, &ids->ids[ids->count++], fail) == -1 ||
		    check_id(option, ids->ids[ids->count - 1], of, fail) == -1)
			return -1;
		if (*p == '\0')
			return 0;
	}
}

int
guard_init(struct guard *guard, const struct options *o, struct fail *fail)
{
	*guard = (struct guard){ .require = o->require };
	if (o->require != NULL && guard_check_kinds("require", o->require, fail) == -1)
		return -1;
	if (o->allow_uid != NULL && parse_ids("allow-uid", o->allow_uid, ID_USER, &guard->users, fail) == -1)
		return -1;
	if (o->allow_gid != NULL && parse_ids("allow-gid", o->allow_gid, ID_GROUP, &guard->groups, fail) == -1)
		return -1;
	return 0;
}

void
guard_done(struct guard *guard)
{
	free(guard->users.ids);
	free(guard->groups.ids);
	*guard = (struct guard){ .require = NULL };
}

bool
guard_asks_peer(const struct guard *guard)
{
	return guard->users.count > 0 || guard->groups.count > 0;
}

static bool
is_listed(const struct ids *ids, uint32_t id)
{
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->ids[i] == id)
			return true;
	return false;
}

int
guard_peer(const struct guard *guard, const struct peer *peer, struct fail *fail)
{
	char pid[32] = "pid not visible here";

	if (!guard_asks_peer(guard))
		return 0;
	if (!peer->known)
		return fail_msg(fail, "refused: the sender is unknown");
	if (is_listed(&guard->users, peer->uid) || is_listed(&guard->groups, peer->gid))
		return 0;
	if (peer->pid > 0)
		(void)snprintf(pid, sizeof(pid), "pid %d", (int)peer->pid);
	return fail_msg(fail, "refused: the sender (%s, uid %u, gid %u) is not allowed", pid, peer->uid, peer->gid);
}

static bool
property_holds(const struct property *property, const struct fd_facts *facts)
{
	socklen_t length = sizeof(int);
	int value = -1, option;

	if (property == NULL)
		return false;
	if (property->by == BY_ACCESS)
		return (int)facts->access == property->value;
	option = property->by == BY_TYPE ? SO_TYPE : property->by == BY_FAMILY ? SO_DOMAIN : SO_ACCEPTCONN;
	return getsockopt(facts->fd, SOL_SOCKET, option, &value, &length) == 0 && value == property->value;
}

/* Checks one KIND[:PROPERTY]… of the list at *P and moves *P past it. */
static bool
alternative_holds(const char **p, const struct fd_facts *facts)
{
	char word[WORD_SIZE];
	bool holds;

	take_word(p, ":,", word);
	holds = strcmp(word, "any") == 0 || strcmp(word, fd_kind_word(facts)) == 0;
	while (**p == ':') {
		(*p)++;
		take_word(p, ":,", word);
		holds = holds && property_holds(property_find(word), facts);
	}
	return holds;
}

bool
guard_is_kind(const char *kinds, const struct fd_facts *facts)
{
	const char *p = kinds;

	for (;; p++) {
		if (alternative_holds(&p, facts))
			return true;
		if (*p == '\0')
			return false;
	}
}

int
guard_descriptors(const struct guard *guard, const struct message *message, struct fail *fail)
{
	NO_AUTO_INIT struct fd_facts spare;
	const struct fd_facts *facts;
	char actual[128];
	size_t i;

	for (i = 0; guard->require != NULL && i < fdpass_msg_fd_count(message->msg); i++) {
		facts = message_fd(message, i, &spare);
		if (facts != NULL && !guard_is_kind(guard->require, facts)) {
			kind_actual(guard->require, facts, actual, sizeof(actual));
			return fail_msg(fail, "refused: descriptor %zu of the message is %s, required is %s", i + 1,
			    actual, guard->require);
		}
	}
	return 0;
}
