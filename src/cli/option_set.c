/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>

#include "base/inherited.h"
#include "lib/fdpass.h"
#include "cli/option_set.h"
#include "cli/option_values.h"

/*
 * Times in nanoseconds. The default of --busy-poll is approximately the time that two processes need to wake each
 * other.
 */
#define BUSY_POLL     100000
#define BUSY_POLL_MAX 1000000000

#define SETS_FLAG(name) \
	int set_##name(struct options *o, const char *arg, struct fail *fail) \
	{ \
		(void)arg; \
		(void)fail; \
		o->name = true; \
		return 0; \
	}

SETS_FLAG(verbose)
SETS_FLAG(keep)
SETS_FLAG(names)
SETS_FLAG(spawn)
SETS_FLAG(on_demand)
SETS_FLAG(accept)
SETS_FLAG(replace)
SETS_FLAG(only_fds)
SETS_FLAG(half_close)
SETS_FLAG(own_creds)
SETS_FLAG(all)
SETS_FLAG(no_follow)
SETS_FLAG(no_stdin)
SETS_FLAG(no_sandbox)
SETS_FLAG(help)
SETS_FLAG(version)
SETS_FLAG(tree)
SETS_FLAG(table)
SETS_FLAG(peers)

#define SETS_REQUEST(name, bit) \
	int set_##name(struct options *o, const char *arg, struct fail *fail) \
	{ \
		(void)arg; \
		(void)fail; \
		o->request |= (bit); \
		return 0; \
	}

SETS_REQUEST(pidfd, REQUEST_PIDFD)
SETS_REQUEST(security, REQUEST_SECURITY)
SETS_REQUEST(timestamps, REQUEST_TIMESTAMPS)
SETS_REQUEST(inq, REQUEST_INQ)
SETS_REQUEST(no_rights, REQUEST_NO_RIGHTS)

#define SETS_STRING(name, field, option) \
	int set_##name(struct options *o, const char *arg, struct fail *fail) \
	{ \
		if (*arg == '\0') \
			return fail_msg(fail, "the argument of --" option " is empty"); \
		o->field = arg; \
		return 0; \
	}

SETS_STRING(require, require, "require")
SETS_STRING(allow_uid, allow_uid, "allow-uid")
SETS_STRING(allow_gid, allow_gid, "allow-gid")
SETS_STRING(send, send, "send")
SETS_STRING(pid_file, pid_file, "pid-file")
SETS_STRING(only, only, "only")
SETS_STRING(output, output, "output")
SETS_STRING(detach_keys, detach_keys, "detach-keys")

int
set_listen(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->role_set = true;
	o->role = ROLE_LISTEN;
	return 0;
}

int
set_connect(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->role_set = true;
	o->role = ROLE_CONNECT;
	return 0;
}

int
set_type(struct options *o, const char *arg, struct fail *fail)
{
	return value_type(arg, &o->type, fail);
}

int
set_wait(struct options *o, const char *arg, struct fail *fail)
{
	if (arg != NULL)
		return value_seconds("wait", arg, &o->wait, fail);
	o->wait = FDPASS_NEVER;
	return 0;
}

int
set_mode(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	o->mode_set = true;
	return value_mode(arg, &o->mode, fail);
}

int
set_owner(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	return value_id("owner", arg, ID_USER, &o->owner, fail);
}

int
set_group(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	return value_id("group", arg, ID_GROUP, &o->group, fail);
}

int
set_ready_fd(struct options *o, const char *arg, struct fail *fail)
{
	if (value_descriptor("ready-fd", arg, &o->ready_fd, fail) == -1)
		return -1;
	return inherited_is(o->ready_fd) ? 0 :
					   fail_msg(fail, "--ready-fd=%s: descriptor %d is not open", arg, o->ready_fd);
}

int
set_dump(struct options *o, const char *arg, struct fail *fail)
{
	if (arg == NULL || strcmp(arg, "text") == 0)
		o->dump = DUMP_TEXT;
	else if (strcmp(arg, "json") == 0)
		o->dump = DUMP_JSON;
	else
		return fail_msg(fail, "invalid argument '%s' for --dump-cmsg: expected 'text' or 'json'", arg);
	return 0;
}

int
set_json(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->dump = DUMP_JSON;
	return 0;
}

int
set_colour(struct options *o, const char *arg, struct fail *fail)
{
	if (arg == NULL || strcmp(arg, "always") == 0)
		o->colour = COLOUR_ALWAYS;
	else if (strcmp(arg, "auto") == 0)
		o->colour = COLOUR_AUTO;
	else if (strcmp(arg, "never") == 0)
		o->colour = COLOUR_NEVER;
	else
		return fail_msg(fail, "invalid argument '%s' for --color: expected 'auto', 'always' or 'never'", arg);
	return 0;
}

int
set_fds(struct options *o, const char *arg, struct fail *fail)
{
	o->fds_set = true;
	return value_fds(arg, &o->fds_min, &o->fds_max, fail);
}

int
set_messages(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("messages", arg, 1, LLONG_MAX, &o->messages, fail);
}

int
set_timeout(struct options *o, const char *arg, struct fail *fail)
{
	return value_seconds("timeout", arg, &o->timeout, fail);
}

int
set_bufsize(struct options *o, const char *arg, struct fail *fail)
{
	uint64_t n = 0;

	o->bufsize_set = true;
	if (value_number("bufsize", arg, 0, INT_MAX, &n, fail) == -1)
		return -1;
	o->bufsize = (size_t)n;
	return 0;
}

