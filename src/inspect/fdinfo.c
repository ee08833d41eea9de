/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "inspect/fdinfo.h"
#include "inspect/proc.h"

static ssize_t
fdinfo_read(struct fdinfo *info, char *to, size_t room)
{
	ssize_t n;

	if (info->fd == -1)
		return proc_read_info(info->number, to, room, info->offset);
	do {
		n = read(info->fd, to, room);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Moves the remaining bytes to the front and reads more after them. Returns false at the end. */
static bool
fdinfo_fill(struct fdinfo *info)
{
	size_t room;
	ssize_t n;

	if (info->number == -1)
		return false;
	if (info->at > 0) {
		memmove(info->buffer, info->buffer + info->at, info->used - info->at);
		info->used -= info->at;
		info->at = 0;
	}
	room = sizeof(info->buffer) - 1 - info->used;
	n = fdinfo_read(info, info->buffer + info->used, room);
	if (n <= 0) {
		if (n == -1)
			info->err = errno;
		fdinfo_close(info);
		return false;
	}
	info->used += (size_t)n;
	info->offset += n;
	/* The kernel creates the entire text at once: a complete last line with room left after it is the end. */
	if ((size_t)n < room && info->buffer[info->used - 1] == '\n')
		fdinfo_close(info);
	return true;
}

void
fdinfo_init(struct fdinfo *info)
{
	info->number = info->fd = -1;
	info->err = 0;
	info->offset = 0;
	info->used = info->at = 0;
	info->cut = false;
}

void
fdinfo_open(struct fdinfo *info, int fd)
{
	fdinfo_init(info);
	info->number = fd;
	/* Fill the buffer now: if the text fits, the descriptor can be closed immediately. */
	while (info->used < sizeof(info->buffer) - 1 && fdinfo_fill(info))
		;
}

/* Finds the inode number that the kernel wrote, which need not be that of stat(2). Returns false before Linux 5.14. */
static bool
fdinfo_inode(struct fdinfo *info, uint64_t *inode)
{
	static const char mark[] = "\nino:";
	const char *line;

	info->buffer[info->used] = '\0';
	line = strstr(info->buffer, mark);
	return line != NULL && fdinfo_number(line + sizeof(mark) - 1, 10, inode);
}

void
fdinfo_open_in(struct fdinfo *info, int fd, pid_t pid, int number)
{
	uint64_t ours, theirs;
	bool known;
	char path[48];

	fdinfo_open(info, fd);
	known = fdinfo_inode(info, &ours);
	fdinfo_close(info);
	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)pid, number);
	fdinfo_init(info);
	if (known && (info->fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		info->number = fd;
		while (info->used < sizeof(info->buffer) - 1 && fdinfo_fill(info))
			;
		if (fdinfo_inode(info, &theirs) && ours == theirs)
			return;
		fdinfo_close(info);
	}
	fdinfo_open(info, fd);
}

/* The request to the helper: the kernel creates the entire text at the first read, and keeps it for later reads. */
struct first_read {
	int proc; /* directory of the process in /proc, or -1: then its pid is used */
	pid_t pid;
	int fd, info, err;
	size_t used;
	char text[FDINFO_SIZE - 1];
};

static void
first_read(void *arg)
{
	struct first_read *r = arg;
	char path[48];
	ssize_t n = 0;

	if (r->proc != -1)
		(void)snprintf(path, sizeof(path), "fdinfo/%d", r->fd);
	else
		(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)r->pid, r->fd);
	r->info = openat(r->proc, path, O_RDONLY | O_CLOEXEC);
	r->err = r->info == -1 ? errno : 0;
	while (r->info != -1 && r->used < sizeof(r->text)) {
		n = read(r->info, r->text + r->used, sizeof(r->text) - r->used);
		if (n <= 0)
			break;
		r->used += (size_t)n;
	}
	if (r->info != -1 && n <= 0) {
		(void)close(r->info);
		r->info = -1;
	}
}

static void
first_read_undo(void *arg)
{
	struct first_read *r = arg;

	if (r->info != -1)
		(void)close(r->info);
}

void
fdinfo_open_helped(struct fdinfo *info, int fd)
{
	struct first_read r = { .proc = proc_directory(), .pid = getpid(), .fd = fd, .info = -1 };

	fdinfo_init(info);
	if (helper_run(first_read, first_read_undo, &r, sizeof(r)) == -1) {
		info->err = errno;
		return;
	}
	/* If no number is free, the one that is reserved for /proc is used. */
	if (r.err == EMFILE && r.proc != -1) {
		proc_close();
		r.proc = -1;
		if (helper_run(first_read, first_read_undo, &r, sizeof(r)) == -1)
			r.err = errno;
	}
	info->fd = r.info;
	info->number = r.info != -1 ? fd : -1;
	info->err = r.err;
	info->used = r.used;
	memcpy(info->buffer, r.text, r.used);
}

