/* SPDX-License-Identifier: ISC */
/*
 * Reads the state that another process or program image of fdpass hold has written. State from another process is not
 * trusted: a line that is malformed, repeated or valid only in the process that wrote it is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "lib/internal.h"
#include "inspect/fd.h"
#include "hold/internal.h"
#include "hold/state.h"

#define STATE_MAX (256 * 1024 * 1024)

/* The text that is being read. A missing, malformed, unexpected or repeated word or line sets the member "bad". */
struct words {
	char *rest;	     /* the remaining words of the line */
	const int *fds;	     /* NULL: the text contains descriptor numbers */
	size_t count;	     /* number of valid descriptor numbers or indexes */
	unsigned char *used; /* element N: 1 if a line contained the descriptor number or index N */
	unsigned int seen;   /* bit N: a line with the key of lines[N] has been read */
	bool bad;
};

static char *
word_next(struct words *w)
{
	char *word = strsep(&w->rest, " ");

	w->bad = w->bad || word == NULL;
	return word != NULL ? word : w->rest;
}

static long long
word_number(struct words *w)
{
	char *word = word_next(w), *end;
	long long n = 0;

	if (w->bad)
		return 0;
	errno = 0;
	n = strtoll(word, &end, 10);
	w->bad = end == word || *end != '\0' || errno != 0;
	return n;
}

/*
 * Reads a descriptor number and makes the descriptor close-on-exec. Returns -1 if the word is -1 or invalid, or if an
 * earlier line contained the same descriptor. The caller owns the returned descriptor, even if a later word in the line
 * is invalid.
 */
static int
word_fd(struct words *w)
{
	long long n = word_number(w);

	if (!w->bad && n == -1)
		return -1;
	if (w->bad || n < 0 || n >= (long long)w->count || w->used[n] != 0) {
		w->bad = true;
		return -1;
	}
	if (w->fds != NULL) {
		w->used[n] = 1;
		return w->fds[n];
	}
	if (fcntl((int)n, F_SETFD, FD_CLOEXEC) == -1) {
		w->bad = true;
		return -1;
	}
	w->used[n] = 1;
	return (int)n;
}

/* Reads a word of hexadecimal digits into BYTES. Returns the number of bytes. */
static size_t
word_hex(struct words *w, void *bytes, size_t room)
{
	char *word = word_next(w), pair[3] = "";
	unsigned char *to = bytes;
	size_t length = 0;

	if (w->bad || *word != '=' || strlen(word) % 2 == 0 || strlen(word) / 2 > room ||
	    strspn(word + 1, "0123456789abcdef") != strlen(word + 1)) {
		w->bad = true;
		return 0;
	}
	for (word++; *word != '\0'; word += 2) {
		memcpy(pair, word, 2);
		to[length++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return length;
}

/* Returns true if FD is a socket on which fdpass hold can receive. */
static bool
can_receive(int fd, int type)
{
	if (fdp_sock_option(fd, SO_DOMAIN) != AF_UNIX || fdp_sock_option(fd, SO_TYPE) != type)
		return false;
	return type == SOCK_DGRAM || fdp_sock_option(fd, SO_ACCEPTCONN) == 1;
}

static void
read_listener(struct hold *h, struct words *w, struct fail *fail)
{
	struct endpoint *ep = h->endpoint;

	(void)fail;
	ep->domain = AF_UNIX;
	ep->fd = word_fd(w);
	ep->type = (int)word_number(w);
	ep->ours = word_number(w) != 0;
	ep->ours = ep->ours || w->fds != NULL;
	ep->listening = word_number(w) != 0;
	ep->nonblocking = word_number(w) != 0;
	w->bad = w->bad || !can_receive(ep->fd, ep->type) || ep->listening != (ep->type != SOCK_DGRAM);
}

static void
read_path(struct hold *h, struct words *w, struct fail *fail)
{
	struct endpoint *ep = h->endpoint;
	char base[4096] = "";
	size_t length;
	int dirfd = word_fd(w);

	(void)fail;
	ep->dev_major = (uint64_t)word_number(w);
	ep->dev_minor = (uint64_t)word_number(w);
	ep->ino = (uint64_t)word_number(w);
	length = word_hex(w, base, sizeof(base) - 1);
	base[length] = '\0';
	w->bad = w->bad || length == 0 || strlen(base) != length || strchr(base, '/') != NULL;
	if (!w->bad && (ep->base = strdup(base)) != NULL) {
		ep->dirfd = dirfd;
		return;
	}
	w->bad = true;
	fd_close_all(&dirfd, 1);
}

static void
read_ready(struct hold *h, struct words *w, struct fail *fail)
{
	(void)fail;
	h->ready = word_number(w) != 0;
}

static void
read_limit(struct hold *h, struct words *w, struct fail *fail)
{
	(void)fail;
	h->command.open_files.rlim_cur = (rlim_t)word_number(w);
	h->command.open_files.rlim_max = (rlim_t)word_number(w);
}

static void
read_mask(struct hold *h, struct words *w, struct fail *fail)
{
	(void)fail;
	w->bad = word_hex(w, &h->mask, sizeof(h->mask)) != sizeof(h->mask) || w->bad;
}

static void
read_upstream(struct hold *h, struct words *w, struct fail *fail)
{
	(void)fail;
	h->upstream.endpoint.fd = word_fd(w);
	h->upstream.endpoint.ours = true;
}

static void
read_private(struct hold *h, struct words *w, struct fail *fail)
{
	struct private_socket *p = &h->private_socket;
	const char *word;

	(void)fail;
	p->fd = word_fd(w);
	word = word_next(w);
	w->bad = w->bad || strlcpy(p->address, word, sizeof(p->address)) >= sizeof(p->address);
}

static void
read_command(struct hold *h, struct words *w, struct fail *fail)
{
	struct command *c = &h->command;

	(void)fail;
	c->pid = (pid_t)word_number(w);
	c->started_once = word_number(w) != 0;
	c->stopping = word_number(w) != 0;
	c->restarting = word_number(w) != 0;
	c->exec_failed = word_fd(w);
	c->started_at = word_number(w);
	c->delay = word_number(w);
	c->status = (int)word_number(w);
}

static void
read_stored(struct hold *h, struct words *w, struct fail *fail)
{
	char name[NOTIFY_NAME_MAX + 1];
	size_t length;
	int fd = word_fd(w);
	struct store_properties properties = { .poll = word_number(w) != 0 };
	long long uid = geteuid();

	length = word_hex(w, name, NOTIFY_NAME_MAX);
	name[length] = '\0';
	properties.name = name;
	if (w->rest != NULL)
		uid = word_number(w);
	w->bad = w->bad || fd == -1 || uid < 0 || uid > UINT32_MAX || !notify_name_ok(name, length);
	properties.user = request_user(h, (uid_t)uid);
	if (!w->bad && store_add(&h->store, &properties, &fd, 1, NULL, fail) == 0)
		return;
	w->bad = true;
	fd_close_all(&fd, 1);
}

/*
 * If ONCE is set, the line may occur only once. If OWN is set, the line is valid only in the process that wrote the
 * state.
 */
static const struct line {
	const char *key;
	void (*read)(struct hold *h, struct words *w, struct fail *fail);
	bool once, own;
} lines[] = {
	{ "listener", read_listener, true, false },
	{ "path", read_path, true, false },
	{ "ready", read_ready, true, true },
	{ "limit", read_limit, true, true },
	{ "mask", read_mask, true, true },
	{ "upstream", read_upstream, true, true },
	{ "private", read_private, true, true },
	{ "command", read_command, true, true },
	{ "stored", read_stored, false, false },
};

/* Reads the words of the line that begins with KEY. Lines with an unknown key are ignored. */
static void
read_line(struct hold *h, const char *key, struct words *w, struct fail *fail)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strcmp(key, lines[i].key) != 0)
			continue;
		w->bad = (lines[i].once && (w->seen & 1U << i) != 0) || (lines[i].own && w->fds != NULL);
		w->seen |= 1U << i;
		if (!w->bad)
			lines[i].read(h, w, fail);
	}
}

