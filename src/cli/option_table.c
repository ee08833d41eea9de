/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>

#include "base/inherited.h"
#include "lib/fdpass.h"
#include "cli/option_values.h"
#include "cli/options.h"
#include "cli/verb.h"

#define BOTH_WAYS	 (VERB_RECV | VERB_SEND)
#define RECEIVES	 (VERB_RECV | VERB_SEND) /* send --reply receives */
#define LISTENS		 (VERB_RECV | VERB_SEND | VERB_RELAY | VERB_TTY | VERB_HOLD)
#define LISTENS_OR_OPENS (LISTENS | VERB_RUN | VERB_SHOW)
#define PLACES		 (VERB_RECV | VERB_RUN | VERB_SEND) /* send --reply ... -- COMMAND */
#define CONFINES	 (VERB_RECV | VERB_SEND | VERB_RELAY | VERB_SHOW | VERB_TTY)
#define SHOWS_MESSAGES	 (VERB_RECV | VERB_SEND | VERB_RELAY | VERB_WATCH)
#define SHOWS		 (VERB_RECV | VERB_SEND | VERB_RELAY | VERB_SHOW | VERB_WATCH)

/* In nanoseconds. The default of --busy-poll is roughly the time of a round trip through the scheduler. */
#define BUSY_POLL     100000
#define BUSY_POLL_MAX 1000000000

static int
set_listen(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->role_set = true;
	o->role = ROLE_LISTEN;
	return 0;
}

static int
set_connect(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->role_set = true;
	o->role = ROLE_CONNECT;
	return 0;
}

static int
set_type(struct options *o, const char *arg, struct fail *fail)
{
	return value_type(arg, &o->type, fail);
}

static int
set_wait(struct options *o, const char *arg, struct fail *fail)
{
	if (arg != NULL)
		return value_seconds("wait", arg, &o->wait, fail);
	o->wait = FDPASS_NEVER;
	return 0;
}

static int
set_mode(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	o->mode_set = true;
	return value_mode(arg, &o->mode, fail);
}

static int
set_owner(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	return value_id("owner", arg, ID_USER, &o->owner, fail);
}

static int
set_group(struct options *o, const char *arg, struct fail *fail)
{
	o->listen_set = true;
	return value_id("group", arg, ID_GROUP, &o->group, fail);
}

static int
set_ready_fd(struct options *o, const char *arg, struct fail *fail)
{
	if (value_descriptor("ready-fd", arg, &o->ready_fd, fail) == -1)
		return -1;
	return inherited_is(o->ready_fd) ? 0 :
					   fail_msg(fail, "--ready-fd=%s: descriptor %d is not open", arg, o->ready_fd);
}

static int
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

static int
set_json(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->dump = DUMP_JSON;
	return 0;
}

static int
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

static int
set_verbose(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->verbose = true;
	return 0;
}

static int
set_fds(struct options *o, const char *arg, struct fail *fail)
{
	o->fds_set = true;
	return value_fds(arg, &o->fds_min, &o->fds_max, fail);
}

static int
set_messages(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("messages", arg, 1, LLONG_MAX, &o->messages, fail);
}

static int
set_timeout(struct options *o, const char *arg, struct fail *fail)
{
	return value_seconds("timeout", arg, &o->timeout, fail);
}

static int
set_keep(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->keep = true;
	return 0;
}

static int
set_bufsize(struct options *o, const char *arg, struct fail *fail)
{
	uint64_t n = 0;

	o->bufsize_set = true;
	if (value_number("bufsize", arg, 0, INT_MAX, &n, fail) == -1)
		return -1;
	o->bufsize = (size_t)n;
	return 0;
}

static int
set_ancbufsize(struct options *o, const char *arg, struct fail *fail)
{
	uint64_t n = 0;

	o->ancbufsize_set = true;
	if (value_number("ancbufsize", arg, 0, INT_MAX, &n, fail) == -1)
		return -1;
	o->ancbufsize = (size_t)n;
	return 0;
}

static int
set_buffers(struct options *o, const char *arg, struct fail *fail)
{
	return value_buffers(arg, &o->buffers, &o->buffer_count, fail);
}

