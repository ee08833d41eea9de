/* SPDX-License-Identifier: ISC */
/* Writes the state of this fdpass hold for another process or program image. */
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

/* Writes the part of the state that is valid only in this process, after it has executed a new program image. */
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
		return fail_errno(fail, "cannot create a memfd for the state of the store");
	copy = fcntl(s->memfd, F_DUPFD_CLOEXEC, 3);
	out = copy != -1 ? fdopen(copy, "w") : NULL;
	if (out == NULL) {
		(void)fail_errno(fail, "cannot write the state of the store");
		if (copy != -1)
			(void)close(copy);
		state_done(s);
		return -1;
	}
	rc = write_all_lines(h, s, out);
	if (fclose(out) != 0 || rc == -1) {
		(void)fail_errno(fail, "cannot write the state of the store");
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
