/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/no_auto_init.h"
#include "inspect/fdinfo.h"
#include "inspect/proc.h"

#define FIRST_READ 4096

void
fdinfo_none(struct fdinfo *info)
{
	info->err = 0;
	info->cut = false;
	info->length = 0;
	info->allocated = NULL;
	info->small[0] = '\0';
}

/*
 * Reads the next bytes of a descriptor's fdinfo from the open file FILE. If FILE is -1, reads the fdinfo of descriptor
 * FD at offset AT through the cache.
 */
static ssize_t
read_piece(int fd, int file, char *to, size_t room, size_t at)
{
	ssize_t n;

	if (file == -1)
		return proc_read_info(fd, to, room, (off_t)at);
	do {
		n = read(file, to, room);
	} while (n == -1 && errno == EINTR);
	return n;
}

/*
 * Returns true if a read has reached the end of the text. The kernel generates the entire text at once, so nothing
 * follows if the text does not fill the buffer and its last line is complete.
 */
static bool
is_end(const char *text, size_t length, size_t room)
{
	return length < room && text[length - 1] == '\n';
}

/* Stores the first LENGTH bytes of the text in INFO, in allocated memory if they do not fit into info->small. */
static void
store_first(struct fdinfo *info, const char *text, size_t length)
{
	char *to = info->small;

	if (length >= sizeof(info->small))
		to = info->allocated = malloc(length + 1);
	if (to == NULL) {
		info->err = ENOMEM;
		return;
	}
	memcpy(to, text, length);
	to[length] = '\0';
	info->length = length;
}

/* Doubles the memory that is allocated for the text. Returns 0, or -1 if there is no memory. */
static int
grow(struct fdinfo *info, size_t *size)
{
	char *bigger = realloc(info->allocated, 2 * *size);

	if (bigger == NULL)
		return -1;
	info->allocated = bigger;
	*size *= 2;
	return 0;
}

/* Truncates the text, which exceeds the limit, after its last complete line. */
static void
cut_text(struct fdinfo *info)
{
	info->cut = true;
	while (info->length > 0 && info->allocated[info->length - 1] != '\n')
		info->length--;
}

/*
 * Reads the remaining text, until INFO contains LIMIT bytes. The first part of the text must already be in
 * info->allocated.
 */
static void
read_rest(struct fdinfo *info, int fd, int file, size_t limit)
{
	size_t size = info->length + 1, room;
	ssize_t n;

	if (info->allocated == NULL)
		return;
	for (;;) {
		if (info->length >= limit) {
			cut_text(info);
			break;
		}
		if (size - info->length <= FIRST_READ && grow(info, &size) == -1) {
			info->err = ENOMEM;
			break;
		}
		room = size - 1 - info->length;
		n = read_piece(fd, file, info->allocated + info->length, room, info->length);
		if (n == -1)
			info->err = errno;
		if (n <= 0)
			break;
		info->length += (size_t)n;
		if (is_end(info->allocated + info->length - n, (size_t)n, room))
			break;
	}
	info->allocated[info->length] = '\0';
}

/* Reads the entire text from offset 0. FD and FILE have the same meaning as for read_piece(). */
static void
read_all(struct fdinfo *info, int fd, int file, size_t limit)
{
	NO_AUTO_INIT char first[FIRST_READ];
	size_t used = 0, room;
	ssize_t n;

	fdinfo_none(info);
	do {
		room = sizeof(first) - used;
		n = read_piece(fd, file, first + used, room, used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 && used < sizeof(first) && !is_end(first + used - n, (size_t)n, room));
	if (n == -1)
		info->err = errno;
	store_first(info, first, used);
	if (used == sizeof(first))
		read_rest(info, fd, file, limit);
}

void
fdinfo_read(struct fdinfo *info, int fd, size_t limit)
{
	read_all(info, fd, -1, limit);
}

/*
 * Determines the inode number that fdinfo contains. This number can differ from the inode number that stat(2) returns.
 * Returns false on Linux before 5.14, where fdinfo contains no inode number.
 */
static bool
fdinfo_inode(const struct fdinfo *info, uint64_t *inode)
{
	static const char mark[] = "\nino:";
	const char *line = strstr(info->allocated != NULL ? info->allocated : info->small, mark);

	return line != NULL && fdinfo_number(line + sizeof(mark) - 1, 10, inode);
}

void
fdinfo_read_in(struct fdinfo *info, int fd, pid_t pid, int number, size_t limit)
{
	uint64_t ours, theirs;
	char path[48];
	bool known;
	int file;

	fdinfo_read(info, fd, 0);
	known = fdinfo_inode(info, &ours);
	fdinfo_free(info);
	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%d", (long)pid, number);
	if (known && (file = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		read_all(info, fd, file, limit);
		(void)close(file);
		if (fdinfo_inode(info, &theirs) && ours == theirs)
			return;
		fdinfo_free(info);
	}
	fdinfo_read(info, fd, limit);
}

/*
 * The request for a helper, which makes the first read of an fdinfo file. During the first read, the kernel generates
 * the entire text and stores it for later reads.
 */
struct first_read {
	int proc; /* descriptor of this process's directory in /proc; -1: open /proc/PID/fdinfo instead */
	pid_t pid;
	int fd, info, err;
	size_t used;
	char text[FIRST_READ];
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
fdinfo_read_helped(struct fdinfo *info, int fd, size_t limit)
{
	struct first_read r = { .proc = proc_directory(), .pid = getpid(), .fd = fd, .info = -1 };

	fdinfo_none(info);
	if (helper_run(first_read, first_read_undo, &r, sizeof(r)) == -1) {
		info->err = errno;
		return;
	}
	/* If no descriptor number is free, closes the cached /proc directory and uses its number. */
	if (r.err == EMFILE && r.proc != -1) {
		proc_close();
		r.proc = -1;
		if (helper_run(first_read, first_read_undo, &r, sizeof(r)) == -1)
			r.err = errno;
	}
	info->err = r.err;
	store_first(info, r.text, r.used);
	if (r.info == -1)
		return;
	/* The kernel has already generated the text, so later reads cannot block. */
	read_rest(info, fd, r.info, limit);
	(void)close(r.info);
}

void
fdinfo_free(struct fdinfo *info)
{
	free(info->allocated);
	info->allocated = NULL;
	info->length = 0;
}

struct cloexec_read {
	int directory; /* descriptor of the process's directory in /proc, or -1 */
	pid_t pid;     /* pid of the process, used if directory is -1 */
	int fd;
	bool known, cloexec;
};

/* Reads the close-on-exec flag from an fdinfo file. Runs in a helper if generating the text of the file can block. */
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

/* Calls cloexec_read(), in a helper if MAY_HANG is true. */
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
	NO_AUTO_INIT struct fdinfo_lines line;
	struct fdinfo info;
	bool known = false;

	fdinfo_read_helped(&info, fd, 0);
	fdinfo_begin(&line, &info);
	while (!known && fdinfo_next(&line))
		known = strcmp(line.key, "mnt_id") == 0 && fdinfo_number(line.value, 10, mnt_id);
	fdinfo_free(&info);
	return known;
}