void
fdinfo_close(struct fdinfo *info)
{
	if (info->fd != -1)
		(void)close(info->fd);
	info->number = info->fd = -1;
}

/* Reads the next line, NUL-terminated in the buffer. A line that is too long is truncated to the size of the buffer. */
static char *
fdinfo_take(struct fdinfo *info)
{
	char *line, *newline;

	for (;;) {
		line = info->buffer + info->at;
		newline = memchr(line, '\n', info->used - info->at);
		if (newline == NULL && info->used - info->at < sizeof(info->buffer) - 1 && fdinfo_fill(info))
			continue;
		line = info->buffer + info->at;
		if (newline == NULL && info->used == info->at)
			return NULL;
		if (newline == NULL)
			newline = info->buffer + info->used;
		*newline = '\0';
		info->at = (size_t)(newline - info->buffer);
		if (info->at < info->used)
			info->at++;
		return line;
	}
}

bool
fdinfo_may_have(const struct fdinfo *info, const char *text)
{
	return info->number != -1 || memmem(info->buffer + info->at, info->used - info->at, text, strlen(text)) != NULL;
}

bool
fdinfo_next(struct fdinfo *info, struct fdinfo_line *line)
{
	char *text, *colon, *end;
	bool rest;

	do {
		rest = info->cut;
		if ((text = fdinfo_take(info)) == NULL)
			return false;
		info->cut = strlen(text) == sizeof(info->buffer) - 1;
	} while (rest);
	line->key = text;
	line->value = "";
	if ((colon = strchr(text, ':')) == NULL)
		return true;
	*colon = '\0';
	line->value = colon + 1 + strspn(colon + 1, " \t");
	for (end = colon + 1 + strlen(colon + 1); end > line->value && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	return true;
}

struct cloexec_read {
	int directory; /* in /proc, or -1 */
	pid_t pid;     /* used if directory is -1 */
	int fd;
	bool known, cloexec;
};

/* Runs in the helper, as the kernel creates the entire text at once. */
static void
cloexec_read(void *arg)
{
	struct cloexec_read *r = arg;
	char path[48], text[128];
	const char *flags;
	ssize_t n;
	int info;

	if (r->directory != -1)
		(void)snprintf(path, sizeof(path), "fdinfo/%d", r->fd);
	else
		(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)r->pid, r->fd);
	if ((info = openat(r->directory, path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(info, text, sizeof(text) - 1);
	(void)close(info);
	text[n > 0 ? n : 0] = '\0';
	if ((flags = strstr(text, "\nflags:\t")) == NULL)
		return;
	r->known = true;
	r->cloexec = (strtoul(flags + sizeof("\nflags:\t") - 1, NULL, 8) & O_CLOEXEC) != 0;
}

/* Calls cloexec_read(): in a helper if MAY_HANG is set. */
static bool
cloexec_find(struct cloexec_read *r, bool may_hang, bool *cloexec)
{
	if (!may_hang)
		cloexec_read(r);
	else if (helper_run(cloexec_read, NULL, r, sizeof(*r)) == -1)
		return false;
	if (r->known)
		*cloexec = r->cloexec;
	return r->known;
}

bool
fdinfo_cloexec(pid_t pid, int fd, bool may_hang, bool *cloexec)
{
	struct cloexec_read r = { .directory = -1, .pid = pid, .fd = fd };

	return cloexec_find(&r, may_hang, cloexec);
}

bool
fdinfo_cloexec_at(int directory, int fd, bool may_hang, bool *cloexec)
{
	struct cloexec_read r = { .directory = directory, .fd = fd };

	return directory != -1 && cloexec_find(&r, may_hang, cloexec);
}

bool
fdinfo_mount(int fd, uint64_t *mnt_id)
{
	struct fdinfo info;
	struct fdinfo_line line;
	bool known = false;

	fdinfo_open_helped(&info, fd);
	while (!known && fdinfo_next(&info, &line))
		known = strcmp(line.key, "mnt_id") == 0 && fdinfo_number(line.value, 10, mnt_id);
	fdinfo_close(&info);
	return known;
}

bool
fdinfo_offset(const struct fdinfo *info, int64_t *offset)
{
	char *end;
	long long n;

	if (info->used < 5 || memcmp(info->buffer, "pos:\t", 5) != 0)
		return false;
	n = strtoll(info->buffer + 5, &end, 10);
	if (*end != '\n')
		return false;
	*offset = n;
	return true;
}

bool
fdinfo_number(const char *text, int base, uint64_t *n)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, base);
	if (end == text || errno != 0)
		return false;
	*n = value;
	return true;
}

bool
fdinfo_field(const char *text, const char *word, int base, uint64_t *n)
{
	size_t length = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word)) != NULL) {
		if ((p == text || p[-1] == ' ' || p[-1] == '\t') && p[length] == ':')
			return fdinfo_number(p + length + 1, base, n);
		p += length;
	}
	return false;
}