static int
set_flags(struct options *o, const char *arg, struct fail *fail)
{
	return value_flags(arg, &o->flags, fail);
}

static int
set_creds(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->creds_set = true;
	o->creds = arg;
	o->request |= REQUEST_CREDS;
	return 0;
}

#define SETS_REQUEST(name, bit) \
	static int set_##name(struct options *o, const char *arg, struct fail *fail) \
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

static int
set_setsockopt(struct options *o, const char *arg, struct fail *fail)
{
	if (*arg == '\0')
		return fail_msg(fail, "the argument of --setsockopt is empty");
	return value_append(&o->setsockopt, arg, fail);
}

#define SETS_STRING(name, field, option) \
	static int set_##name(struct options *o, const char *arg, struct fail *fail) \
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

/* Empty data is valid: an empty datagram. */
static int
set_data(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->data = arg;
	return 0;
}

static int
set_reply(struct options *o, const char *arg, struct fail *fail)
{
	(void)fail;
	o->reply_set = true;
	o->reply = arg;
	return 0;
}

SETS_STRING(detach_keys, detach_keys, "detach-keys")

static int
set_until(struct options *o, const char *arg, struct fail *fail)
{
	if (*arg == '\0' || strlen(arg) > UNTIL_MAX)
		return fail_msg(fail, "invalid argument for --until: expected 1 to %d bytes", UNTIL_MAX);
	o->until = arg;
	return 0;
}

static int
set_names(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->names = true;
	return 0;
}

static int
set_fd(struct options *o, const char *arg, struct fail *fail)
{
	return value_place(arg, o, fail);
}

static int
set_stdin(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("0", o, fail);
}

static int
set_stdout(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("1", o, fail);
}

static int
set_stderr(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("2", o, fail);
}

static int
set_keep_socket(struct options *o, const char *arg, struct fail *fail)
{
	o->keep_socket = true;
	return arg != NULL ? value_descriptor("keep-socket", arg, &o->keep_socket_number, fail) : 0;
}

static int
set_inherit(struct options *o, const char *arg, struct fail *fail)
{
	return value_inherit(arg, o, fail);
}

static int
set_spawn(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->spawn = true;
	return 0;
}

static int
set_on_demand(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->on_demand = true;
	return 0;
}

static int
set_accept(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->accept = true;
	return 0;
}

static int
set_inetd(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	return value_place("0,1", o, fail);
}

static int
set_max_children(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-children", arg, 1, INT_MAX, &o->max_children, fail);
}

static int
set_setenv(struct options *o, const char *arg, struct fail *fail)
{
	const char *equals = strchr(arg, '=');

	if (equals == NULL || !value_variable_ok(arg, (size_t)(equals - arg)))
		return fail_msg(fail, "invalid argument '%s' for --setenv: expected NAME=VALUE", arg);
	return value_append(&o->setenv, arg, fail);
}

/* N limits the whole store, NAME:N the descriptors with one name. */
static int
set_max_fds(struct options *o, const char *arg, struct fail *fail)
{
	const char *colon = strchr(arg, ':');
	size_t length = colon != NULL ? (size_t)(colon - arg) : 0;
	uint64_t n = 0;
	char name[256];

	if (colon != NULL) {
		if (length >= sizeof(name))
			return fail_msg(fail, "--max-fds=%s: invalid name", arg);
		memcpy(name, arg, length);
		name[length] = '\0';
		if (!handover_name_ok(name))
			return fail_msg(fail, "--max-fds=%s: invalid name", arg);
	}
	if (value_number("max-fds", colon != NULL ? colon + 1 : arg, 1, INT_MAX, &n, fail) == -1)
		return -1;
	return value_append(&o->max_fds, arg, fail);
}

static int
set_replace(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->replace = true;
	return 0;
}

static int
set_restart(struct options *o, const char *arg, struct fail *fail)
{
	if (strcmp(arg, "no") != 0 && strcmp(arg, "on-failure") != 0 && strcmp(arg, "always") != 0)
		return fail_msg(
		    fail, "invalid argument '%s' for --restart: expected 'no', 'on-failure' or 'always'", arg);
	o->restart = arg;
	return 0;
}

