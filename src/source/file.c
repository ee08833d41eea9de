/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/signal_mask.h"
#include "source/internal.h"
#include "source/source.h"

int
file_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	(void)options;
	if (*list->items[index].what == '\0')
		return fail_msg(fail, "%s: missing path", list->items[index].text);
	return 0;
}

static const char *
purpose(int flags)
{
	if (flags & O_PATH)
		return "cannot open";
	if (flags & O_DIRECTORY)
		return "cannot open the directory";
	if (flags & O_APPEND)
		return "cannot open for appending";
	if ((flags & O_ACCMODE) == O_RDONLY)
		return "cannot open for reading";
	return (flags & O_ACCMODE) == O_RDWR ? "cannot open for reading and writing" : "cannot open for writing";
}

static int
open_again(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
	while (fd == -1 && errno == EINTR);
	return fd;
}

/*
 * Creates the file and stores its inode number. Blocks signals during both steps, because the cleanup in a signal
 * handler removes the file only if its inode number is known. Fails with EEXIST if the file exists.
 */
static int
make(struct source *source, int flags)
{
	sigset_t before;
	struct stat st;
	int fd, err;

	signal_mask_block(NULL, 0, &before);
	fd = open_again(source->what, flags | O_CREAT | O_EXCL);
	err = errno;
	if (fd != -1 && fstat(fd, &st) == 0) {
		source->made_dev = st.st_dev;
		source->made_ino = st.st_ino;
		source->made = true;
	}
	errno = err;
	signal_mask_restore(&before);
	return fd;
}

static int
open_or_make(struct source *source, int flags)
{
	int fd;

	fd = open_again(source->what, flags & ~O_CREAT);
	if (fd != -1 || errno != ENOENT || (flags & O_CREAT) == 0)
		return fd;
	fd = make(source, flags);
	/*
	 * EEXIST: either the path is a dangling symbolic link, or another process has created the file since it was
	 * found to be missing.
	 */
	return fd == -1 && errno == EEXIST ? open_again(source->what, flags) : fd;
}

/*
 * Returns true if the LENGTH characters at TEXT are a prefix that needs no argument, such as "pipe:", but without its
 * colon.
 */
static bool
lacks_colon(const char *text, size_t length)
{
	static const char *const words[] = { "pipe", "socketpair", "memfd" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && strncmp(text, words[i], length) == 0)
			return true;
	return false;
}

/* Returns true if TEXT has the form HOST:PORT or :PORT. */
static bool
is_host_port(const char *text)
{
	const char *port = strrchr(text, ':');

	return port != NULL && port[1] != '\0' && port[1 + strspn(port + 1, "0123456789")] == '\0';
}

/*
 * Sets *FAIL after a path without a prefix was not found. WORD is the number of characters before the first colon of
 * TEXT.
 */
static int
no_such_path(const struct source *source, size_t word, struct fail *fail)
{
	const char *text = source->text, *nearest = source_nearest(text, word);

	if (nearest != NULL)
		return fail_msg(fail, "%s: no such path, and '%.*s:' is not a DESCRIPTOR prefix; did you mean '%s'?",
		    text, (int)word, text, nearest);
	if (is_host_port(text))
		return fail_msg(fail,
		    "%s: no such path, and '%.*s:' is not a DESCRIPTOR prefix; for a socket write tcp-listen:%s to "
		    "listen, or tcp:%s to connect",
		    text, (int)word, text, text, text);
	return fail_msg(fail, "%s: no such path, and '%.*s:' is not a DESCRIPTOR prefix", text, (int)word, text);
}

static int
open_failed(const struct source *source, struct fail *fail)
{
	size_t word = strcspn(source->text, ":/=");
	struct stat st;

	if (errno == ENOENT && *source->kind->word == '\0' && source->text[word] == ':')
		return no_such_path(source, word, fail);
	if (errno == ENOENT && *source->kind->word == '\0' && source->text[word] != '/' &&
	    lacks_colon(source->text, word))
		return fail_msg(fail, "%s: no such path; did you mean '%.*s:%s'?", source->text, (int)word,
		    source->text, source->text + word);
	if (errno == ENXIO && stat(source->what, &st) == 0 && S_ISSOCK(st.st_mode))
		return fail_msg(fail, "%s: it is a socket, which cannot be opened; to connect to it, use unix:%s",
		    source->text, source->what);
	return fail_errno(fail, "%s: %s", source->text, purpose(source->kind->argument));
}

/* Calls OPTIONS->waits if open(2) with FLAGS will wait until another process opens the file. */
static void
report_wait(const struct source *source, const struct source_options *options, int flags)
{
	struct stat st;

	if (options->waits == NULL || (flags & (O_NONBLOCK | O_PATH)) != 0 || (flags & O_ACCMODE) == O_RDWR ||
	    stat(source->what, &st) == -1 || !S_ISFIFO(st.st_mode))
		return;
	options->waits(source->text, (flags & O_ACCMODE) == O_WRONLY);
}

int
file_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	int flags = source->kind->argument & ~O_TRUNC, status;

	if ((options->no_wait || (options->readers_at_once && (flags & O_ACCMODE) == O_RDONLY)) &&
	    (flags & O_PATH) == 0)
		flags |= O_NONBLOCK;
	report_wait(source, options, flags);
	source->fd = open_or_make(source, flags);
	if (source->fd == -1)
		return open_failed(source, fail);
	source->ours = true;
	source->number = source->fd;
	if (flags & O_NONBLOCK) {
		status = fcntl(source->fd, F_GETFL);
		if (status == -1 || fcntl(source->fd, F_SETFL, status & ~O_NONBLOCK) == -1)
			return fail_errno(fail, "%s: %s", source->text, purpose(source->kind->argument));
	}
	return 0;
}

/* Truncates the file that w:PATH names, unless this process has created the file. */
int
file_truncate(const struct source *source, struct fail *fail)
{
	struct stat st;

	if ((source->kind->argument & O_TRUNC) == 0 || source->made)
		return 0;
	if (fstat(source->fd, &st) == 0 && (!S_ISREG(st.st_mode) || ftruncate(source->fd, 0) == 0))
		return 0;
	return fail_errno(fail, "%s: cannot truncate", source->text);
}

void
file_unmake(const struct source *source)
{
	int err = errno;
	struct stat st;

	if (source->made && lstat(source->what, &st) == 0 && st.st_dev == source->made_dev &&
	    st.st_ino == source->made_ino)
		(void)unlink(source->what);
	errno = err;
}
