/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/filestat.h"
#include "base/hot_data.h"
#include "base/num.h"
#include "base/pid_cache.h"
#include "lib/fdpass.h"
#include "inspect/proc.h"

/*
 * The open directory /proc/self. The directory stays open, because opening it takes 2 microseconds and needs a free
 * descriptor number. The descriptor is stored in a static variable, because the callers of these functions share no
 * object.
 */
static struct {
	int fd; /* descriptor of /proc/self, O_PATH */
	pid_t pid;
	uint64_t ino;
	rlim_t limit; /* RLIMIT_NOFILE */
} proc = { .fd = -1 };

/*
 * Number of cached files of each kind (links and fdinfo). Four are sufficient for most messages, because the
 * descriptors of successive messages usually get the same few numbers.
 */
#define SLOTS 4

enum way { CACHED_LINK, CACHED_INFO, CACHED_KINDS };

/*
 * A cache entry: FILE is an open file in /proc for descriptor NUMBER. Keeping FILE open saves looking up its path,
 * which takes longer than reading FILE. Each read returns the properties of the descriptor that has NUMBER at the time
 * of the read.
 */
static struct kept {
	bool is_open;
	int number, file;
	uint64_t ino;
} kept[CACHED_KINDS][SLOTS] HOT_DATA;

bool
proc_cache_active(void)
{
	size_t i;

	for (i = 0; i < SLOTS; i++)
		if (kept[CACHED_LINK][i].is_open || kept[CACHED_INFO][i].is_open)
			return true;
	return false;
}

static void
kept_close(struct kept *k)
{
	if (k->is_open)
		(void)close(k->file);
	k->is_open = false;
}

void
proc_cache_drop(void)
{
	size_t i;

	for (i = 0; i < SLOTS; i++) {
		kept_close(&kept[CACHED_LINK][i]);
		kept_close(&kept[CACHED_INFO][i]);
		kept[CACHED_LINK][i].number = kept[CACHED_INFO][i].number = -1;
	}
}

void
proc_close(void)
{
	proc_cache_drop();
	if (proc.fd != -1)
		(void)close(proc.fd);
	proc.fd = -1;
}

int
proc_directory(void)
{
	struct file_stat st;
	struct rlimit limit;
	int fd, above;

	if (proc.fd != -1 && proc.pid == pid_cache_get())
		return proc.fd;
	proc_close();
	fd = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fd <= 2) {
		above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		(void)close(fd);
		if (above == -1)
			return -1;
		fd = above;
	}
	proc.fd = fd;
	proc.pid = pid_cache_get();
	proc.ino = file_stat(fd, &st) == 0 ? st.ino : 0;
	proc.limit = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
	return fd;
}

int
proc_stat_path(const char *path, struct file_stat *st)
{
	int at = proc_directory();

	return at == -1 ? -1 : file_stat_at(at, path, st);
}

/*
 * Returns true if other code has closed the cached directory, so that the cached descriptor number is not open or
 * refers to another file. In this case, the caller must retry its system call.
 */
static bool
proc_is_stale(void)
{
	int err = errno;
	struct file_stat st;
	bool stale = file_stat(proc.fd, &st) == -1 || st.ino != proc.ino;

	if (stale)
		proc.fd = -1;
	errno = err;
	return stale;
}

int
proc_open(const char *path)
{
	char whole[64];
	int at, tries, above, fd = -1;

	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			return -1;
		if ((fd = openat(at, path, O_RDONLY | O_CLOEXEC)) != -1 || !proc_is_stale())
			break;
	}
	/* If no descriptor number is free, closes the cached directory and uses its number. */
	if (fd == -1 && errno == EMFILE) {
		proc_close();
		(void)snprintf(whole, sizeof(whole), "/proc/self/%s", path);
		fd = open(whole, O_RDONLY | O_CLOEXEC);
	}
	if (fd == -1 || fd > 2)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	return above;
}

