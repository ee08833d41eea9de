/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"
#include "base/num.h"
#include "net/addr.h"
#include "net/listenfds.h"

#define ABSTRACT_MAX sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* Maximum number of nested env: addresses. The value of the variable A in env:A can be another env: address. */
#define ENV_DEPTH 8

static int parse_as(struct addr *, const char *, const char *, int, struct fail *);

static const char *
after(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool
prefixed(const char *text)
{
	static const char *const prefixes[] = { "unix:", "abns@", "fd:", "listen:", "env:" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (after(text, prefixes[i]) != NULL)
			return true;
	return false;
}

bool
addr_is_clear(const char *text)
{
	if (addr_unknown_prefix(text) > 0)
		return false;
	return strchr(text, '/') != NULL || *text == '@' || strcmp(text, "-") == 0 || prefixed(text);
}

size_t
addr_unknown_prefix(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return length > 0 && *text != '-' && text[length] == ':' && !prefixed(text) ? length + 1 : 0;
}

static int
take_path(struct addr *addr, const char *path, struct fail *fail)
{
	addr->kind = ADDR_PATH;
	addr->length = strlen(path);
	if (addr->length >= PATH_MAX)
		return fail_msg(fail, "%.40s...: a path must have at most %d bytes, but this one has %zu", addr->text,
		    PATH_MAX - 1, addr->length);
	addr->name = strdup(path);
	return addr->name != NULL ? 0 : fail_errno(fail, "%s", addr->text);
}

/*
 * Stores the abstract name NAME, which does not include the leading NUL byte. If TOTAL is not 0, pads the abstract name
 * with NUL bytes to TOTAL bytes.
 */
static int
take_abstract(struct addr *addr, const char *name, size_t total, struct fail *fail)
{
	size_t length = strlen(name);

	if (length == 0)
		return fail_msg(fail, "%s: missing abstract name", addr->text);
	if (length > ABSTRACT_MAX - 1)
		return fail_msg(fail, "%.150s: an abstract name must have at most %zu bytes, but this one has %zu",
		    addr->text, ABSTRACT_MAX - 1, length);
	addr->kind = ADDR_ABSTRACT;
	addr->length = total != 0 ? total : length + 1;
	addr->name = calloc(1, addr->length + 1);
	if (addr->name == NULL)
		return fail_errno(fail, "%s", addr->text);
	memcpy(addr->name + 1, name, length);
	return 0;
}

static int
take_fd(struct addr *addr, int fd, struct fail *fail)
{
	socklen_t length = sizeof(int);
	int type;

	addr->kind = ADDR_FD;
	addr->fd = fd;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0)
		return 0;
	if (errno == EBADF)
		return fail_msg(fail, "%s: descriptor %d is not open, or is open with O_PATH", addr->text, fd);
	if (errno == ENOTSOCK)
		return fail_msg(fail, "%s: descriptor %d is not a socket", addr->text, fd);
	return fail_errno(fail, "%s", addr->text);
}

static int
take_number(struct addr *addr, const char *digits, struct fail *fail)
{
	const char *why;
	long long fd;

	if (*digits == '\0')
		return fail_msg(fail, "%s: missing descriptor number", addr->text);
	if (num_parse(digits, 0, INT_MAX, &fd, &why) == -1)
		return fail_msg(fail, "%s: '%s' %s", addr->text, digits, why);
	return take_fd(addr, (int)fd, fail);
}

static int
take_listenfd(struct addr *addr, const char *what, struct fail *fail)
{
	struct fail reason;
	int fd;

	if (*what == '\0')
		return fail_msg(fail, "%s: missing name or position", addr->text);
	fd = listenfds_find(what, &reason);
	if (fd == -1)
		return fail_msg(fail, "%s: %s", addr->text, reason.text);
	return take_fd(addr, fd, fail);
}

/* The depth of the recursion is at most ENV_DEPTH. NOLINTBEGIN(misc-no-recursion) */
static int
take_variable(struct addr *addr, const char *variable, int depth, struct fail *fail)
{
	const char *value;

	if (*variable == '\0' || strchr(variable, '=') != NULL)
		return fail_msg(fail, "%s: invalid variable name", addr->text);
	if (depth == ENV_DEPTH)
		return fail_msg(fail, "%s: too many levels of env:", addr->text);
	value = getenv(variable);
	if (value == NULL)
		return fail_msg(fail, "%s: %s is not set in the environment", addr->text, variable);
	if (*value == '\0')
		return fail_msg(fail, "%s: %s is empty in the environment", addr->text, variable);
	return parse_as(addr, value, variable, depth + 1, fail);
}

/*
 * Parses the address TEXT. If VARIABLE is not NULL, TEXT is the value of this environment variable. Sets addr->text to
 * the address as the user wrote it.
 */
static int
parse_as(struct addr *addr, const char *text, const char *variable, int depth, struct fail *fail)
{
	const char *rest, *path = text;
	char *written;

	if (variable != NULL) {
		/* Messages contain both the variable and its value, as in "env:VAR (/run/x.sock)". */
		written = malloc(strlen(addr->text) + strlen(text) + sizeof(" ()"));
		if (written == NULL)
			return fail_errno(fail, "%s", addr->text);
		(void)stpcpy(stpcpy(stpcpy(stpcpy(written, addr->text), " ("), text), ")");
		free(addr->text);
		addr->text = written;
	}
	if (*text == '\0')
		return fail_msg(fail, "empty ADDRESS");
	if (strcmp(text, "-") == 0)
		return take_fd(addr, 0, fail);
	if ((rest = after(text, "fd:")) != NULL)
		return take_number(addr, rest, fail);
	if ((rest = after(text, "listen:")) != NULL)
		return take_listenfd(addr, rest, fail);
	if ((rest = after(text, "env:")) != NULL)
		return take_variable(addr, rest, depth, fail);
	if ((rest = after(text, "abns@")) != NULL)
		return take_abstract(addr, rest, ABSTRACT_MAX, fail);
	if ((rest = after(text, "unix:")) != NULL) {
		if (*rest == '\0')
			return fail_msg(fail, "%s: missing path or @name", addr->text);
		path = rest;
	}
	if (*path == '@')
		return take_abstract(addr, path + 1, 0, fail);
	if (path == text && addr_unknown_prefix(text) > 0)
		return fail_msg(fail, "%s: '%.*s' is not an ADDRESS prefix; for a file of that name write ./%s",
		    addr->text, (int)addr_unknown_prefix(text), text, text);
	return take_path(addr, path, fail);
}
/* NOLINTEND(misc-no-recursion) */

int
addr_parse(struct addr *addr, const char *text, struct fail *fail)
{
	memset(addr, 0, sizeof(*addr));
	addr->fd = -1;
	addr->text = strdup(text);
	if (addr->text == NULL)
		return fail_errno(fail, "%s", text);
	if (parse_as(addr, text, NULL, 0, fail) == 0)
		return 0;
	addr_done(addr);
	return -1;
}

void
addr_done(struct addr *addr)
{
	free(addr->text);
	free(addr->name);
	addr->text = NULL;
	addr->name = NULL;
	addr->fd = -1;
}