int
set_ancbufsize(struct options *o, const char *arg, struct fail *fail)
{
	uint64_t n = 0;

	o->ancbufsize_set = true;
	if (value_number("ancbufsize", arg, 0, INT_MAX, &n, fail) == -1)
		return -1;
	o->ancbufsize = (size_t)n;
	return 0;
}

int
set_buffers(struct options *o, const char *arg, struct fail *fail)
{
	return value_buffers(arg, &o->buffers, &o->buffer_count, fail);
}

int
set_flags(struct options *o, const char *arg, struct fail *fail)
{
	return value_flags(arg, &o->flags, fail);
}

int
set_creds(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->creds_set = true;
	o->creds = arg;
	o->request |= REQUEST_CREDS;
	return 0;
}

int
set_setsockopt(struct options *o, const char *arg, struct fail *fail)
{
	if (*arg == '\0')
		return fail_msg(fail, "the argument of --setsockopt is empty");
	return value_append(&o->setsockopt, arg, fail);
}

/* Stores the argument of --data. An empty argument of --data is valid, and is sent as an empty datagram. */
int
set_data(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->data = arg;
	return 0;
}

int
set_reply(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->reply_set = true;
	o->reply = arg;
	return 0;
}

int
set_until(struct options *o, const char *arg, struct fail *fail)
{
	if (*arg == '\0' || strlen(arg) > UNTIL_MAX)
		return fail_msg(fail, "invalid argument for --until: expected 1 to %d bytes", UNTIL_MAX);
	o->until = arg;
	return 0;
}

int
set_fd(struct options *o, const char *arg, struct fail *fail)
{
	return value_place(arg, o, fail);
}

int
set_stdin(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("0", o, fail);
}

int
set_stdout(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("1", o, fail);
}

int
set_stderr(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("2", o, fail);
}

int
set_keep_socket(struct options *o, const char *arg, struct fail *fail)
{
	o->keep_socket = true;
	return arg != NULL ? value_descriptor("keep-socket", arg, &o->keep_socket_number, fail) : 0;
}

int
set_inherit(struct options *o, const char *arg, struct fail *fail)
{
	return value_inherit(arg, o, fail);
}

int
set_inetd(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("0,1", o, fail);
}

int
set_max_children(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-children", arg, 1, INT_MAX, &o->max_children, fail);
}

int
set_setenv(struct options *o, const char *arg, struct fail *fail)
{
	const char *equals = strchr(arg, '=');

	if (equals == NULL || !value_variable_ok(arg, (size_t)(equals - arg)))
		return fail_msg(fail, "invalid argument '%s' for --setenv: expected NAME=VALUE", arg);
	return value_append(&o->setenv, arg, fail);
}

/*
 * Returns true if --max-fds was already specified for the name of LENGTH bytes at NAME; LENGTH is 0 for a limit without
 * a name.
 */
static bool
has_max_fds(const struct options *o, const char *name, size_t length)
{
	const char *colon, *item;
	size_t i, item_length;

	for (i = 0; i < o->max_fds.count; i++) {
		item = o->max_fds.items[i];
		colon = strchr(item, ':');
		item_length = colon != NULL ? (size_t)(colon - item) : 0;
		if (item_length == length && strncmp(item, name, length) == 0)
			return true;
	}
	return false;
}

/*
 * Stores the argument of --max-fds. The argument N limits all descriptors in the store; NAME:N limits the descriptors
 * with this name.
 */
int
set_max_fds(struct options *o, const char *arg, struct fail *fail)
{
	const char *colon = strchr(arg, ':');
	size_t length = colon != NULL ? (size_t)(colon - arg) : 0;
	uint64_t n = 0;
	char name[256];

	if (colon != NULL) {
		if (length >= sizeof(name))
			return fail_msg(fail, "invalid argument '%s' for --max-fds: the name is too long", arg);
		memcpy(name, arg, length);
		name[length] = '\0';
		if (!handover_name_ok(name))
			return fail_msg(fail,
			    "invalid argument '%s' for --max-fds: expected printable ASCII characters before the colon",
			    arg);
	}
	if (value_number("max-fds", colon != NULL ? colon + 1 : arg, 1, INT_MAX, &n, fail) == -1)
		return -1;
	if (has_max_fds(o, arg, length))
		return fail_msg(fail, "--max-fds was specified twice%s%.*s%s", colon != NULL ? " for the name '" : "",
		    (int)length, arg, colon != NULL ? "'" : "");
	return value_append(&o->max_fds, arg, fail);
}

int
set_restart(struct options *o, const char *arg, struct fail *fail)
{
	if (strcmp(arg, "no") != 0 && strcmp(arg, "on-failure") != 0 && strcmp(arg, "always") != 0)
		return fail_msg(
		    fail, "invalid argument '%s' for --restart: expected 'no', 'on-failure' or 'always'", arg);
	o->restart = arg;
	return 0;
}

int
set_max_connections(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-connections", arg, 1, INT_MAX, &o->max_connections, fail);
}

int
set_max_data(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-data", arg, 0, INT_MAX, &o->max_data, fail);
}

int
set_busy_poll(struct options *o, const char *arg, struct fail *fail)
{
	o->busy_poll = BUSY_POLL;
	if (arg != NULL && value_seconds("busy-poll", arg, &o->busy_poll, fail) == -1)
		return -1;
	if (o->busy_poll > BUSY_POLL_MAX)
		return fail_msg(fail, "invalid argument '%s' for --busy-poll: the maximum is 1 s", arg);
	return 0;
}

int
set_connections(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("connections", arg, 1, LLONG_MAX, &o->connections, fail);
}