static int
set_max_connections(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-connections", arg, 1, INT_MAX, &o->max_connections, fail);
}

static int
set_only_fds(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->only_fds = true;
	return 0;
}

static int
set_max_data(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("max-data", arg, 0, INT_MAX, &o->max_data, fail);
}

static int
set_busy_poll(struct options *o, const char *arg, struct fail *fail)
{
	o->busy_poll = BUSY_POLL;
	if (arg != NULL && value_seconds("busy-poll", arg, &o->busy_poll, fail) == -1)
		return -1;
	if (o->busy_poll > BUSY_POLL_MAX)
		return fail_msg(fail, "invalid argument '%s' for --busy-poll: the maximum is 1 s", arg);
	return 0;
}

static int
set_connections(struct options *o, const char *arg, struct fail *fail)
{
	return value_number("connections", arg, 1, LLONG_MAX, &o->connections, fail);
}

static int
set_half_close(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->half_close = true;
	return 0;
}

static int
set_all(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->all = true;
	return 0;
}

static int
set_no_follow(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->no_follow = true;
	return 0;
}

static int
set_no_stdin(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->no_stdin = true;
	return 0;
}

static int
set_no_sandbox(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->no_sandbox = true;
	return 0;
}

#define SETS_FLAG(name) \
	static int set_##name(struct options *o, const char *arg, struct fail *fail) \
	{ \
		(void)arg; \
		(void)fail; \
		o->name = true; \
		return 0; \
	}

SETS_FLAG(tree)
SETS_FLAG(table)
SETS_FLAG(peers)

static int
set_help(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->help = true;
	return 0;
}

static int
set_version(struct options *o, const char *arg, struct fail *fail)
{
	(void)arg;
	(void)fail;
	o->version = true;
	return 0;
}

