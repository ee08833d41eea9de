/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hold/internal.h"
#include "hold/state.h"

#define STATE_MAX (256 * 1024 * 1024)

/* --- writing */

int
state_add(struct state *s, int fd)
{
	int *bigger;

	if (s->count == s->room) {
		bigger = reallocarray(s->fds, s->room + 256, sizeof(*bigger));
		if (bigger == NULL)
			return -1;
		s->fds = bigger;
		s->room += 256;
	}
	s->fds[s->count++] = fd;
	return s->by_place ? (int)s->count - 1 : fd;
}

/* Writes "=" and then the bytes in hexadecimal. The "=" ensures that the word contains at least one character. */
static void
write_hex(FILE *out, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	size_t i;

	(void)fputc('=', out);
	for (i = 0; i < length; i++)
		(void)fprintf(out, "%02x", p[i]);
}

static int
write_endpoint(const struct hold *h, struct state *s, FILE *out)
{
	const struct endpoint *ep = h->endpoint;
	int n = state_add(s, ep->fd);

	if (n == -1)
		return -1;
	(void)fprintf(out, "listener %d %d %d %d %d\n", n, ep->type, ep->ours, ep->listening, ep->nonblocking);
	if (ep->dirfd == -1)
		return 0;
	if ((n = state_add(s, ep->dirfd)) == -1)
		return -1;
	(void)fprintf(out, "path %d %llu %llu %llu ", n, (unsigned long long)ep->dev_major,
	    (unsigned long long)ep->dev_minor, (unsigned long long)ep->ino);
	write_hex(out, ep->base, strlen(ep->base));
	(void)fputc('\n', out);
	return 0;
}

/* Writes the part of the state that only the same process can use after it has executed a new program image. */
static int
write_process(const struct hold *h, struct state *s, FILE *out)
{
	const struct command *c = &h->command;
	int n;

	(void)fprintf(out, "ready %d\nlimit %llu %llu\nmask ", h->ready, (unsigned long long)c->open_files.rlim_cur,
	    (unsigned long long)c->open_files.rlim_max);
	write_hex(out, &h->mask, sizeof(h->mask));
	(void)fputc('\n', out);
	if (h->upstream.endpoint.fd != -1) {
		if ((n = state_add(s, h->upstream.endpoint.fd)) == -1)
			return -1;
		(void)fprintf(out, "upstream %d\n", n);
	}
	if (h->options->command == NULL)
		return 0;
	if ((n = state_add(s, h->private_socket.fd)) == -1)
		return -1;
	(void)fprintf(out, "private %d %s\n", n, h->private_socket.address);
	n = c->exec_failed;
	if (n != -1 && (n = state_add(s, c->exec_failed)) == -1)
		return -1;
	(void)fprintf(out, "command %d %d %d %d %d %lld %lld %d\n", (int)c->pid, c->started_once, c->stopping,
	    c->restarting, n, (long long)c->started_at, (long long)c->delay, c->status);
	return 0;
}

static int
write_all_lines(struct hold *h, struct state *s, FILE *out)
{
	struct stored *entry;
	uint64_t id = 0;
	int n;

	if (write_endpoint(h, s, out) == -1 || (!s->by_place && write_process(h, s, out) == -1))
		return -1;
	for (; (entry = store_next(&h->store, id, NULL)) != NULL; id = entry->id) {
		if ((n = state_add(s, entry->fd)) == -1)
			return -1;
		(void)fprintf(out, "stored %d %d ", n, entry->poll);
		write_hex(out, entry->name, strlen(entry->name));
		(void)fprintf(out, " %u\n", (unsigned int)entry->user.uid);
	}
	(void)fputs("end\n", out);
	return 0;
}

int
state_write(struct hold *h, struct state *s, bool by_place, struct fail *fail)
{
	int rc, copy;
	FILE *out;

	*s = (struct state){ .memfd = memfd_create("fdpass-hold-state", MFD_CLOEXEC), .by_place = by_place };
	if (s->memfd == -1)
		return fail_errno(fail, "cannot create a memfd");
	copy = fcntl(s->memfd, F_DUPFD_CLOEXEC, 3);
	out = copy != -1 ? fdopen(copy, "w") : NULL;
	if (out == NULL) {
		(void)fail_errno(fail, "cannot write the state");
		if (copy != -1)
			(void)close(copy);
		state_done(s);
		return -1;
	}
	rc = write_all_lines(h, s, out);
	if (fclose(out) != 0 || rc == -1) {
		(void)fail_errno(fail, "cannot write the state");
		state_done(s);
		return -1;
	}
	return 0;
}

void
state_done(struct state *s)
{
	if (s->memfd != -1)
		(void)close(s->memfd);
	free(s->fds);
	*s = (struct state){ .memfd = -1 };
}

/* --- reading */

