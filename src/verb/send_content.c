/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/num.h"
#include "net/listenfds.h"
#include "verb/send_content.h"

int
send_content_creds(struct send_content *c, const struct options *options, struct fail *fail)
{
	const char *text = options->creds, *why;
	char words[3][32];
	long long n[3];
	size_t i, length;

	if (!options->creds_set)
		return 0;
	c->creds_set = (struct ucred){ .pid = getpid(), .uid = getuid(), .gid = getgid() };
	c->creds = &c->creds_set;
	if (text == NULL)
		return 0;
	for (i = 0; i < 3; i++) {
		length = strcspn(text, ":");
		if (length >= sizeof(words[i]) || text[length] != (i < 2 ? ':' : '\0'))
			return fail_msg(
			    fail, "invalid argument '%s' for --creds: expected PID:UID:GID", options->creds);
		(void)strlcpy(words[i], text, length + 1);
		text += length + (i < 2 ? 1 : 0);
		if (num_parse(words[i], i == 0 ? 1 : 0, i == 0 ? INT32_MAX : UINT32_MAX - 1, &n[i], &why) == -1)
			return fail_msg(fail, "--creds=%s: \"%s\" %s", options->creds, words[i], why);
	}
	c->creds_set = (struct ucred){ .pid = (pid_t)n[0], .uid = (uid_t)n[1], .gid = (gid_t)n[2] };
	return 0;
}

static const char *
name_of(const struct source *source)
{
	return source->name != NULL ? source->name : "unknown";
}

/*
 * Implements --names: inserts a line LISTEN_FDNAMES=NAME:NAME... before the data. As in systemd, descriptors without a
 * name get the name "unknown".
 */
static int
prefix_names(struct send_content *c, const struct options *options, struct fail *fail)
{
	static const char prefix[] = LISTENFDS_NAMES_LINE;
	size_t i, length = sizeof(prefix), head;
	char *bytes, *end;

	for (i = 0; i < c->sources.count; i++)
		length += strlen(name_of(&c->sources.items[i])) + 1;
	bytes = malloc(length + c->data.length);
	if (bytes == NULL)
		return fail_errno(fail, "--names");
	end = stpcpy(bytes, prefix);
	for (i = 0; i < c->sources.count; i++)
		end = stpcpy(stpcpy(end, i > 0 ? ":" : ""), name_of(&c->sources.items[i]));
	*end++ = '\n';
	head = (size_t)(end - bytes);
	/* No NUL byte is added, because the line with the names is data. */
	if (options->data != NULL) {
		memcpy(end, c->data.bytes, c->data.length);
		end += c->data.length;
	}
	free(c->data.bytes);
	c->data = (struct payload){ .bytes = bytes, .length = (size_t)(end - bytes), .head = head };
	return 0;
}

static int
load_data(struct send_content *c, const struct options *options, struct fail *fail)
{
	const char *text = options->data;

	if (text == NULL) {
		/*
		 * The data is one NUL byte, like the data that nc -F and OpenSSH send with a descriptor. A stream
		 * socket transfers descriptors only with at least one byte of data.
		 */
		c->data.bytes = calloc(1, 1);
		c->data.length = 1;
		return c->data.bytes != NULL ? 0 : fail_errno(fail, "cannot allocate the data");
	}
	if (c->sources.input != NULL && strcmp(text, "@-") == 0)
		return fail_msg(fail, "--data=@-: standard input is already used by %s", c->sources.input);
	return payload_load(&c->data, "data", text, fail);
}

int
send_content_load(struct send_content *c, const struct options *options, struct fail *fail)
{
	size_t i;

	c->fds = calloc(c->sources.count + 1, sizeof(*c->fds));
	if (c->fds == NULL)
		return fail_errno(fail, "cannot allocate the descriptors");
	for (i = 0; i < c->sources.count; i++)
		c->fds[i] = c->sources.items[i].fd;
	if (options->names && c->sources.count == 0)
		return fail_msg(fail, "--names needs a DESCRIPTOR");
	if (load_data(c, options, fail) == -1)
		return -1;
	return options->names ? prefix_names(c, options, fail) : 0;
}

int
send_content_truncate(struct send_content *c, struct fail *fail)
{
	if (c->truncated)
		return 0;
	c->truncated = true;
	return source_list_truncate(&c->sources, fail);
}

void
send_content_done(struct send_content *c)
{
	source_list_close(&c->sources);
	payload_done(&c->data);
	free(c->fds);
}
