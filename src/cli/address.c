/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/helper.h"
#include "source/source.h"
#include "cli/address.h"
#include "cli/cleanup.h"
#include "cli/message.h"

/* Address types of socat, and the equivalent options of fdpass. */
static const struct {
	const char *word, *option;
} socat_words[] = { { "unix-listen:", "--listen" }, { "unix-connect:", "--connect" }, { "unix-client:", "--connect" },
	{ "unix-recv:", "--listen --type=dgram" }, { "unix-recvfrom:", "--listen --type=dgram" },
	{ "unix-sendto:", "--connect --type=dgram" }, { "unix:", "--connect" }, { "abstract-listen:", "--listen" },
	{ "abstract-connect:", "--connect" }, { "abstract-client:", "--connect" },
	{ "abstract-recv:", "--listen --type=dgram" }, { "abstract-recvfrom:", "--listen --type=dgram" },
	{ "abstract-sendto:", "--connect --type=dgram" } };

/* Reports that an ADDRESS has socat's syntax, and suggests the equivalent ADDRESS and option of fdpass. */
static int
socat_failed(const char *text, size_t row, const char *verb, struct fail *fail)
{
	const char *rest = text + strlen(socat_words[row].word);
	const char *option = socat_words[row].option;
	bool abstract = socat_words[row].word[0] == 'a';

	/* The verbs relay and hold do not have the options --listen and --connect, which select the role. */
	if (strcmp(verb, "relay") == 0 || strcmp(verb, "hold") == 0)
		option = strchr(option, ' ');
	return fail_msg(fail, "%s: '%.*s' is not an ADDRESS prefix; write %s%.*s%s%s", text,
	    (int)strlen(socat_words[row].word), text, abstract ? "@" : "", (int)strcspn(rest, ","), rest,
	    option != NULL ? " with " : "", option != NULL ? option + strspn(option, " ") : "");
}

int
address_parse(struct addr *addr, const char *text, const char *verb, struct fail *fail)
{
	size_t length = addr_unknown_prefix(text), i;

	if (length == 0)
		return addr_parse(addr, text, fail);
	for (i = 0; i < sizeof(socat_words) / sizeof(socat_words[0]); i++)
		if (strncasecmp(text, socat_words[i].word, strlen(socat_words[i].word)) == 0)
			return socat_failed(text, i, verb, fail);
	if (!source_word_exists(text, length))
		return addr_parse(addr, text, fail);
	if (strncmp(text, "pid:", strlen("pid:")) == 0 && strchr(text + strlen("pid:"), ':') == NULL)
		return fail_msg(fail,
		    "%s: is a DESCRIPTOR, not an ADDRESS; to show the descriptors of the process, write 'fdpass show %s'; "
		    "for a file of that name write ./%s",
		    text, text, text);
	return fail_msg(fail,
	    "%s: is a DESCRIPTOR, not an ADDRESS; to use it as the socket, write 'fdpass run %s -- fdpass %s fd:3'; "
	    "for a file of that name write ./%s",
	    text, text, verb, text);
}

int
address_open(struct endpoint *ep, const struct addr *addr, const struct options *options, enum endpoint_role role,
    int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail)
{
	struct endpoint_options how;
	bool path;
	int rc;

	/*
	 * The closer is started before descriptors can be received, because a closer that is started later would
	 * inherit copies of received descriptors.
	 */
	if (options->keep)
		helper_close_keep();
	options_endpoint(options, role, &how);
	how.prepare = prepare;
	how.arg = arg;
	path = addr->kind == ADDR_PATH && how.role == ROLE_LISTEN;
	if (path) {
		cleanup_hold();
		cleanup_watch(ep);
	} else {
		cleanup_catch();
	}
	rc = endpoint_open(ep, addr, &how, fail);
	if (path)
		cleanup_release();
	return rc == -1 ? -1 : (int)how.role;
}

static bool
reports_waits(const struct options *options)
{
	return options->verbose || isatty(STDERR_FILENO) == 1;
}

void
address_waits(const struct options *options, const struct addr *addr, const struct endpoint *ep)
{
	if (!reports_waits(options))
		return;
	if (ep->listening || (ep->ours && ep->dirfd != -1))
		msg_warn("listening on %s", addr->text);
	else
		msg_warn("waiting for messages on %s", addr->text);
}

void
address_waits_for_reply(const struct options *options, const struct addr *addr)
{
	if (reports_waits(options))
		msg_warn("waiting for a reply from %s", addr->text);
}