/* The words of a line that have not been read yet. A missing or malformed word sets the member bad. */
struct words {
	char *rest;
	const int *fds;
	size_t count;
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

/* Reads a descriptor number and makes this descriptor close-on-exec. Returns -1 if the word is -1 or invalid. */
static int
word_fd(struct words *w)
{
	long long n = word_number(w);

	if (w->bad || n < -1 || n > INT32_MAX || (w->fds != NULL && n >= (long long)w->count)) {
		w->bad = true;
		return -1;
	}
	if (n == -1)
		return -1;
	if (w->fds != NULL)
		return w->fds[n];
	w->bad = fcntl((int)n, F_SETFD, FD_CLOEXEC) == -1;
	return (int)n;
}

/*
 * Reads a word of hexadecimal digits, and stores the bytes that it represents in BYTES. Returns the number of these
 * bytes.
 */
static size_t
word_hex(struct words *w, void *bytes, size_t room)
{
	char *word = word_next(w), pair[3] = "";
	unsigned char *to = bytes;
	size_t length = 0;

	if (w->bad || *word != '=' || strlen(word) % 2 == 0 || strlen(word) / 2 > room) {
		w->bad = true;
		return 0;
	}
	for (word++; *word != '\0'; word += 2) {
		memcpy(pair, word, 2);
		to[length++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return length;
}

static void
read_listener(struct hold *h, struct words *w)
{
	struct endpoint *ep = h->endpoint;

	ep->domain = AF_UNIX;
	ep->fd = word_fd(w);
	ep->type = (int)word_number(w);
	ep->ours = word_number(w) != 0;
	ep->ours = ep->ours || w->fds != NULL;
	ep->listening = word_number(w) != 0;
	ep->nonblocking = word_number(w) != 0;
}

static void
read_path(struct hold *h, struct words *w)
{
	struct endpoint *ep = h->endpoint;
	char base[4096] = "";
	size_t length;
	int dirfd = word_fd(w);

	ep->dev_major = (uint64_t)word_number(w);
	ep->dev_minor = (uint64_t)word_number(w);
	ep->ino = (uint64_t)word_number(w);
	length = word_hex(w, base, sizeof(base) - 1);
	base[length] = '\0';
	if (!w->bad && (ep->base = strdup(base)) != NULL)
		ep->dirfd = dirfd;
	else
		w->bad = true;
}

static void
read_command(struct hold *h, struct words *w)
{
	struct command *c = &h->command;

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
	w->bad = w->bad || uid < 0 || uid > UINT32_MAX;
	properties.user = request_user(h, (uid_t)uid);
	w->bad = w->bad || store_add(&h->store, &properties, &fd, 1, NULL, fail) == -1;
}

static void
read_line(struct hold *h, const char *key, struct words *w, struct fail *fail)
{
	if (strcmp(key, "listener") == 0)
		read_listener(h, w);
	else if (strcmp(key, "path") == 0)
		read_path(h, w);
	else if (strcmp(key, "ready") == 0)
		h->ready = word_number(w) != 0;
	else if (strcmp(key, "limit") == 0) {
		h->command.open_files.rlim_cur = (rlim_t)word_number(w);
		h->command.open_files.rlim_max = (rlim_t)word_number(w);
	} else if (strcmp(key, "upstream") == 0) {
		h->upstream.endpoint.fd = word_fd(w);
		h->upstream.endpoint.ours = true;
	} else if (strcmp(key, "mask") == 0)
		w->bad = word_hex(w, &h->mask, sizeof(h->mask)) != sizeof(h->mask) || w->bad;
	else if (strcmp(key, "private") == 0) {
		h->private_socket.fd = word_fd(w);
		w->bad = strlcpy(h->private_socket.address, word_next(w), sizeof(h->private_socket.address)) >=
			sizeof(h->private_socket.address) ||
		    w->bad;
	} else if (strcmp(key, "command") == 0)
		read_command(h, w);
	else if (strcmp(key, "stored") == 0)
		read_stored(h, w, fail);
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

int
state_read(struct hold *h, int memfd, const int *fds, size_t count, struct fail *fail)
{
	char *text = read_text(memfd, fail), *rest = text, *line;
	const struct store store = h->store;
	struct words w = { .fds = fds, .count = count };
	bool ended = false;

	if (text == NULL)
		return -1;
	/* Descriptors from another fdpass hold are kept even if they exceed the limits of this process. */
	h->store.max = SIZE_MAX;
	h->store.limit_count = 0;
	(void)fail_msg(fail, "the state of the other fdpass hold process is malformed");
	while (!w.bad && !ended && (line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		w.rest = line;
		line = word_next(&w);
		ended = strcmp(line, "end") == 0;
		read_line(h, line, &w, fail);
	}
	h->store.max = store.max;
	h->store.limit_count = store.limit_count;
	free(text);
	return ended && !w.bad && h->endpoint->fd != -1 ? 0 : -1;
}