/*
 * Returns true if enough descriptor numbers above NUMBER are available for the largest message, so that a cached file
 * can stay open at NUMBER.
 */
static bool
can_spare(int number)
{
	return (rlim_t)number + 2 * FDPASS_MAX_FDS < proc.limit;
}

/*
 * Returns the cache entry for descriptor FD if the entry was last used for FD: FD is used repeatedly, so caching is
 * worthwhile. If the entry was last used for another descriptor, assigns the entry to FD and returns NULL.
 */
static struct kept *
kept_find(enum way way, int fd)
{
	struct kept *k = &kept[way][(unsigned int)fd % SLOTS];
	bool again = k->number == fd;

	if (!again)
		kept_close(k);
	k->number = fd;
	return again && can_spare(fd) ? k : NULL;
}

/* Stores FILE in the cache entry K, but closes FILE if the descriptor number of FILE must stay free. */
static void
kept_take(struct kept *k, int file)
{
	struct file_stat st;

	k->is_open = file != -1;
	k->file = file;
	k->ino = file_stat(file, &st) == 0 ? st.ino : 0;
	if (!can_spare(file) || file <= 2)
		kept_close(k);
}

/*
 * Removes a cache entry whose file could not be read. Other code may have closed the cached file, so its descriptor
 * number is closed only if the number still refers to the same file.
 */
static void
kept_drop(struct kept *k)
{
	struct file_stat st;

	if (file_stat(k->file, &st) == 0 && st.ino == k->ino)
		kept_close(k);
	k->is_open = false;
}

/* Like proc_readlink(), but reads the link through a cached file. Returns -1 if the link is not cached. */
static ssize_t
link_kept(int at, const char *path, int fd, char *buffer, size_t size)
{
	struct kept *k = kept_find(CACHED_LINK, fd);
	ssize_t n;

	if (k == NULL)
		return -1;
	if (!k->is_open)
		kept_take(k, openat(at, path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (!k->is_open)
		return -1;
	if ((n = readlinkat(k->file, "", buffer, size)) == -1)
		kept_drop(k);
	return n;
}

ssize_t
proc_readlink(int fd, char *buffer, size_t size)
{
	char path[40];
	ssize_t n;
	int at, tries;

	(void)num_write(path, "fd/", (unsigned int)fd, 10, 1);
	for (tries = 0; tries < 2; tries++) {
		if ((at = proc_directory()) == -1)
			break;
		if ((n = link_kept(at, path, fd, buffer, size)) != -1)
			return n;
		if ((n = readlinkat(at, path, buffer, size)) != -1 || !proc_is_stale())
			return n;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, buffer, size);
}

static ssize_t
info_read(int file, char *buffer, size_t size, off_t at)
{
	ssize_t n;

	do {
		n = pread(file, buffer, size, at);
	} while (n == -1 && errno == EINTR);
	return n;
}

/*
 * Returns true if TEXT is the content of an fdinfo file. If TEXT has another form, the descriptor number of the cached
 * file now refers to another file.
 */
static bool
is_info(const char *text, ssize_t n, off_t at)
{
	return n >= 0 && (at > 0 || (n > 4 && memcmp(text, "pos:", 4) == 0));
}

ssize_t
proc_read_info(int fd, char *buffer, size_t size, off_t at)
{
	struct kept *k;
	char path[40];
	ssize_t n;
	int file;

	if (proc_directory() == -1)
		return -1;
	k = kept_find(CACHED_INFO, fd);
	if (k != NULL && k->is_open) {
		n = info_read(k->file, buffer, size, at);
		if (is_info(buffer, n, at))
			return n;
		kept_drop(k);
	}
	(void)num_write(path, "fdinfo/", (unsigned int)fd, 10, 1);
	if ((file = proc_open(path)) == -1)
		return -1;
	n = info_read(file, buffer, size, at);
	if (k != NULL)
		kept_take(k, file);
	else
		(void)close(file);
	return n;
}
