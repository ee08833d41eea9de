/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/kind_actual.h"
#include "inspect/idmap.h"
#include "inspect/kind_list.h"
#include "cli/option_values.h"
#include "receive/access_control.h"

int
access_check_kinds(const char *option, const char *kinds, struct fail *fail)
{
	struct fail reason;

	if (kind_list_check(kinds, &reason) == 0)
		return 0;
	return fail_msg(fail, "invalid argument '%s' for --%s: %s", kinds, option, reason.text);
}

/*
 * Refuses an overflow ID as an argument, because the kernel reports the overflow ID for every ID that is not mapped in
 * this user namespace, so all these IDs would be allowed.
 */
static int
check_id(const char *option, uint32_t id, enum id_of of, struct fail *fail)
{
	if ((of == ID_USER ? idmap_uid(id) : idmap_gid(id)) == ID_MAPPED)
		return 0;
	return fail_msg(fail,
	    "--%s: cannot allow %u: it represents every %s ID that is not mapped in this user namespace", option, id,
	    of == ID_USER ? "user" : "group");
}

/* Parses the LENGTH bytes at WORD, the name or number of a user or group. */
static int
parse_id(const char *option, const char *word, size_t length, enum id_of of, uint32_t *id, struct fail *fail)
{
	char *copy = strndup(word, length);
	int rc;

	if (copy == NULL)
		return fail_errno(fail, "--%s", option);
	rc = value_id(option, copy, of, id, fail);
	free(copy);
	return rc == -1 ? -1 : check_id(option, *id, of, fail);
}

/* Parses a comma-separated list of users or groups. */
static int
parse_ids(const char *option, const char *list, enum id_of of, struct ids *ids, struct fail *fail)
{
	const char *p = list;
	size_t room = 1, length;

	for (; *p != '\0'; p++)
		room += *p == ',';
	ids->ids = calloc(room, sizeof(*ids->ids));
	if (ids->ids == NULL)
		return fail_errno(fail, "--%s", option);
	for (p = list;; p += length + 1) {
		length = strcspn(p, ",");
		if (parse_id(option, p, length, of, &ids->ids[ids->count++], fail) == -1)
			return -1;
		if (p[length] == '\0')
			return 0;
	}
}

int
access_init(struct access_control *access_control, const struct options *o, struct fail *fail)
{
	*access_control = (struct access_control){ .require = o->require };
	if (o->require != NULL && access_check_kinds("require", o->require, fail) == -1)
		return -1;
	if (o->allow_uid != NULL && parse_ids("allow-uid", o->allow_uid, ID_USER, &access_control->users, fail) == -1)
		return -1;
	if (o->allow_gid != NULL && parse_ids("allow-gid", o->allow_gid, ID_GROUP, &access_control->groups, fail) == -1)
		return -1;
	return 0;
}

void
access_done(struct access_control *access_control)
{
	free(access_control->users.ids);
	free(access_control->groups.ids);
	*access_control = (struct access_control){ .require = NULL };
}

bool
access_needs_peer(const struct access_control *access_control)
{
	return access_control->users.count > 0 || access_control->groups.count > 0;
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
access_peer(const struct access_control *access_control, const struct peer *peer, struct fail *fail)
{
	char pid[32] = "pid not visible here";

	if (!access_needs_peer(access_control))
		return 0;
	if (!peer->known)
		return fail_msg(fail, "refused: the sender is unknown");
	if (is_listed(&access_control->users, peer->uid) || is_listed(&access_control->groups, peer->gid))
		return 0;
	if (peer->pid > 0)
		(void)snprintf(pid, sizeof(pid), "pid %d", (int)peer->pid);
	return fail_msg(fail, "refused: the sender (%s, uid %u, gid %u) is not allowed", pid, peer->uid, peer->gid);
}

int
access_descriptors(const struct access_control *access_control, const struct message *message, struct fail *fail)
{
	NO_AUTO_INIT struct fd_facts spare;
	const struct fd_facts *facts;
	char actual[128];
	size_t i;

	for (i = 0; access_control->require != NULL && i < fdpass_msg_fd_count(message->msg); i++) {
		facts = message_fd(message, i, &spare);
		if (facts != NULL && !kind_list_matches(access_control->require, facts)) {
			kind_actual(access_control->require, facts, actual, sizeof(actual));
			return fail_msg(fail, "refused: descriptor %zu of the message is %s, but only %s is allowed",
			    i + 1, actual, access_control->require);
		}
	}
	return 0;
}