/* Columns that most rows omit come last and are set by name. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
const struct option_row option_table[] = {
	{ GROUP_SOCKET, "listen", 'l', ARG_NONE, NULL, BOTH_WAYS | VERB_TTY, false, set_listen,
	    "listen on ADDRESS (default)|send:listen on ADDRESS instead of connecting", .excludes = "connect" },
	{ GROUP_SOCKET, "connect", 'c', ARG_NONE, NULL, BOTH_WAYS | VERB_TTY, false, set_connect,
	    "connect to ADDRESS instead of listening|send:connect to ADDRESS (default)" },
	{ GROUP_SOCKET, "type", 't', ARG_NEEDED, "TYPE", LISTENS_OR_OPENS, false, set_type,
	    "socket type: stream, seqpacket or dgram" },
	{ GROUP_SOCKET, "wait", 0, ARG_MAYBE, "SECONDS", BOTH_WAYS | VERB_RELAY | VERB_TTY, false, set_wait,
	    "retry until somebody listens, up to SECONDS" },
	{ GROUP_SOCKET, "mode", 'm', ARG_NEEDED, "MODE", LISTENS_OR_OPENS, false, set_mode,
	    "permissions of a listening path (0600)" },
	{ GROUP_RARE, "owner", 0, ARG_NEEDED, "USER", LISTENS_OR_OPENS, false, set_owner, "owner of a listening path" },
	{ GROUP_RARE, "group", 0, ARG_NEEDED, "GROUP", LISTENS_OR_OPENS, false, set_group,
	    "group of a listening path" },
	{ GROUP_SOCKET, "ready-fd", 0, ARG_NEEDED, "N", LISTENS | VERB_RUN | VERB_WATCH, false, set_ready_fd,
	    "write a newline to N once peers can connect|watch:write a newline to N once the processes are traced",
	    .needs = "run:on-demand,accept" },
	{ GROUP_SOCKET, "timeout", 'w', ARG_NEEDED, "SECONDS", BOTH_WAYS | VERB_TTY, false, set_timeout,
	    "exit with status 124 after SECONDS" },
	{ GROUP_SOCKET, "keep", 'k', ARG_NONE, NULL, BOTH_WAYS | VERB_TTY | VERB_RUN, false, set_keep,
	    "accept further connections|run:wait again when COMMAND exits", .needs = "run:on-demand,accept" },

	{ GROUP_SHOWN, "dump-cmsg", 0, ARG_MAYBE, "text|json", SHOWS, false, set_dump,
	    "show messages in full, as text or JSON|show:show descriptors as text or JSON", .needs = "send:reply" },
	{ GROUP_SHOWN, "json", 0, ARG_NONE, NULL, SHOWS, false, set_json, "the same as JSON, one object per line",
	    .needs = "send:reply" },
	{ GROUP_SHOWN, "only-fds", 0, ARG_NONE, NULL, SHOWS_MESSAGES, false, set_only_fds,
	    "show only messages with ancillary data", .needs = "send:reply relay:dump-cmsg,json" },
	{ GROUP_SHOWN, "max-data", 0, ARG_NEEDED, "BYTES", SHOWS_MESSAGES, false, set_max_data,
	    "show at most BYTES of each message's data", .needs = "send:reply relay:dump-cmsg,json" },
	{ GROUP_RARE, "color", 0, ARG_MAYBE, "WHEN", SHOWS, false, set_colour, "auto (default), always or never",
	    .needs = "send:reply" },

	{ GROUP_SHOWN, "table", 0, ARG_NONE, NULL, VERB_SHOW, false, set_table, "show one row each, in columns",
	    .excludes = "json" },
	{ GROUP_SHOWN, "only", 0, ARG_NEEDED, "KIND,...", VERB_SHOW | VERB_WATCH, false, set_only,
	    "show only descriptors of these kinds|watch:show only messages with such descriptors" },
	{ GROUP_SHOWN, "tree", 0, ARG_NONE, NULL, VERB_SHOW, false, set_tree,
	    "with pid:PID: show those of its descendants, too" },
	{ GROUP_SHOWN, "peers", 0, ARG_NONE, NULL, VERB_SHOW, false, set_peers,
	    "show who else holds it, or its other end" },

	{ GROUP_MESSAGE, "fds", 'n', ARG_NEEDED, "N|N+|N-M", RECEIVES, false, set_fds,
	    "number of descriptors expected; refuse others", .needs = "send:reply" },
	{ GROUP_RARE, "messages", 0, ARG_NEEDED, "N", RECEIVES, false, set_messages, "exit after N messages",
	    .needs = "send:reply" },
	{ GROUP_MESSAGE, "data", 'd', ARG_NEEDED, "|recv:DEST|send:TEXT", BOTH_WAYS, false, set_data,
	    "data goes to stdin, fd:N, env:VAR, file:PATH or -|send:send TEXT; @FILE sends a file, @- standard input" },
	{ GROUP_MESSAGE, "send", 0, ARG_NEEDED, "TEXT|@FILE", VERB_RECV, false, set_send,
	    "send TEXT before receiving" },
	{ GROUP_RARE, "until", 0, ARG_NEEDED, "TEXT", VERB_RECV, false, set_until,
	    "receive until TEXT was among the data", .excludes = "buffers" },
	{ GROUP_RARE, "names", 0, ARG_NONE, NULL, BOTH_WAYS, false, set_names,
	    "take the names of the descriptors from the data|send:send the names of the descriptors, too",
	    .command = VERB_RECV },
	{ GROUP_MESSAGE, "reply", 0, ARG_MAYBE, "DEST", VERB_SEND, false, set_reply,
	    "show the reply, or copy its data to DEST" },
	{ GROUP_RARE, "half-close", 'N', ARG_NONE, NULL, BOTH_WAYS, false, set_half_close,
	    "shut down the sending direction after sending" },
	{ GROUP_RARE, "bufsize", 0, ARG_NEEDED, "BYTES", RECEIVES, false, set_bufsize,
	    "size of the data buffer (262144)", .needs = "send:reply" },
	{ GROUP_RARE, "ancbufsize", 0, ARG_NEEDED, "BYTES", RECEIVES, false, set_ancbufsize,
	    "size of the control buffer (4096)", .needs = "send:reply" },
	{ GROUP_RARE, "buffers", 0, ARG_NEEDED, "N,N,...", RECEIVES, false, set_buffers,
	    "scatter data into buffers of these sizes", .needs = "send:reply", .excludes = "bufsize" },
	{ GROUP_RARE, "flags", 0, ARG_NEEDED, "FLAG,...", RECEIVES, false, set_flags,
	    "recvmsg flags: peek, waitall, dontwait, oob, trunc, ...", .needs = "send:reply" },
	{ GROUP_MESSAGE, "creds", 0, ARG_MAYBE, "|send:PID:UID:GID", BOTH_WAYS | VERB_RELAY, false, set_creds,
	    "request the sender's credentials|send:attach our credentials, or these" },
	{ GROUP_RARE, "pidfd", 0, ARG_NONE, NULL, RECEIVES | VERB_RELAY, false, set_pidfd,
	    "request a pidfd of the sender", .needs = "send:reply" },
	{ GROUP_RARE, "security", 0, ARG_NONE, NULL, RECEIVES | VERB_RELAY, false, set_security,
	    "request the sender's security label", .needs = "send:reply" },
	{ GROUP_RARE, "timestamps", 0, ARG_NONE, NULL, RECEIVES, false, set_timestamps, "request timestamps",
	    .needs = "send:reply" },
	{ GROUP_RARE, "inq", 0, ARG_NONE, NULL, RECEIVES, false, set_inq, "request the number of unread bytes (stream)",
	    .needs = "send:reply" },
	{ GROUP_RARE, "no-rights", 0, ARG_NONE, NULL, RECEIVES | VERB_RELAY, false, set_no_rights, "refuse descriptors",
	    .needs = "send:reply" },
	{ GROUP_RARE, "setsockopt", 0, ARG_NEEDED, "LEVEL:NAME[=VALUE]", RECEIVES, true, set_setsockopt,
	    "set a socket option" },
	{ GROUP_MESSAGE, "require", 0, ARG_NEEDED, "KIND,...", RECEIVES | VERB_HOLD, false, set_require,
	    "refuse descriptors of other kinds", .needs = "send:reply" },
	{ GROUP_MESSAGE, "allow-uid", 0, ARG_NEEDED, "USER,...",
	    RECEIVES | VERB_RELAY | VERB_TTY | VERB_RUN | VERB_HOLD, false, set_allow_uid,
	    "refuse senders with other user IDs|run:refuse peers with other user IDs|send:refuse receivers with other user IDs",
	    .needs = "run:accept" },
	{ GROUP_RARE, "allow-gid", 0, ARG_NEEDED, "GROUP,...", RECEIVES | VERB_RELAY | VERB_TTY | VERB_RUN | VERB_HOLD,
	    false, set_allow_gid,
	    "refuse senders with other group IDs|run:refuse peers with other group IDs|send:refuse receivers with other group IDs",
	    .needs = "run:accept" },

	{ GROUP_PROGRAM, "fd", 'f', ARG_NEEDED, "N,...[=NAME]|$VAR", PLACES, true, set_fd,
	    "place the next descriptor at N; once for each", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_PROGRAM, "stdin", 'i', ARG_NONE, NULL, PLACES, false, set_stdin,
	    "place the next descriptor on standard input", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_RARE, "stdout", 'o', ARG_NONE, NULL, PLACES, false, set_stdout,
	    "place the next descriptor on standard output", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_RARE, "stderr", 'e', ARG_NONE, NULL, PLACES, false, set_stderr,
	    "place the next descriptor on standard error", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_PROGRAM, "keep-socket", 0, ARG_MAYBE, "N", VERB_RECV | VERB_SEND, false, set_keep_socket,
	    "pass the connection to COMMAND, too", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_PROGRAM, "inherit", 0, ARG_NEEDED, "N,...|all", PLACES | VERB_HOLD, false, set_inherit,
	    "inherited descriptors to pass to COMMAND", .needs = "send:reply", .command = VERB_ALL },
	{ GROUP_PROGRAM, "on-demand", 0, ARG_NONE, NULL, VERB_RUN, false, set_on_demand,
	    "start COMMAND once a descriptor is readable" },
	{ GROUP_PROGRAM, "accept", 0, ARG_NONE, NULL, VERB_RUN, false, set_accept,
	    "start COMMAND for each connection, as its fd 3", .excludes = "on-demand" },
	{ GROUP_PROGRAM, "inetd", 0, ARG_NONE, NULL, VERB_RUN, false, set_inetd,
	    "the same as --fd=0,1: standard input and output" },
	{ GROUP_PROGRAM, "spawn", 0, ARG_NONE, NULL, VERB_RECV, false, set_spawn,
	    "run COMMAND for each message with descriptors", .command = VERB_ALL },
	{ GROUP_RARE, "max-children", 0, ARG_NEEDED, "N", VERB_RECV | VERB_RUN, false, set_max_children,
	    "run at most N children concurrently (16)", .needs = "recv:spawn run:accept" },
	{ GROUP_PROGRAM, "setenv", 0, ARG_NEEDED, "NAME=VALUE", PLACES | VERB_HOLD, true, set_setenv,
	    "set a variable for COMMAND; {fd} is the number", .needs = "send:reply", .command = VERB_ALL },

	{ GROUP_OTHER, "max-connections", 0, ARG_NEEDED, "N", VERB_RELAY, false, set_max_connections,
	    "serve at most N clients concurrently" },
	{ GROUP_RARE, "busy-poll", 0, ARG_MAYBE, "SECONDS", VERB_RELAY, false, set_busy_poll,
	    "poll for up to SECONDS after each message (0.0001)" },
	{ GROUP_SOCKET, "connections", 0, ARG_NEEDED, "N", VERB_RELAY | VERB_SEND | VERB_RUN, false, set_connections,
	    "exit after N clients", .needs = "run:accept" },
	{ GROUP_SHOWN, "all", 0, ARG_NONE, NULL, VERB_WATCH, false, set_all, "also messages without control messages" },
	{ GROUP_SHOWN, "output", 0, ARG_NEEDED, "FILE", VERB_WATCH, false, set_output, "show them in FILE" },
	{ GROUP_OTHER, "no-follow", 0, ARG_NONE, NULL, VERB_WATCH, false, set_no_follow,
	    "do not follow the processes that it forks" },
	{ GROUP_OTHER, "no-stdin", 0, ARG_NONE, NULL, VERB_TTY, false, set_no_stdin, "do not read standard input" },
	{ GROUP_OTHER, "detach-keys", 0, ARG_NEEDED, "KEYS", VERB_TTY, false, set_detach_keys,
	    "detach when KEYS are typed, such as ctrl-p,ctrl-q" },
	{ GROUP_OTHER, "pid-file", 0, ARG_NEEDED, "PATH", VERB_TTY, false, set_pid_file,
	    "write the process ID to PATH" },

	{ GROUP_PROGRAM, "restart", 0, ARG_NEEDED, "WHEN", VERB_HOLD, false, set_restart,
	    "restart COMMAND: no (default), on-failure, always", .command = VERB_ALL },
	{ GROUP_SOCKET, "replace", 0, ARG_NONE, NULL, VERB_HOLD, false, set_replace,
	    "take over from the keeper at ADDRESS, if any" },
	{ GROUP_MESSAGE, "max-fds", 0, ARG_NEEDED, "[NAME:]N", VERB_HOLD, true, set_max_fds,
	    "keep at most N descriptors (512)" },

	{ GROUP_OTHER, "verbose", 'v', ARG_NONE, NULL, VERB_ALL, false, set_verbose,
	    "print details on standard error" },
	{ GROUP_RARE, "no-sandbox", 0, ARG_NONE, NULL, CONFINES | VERB_HOLD, false, set_no_sandbox,
	    "do not apply seccomp and Landlock" },
	{ GROUP_RARE, "help", 'h', ARG_NONE, NULL, VERB_ALL, false, set_help, "show this help" },
	{ GROUP_RARE, "version", 'V', ARG_NONE, NULL, VERB_ALL, false, set_version,
	    "show the version and the compiled-in features" },
};

const size_t option_row_count = sizeof(option_table) / sizeof(option_table[0]);