static char *
read_text(int memfd, struct fail *fail)
{
	off_t size = lseek(memfd, 0, SEEK_END);
	char *text;

	if (size <= 0 || size > STATE_MAX || (text = malloc((size_t)size + 1)) == NULL) {
		(void)fail_msg(fail, "the state of the other fdpass hold process cannot be read");
		return NULL;
	}
	if (pread(memfd, text, (size_t)size, 0) != size) {
		(void)fail_errno(fail, "cannot read the state of the other fdpass hold process");
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/* Reads all lines. Returns true if the last line is "end", and no line is malformed. */
static bool
read_lines(struct hold *h, char *text, struct words *w, struct fail *fail)
{
	char *line;

	while (!w->bad && (line = strsep(&text, "\n")) != NULL && *line != '\0') {
		w->rest = line;
		line = word_next(w);
		if (strcmp(line, "end") == 0)
			return h->endpoint->fd != -1;
		read_line(h, line, w, fail);
	}
	return false;
}

/* Closes the received descriptors that are not mentioned in any line. */
static void
close_unused(const struct words *w)
{
	size_t i;

	for (i = 0; w->fds != NULL && i < w->count; i++)
		if (w->used == NULL || w->used[i] == 0)
			fd_close_all(&w->fds[i], 1);
}

int
state_read(struct hold *h, int memfd, const int *fds, size_t count, struct fail *fail)
{
	const struct store store = h->store;
	struct words w = { .fds = fds, .count = fds != NULL ? count : (size_t)fd_table_end() };
	char *text = read_text(memfd, fail);
	bool complete = false;

	if (text != NULL && (w.used = calloc(w.count + 1, 1)) == NULL)
		(void)fail_errno(fail, "cannot read the state of the other fdpass hold process");
	if (w.used != NULL) {
		/*
		 * Descriptors from another fdpass hold are kept even if they exceed the limits of the store of this
		 * process.
		 */
		h->store.max = SIZE_MAX;
		h->store.limit_count = 0;
		(void)fail_msg(fail, "the state of the other fdpass hold process is malformed");
		complete = read_lines(h, text, &w, fail);
		h->store.max = store.max;
		h->store.limit_count = store.limit_count;
	}
	close_unused(&w);
	free(w.used);
	free(text);
	return complete ? 0 : -1;
}
