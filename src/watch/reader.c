/* SPDX-License-Identifier: ISC */
/*
 * Determines whether a traced process reads the tracer's output itself, for example a terminal emulator that shows the
 * output. A stopped process does not read, so the output could never be written if the tracer kept such a process
 * stopped until then.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filestat.h"
#include "inspect/unix_diag.h"
#include "watch/internal.h"

#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST	143

/* The end of a pipe, socket or pseudo-terminal from which the output is read. */
struct reading_end {
	char link[512];	  /* target of this end's link in /proc/PID/fd; "": the output is a pseudo-terminal */
	bool is_pipe;	  /* the output is a pipe; both ends of a pipe have the same link target */
	unsigned int pts; /* number of the pseudo-terminal */
};

static bool
read_link(pid_t pid, const char *fd, char *link, size_t size)
{
	ssize_t n = process_read_link(pid, fd, link, size - 1);

	link[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/*
 * Determines the end of the pipe, socket or pseudo-terminal from which the output is read. Returns false if the output
 * is not a pipe, a FIFO, an AF_UNIX socket or a pseudo-terminal.
 */
static bool
end_of_output(struct watch *w, struct reading_end *end)
{
	int *netlink = &w->capture.sockets.netlink;
	char number[16];
	struct file_stat st;
	uint64_t peer;

	*end = (struct reading_end){ .is_pipe = false };
	if (file_stat(w->options->output, &st) == -1)
		return false;
	if (S_ISCHR(st.mode) && st.rdev_major >= PTS_MAJOR_FIRST && st.rdev_major <= PTS_MAJOR_LAST) {
		end->pts = (st.rdev_major - PTS_MAJOR_FIRST) * 256 + st.rdev_minor;
		return true;
	}
	if (S_ISSOCK(st.mode)) {
		if (*netlink == -1)
			*netlink = unix_diag_open();
		if (!unix_diag_peer(*netlink, st.ino, &peer))
			return false;
		(void)snprintf(end->link, sizeof(end->link), "socket:[%" PRIu64 "]", peer);
		return true;
	}
	end->is_pipe = S_ISFIFO(st.mode);
	(void)snprintf(number, sizeof(number), "%d", w->options->output);
	return end->is_pipe && read_link(getpid(), number, end->link, sizeof(end->link));
}

/*
 * Returns true if descriptor FD of another process is the end from which the output is read. FDS is the directory
 * /proc/PID/fd of that process.
 */
static bool
is_end(pid_t tid, int fds, const char *fd, const struct reading_end *end)
{
	char link[sizeof(end->link)];
	struct stat st;
	size_t length;

	if (!read_link(tid, fd, link, sizeof(link)))
		return false;
	length = strlen(link);
	if (end->link[0] == '\0')
		return length >= 5 && strcmp(link + length - 5, "/ptmx") == 0 &&
		    process_fdinfo_number(tid, fd, "tty-index:") == (long)end->pts;
	/* The permissions of a link in /proc/PID/fd show the access mode of the descriptor. */
	return strcmp(link, end->link) == 0 &&
	    (!end->is_pipe || (fstatat(fds, fd, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IRUSR) != 0));
}

static bool
has_end(pid_t tid, const struct reading_end *end)
{
	char path[48];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.' && is_end(tid, dirfd(dir), entry->d_name, end);
	(void)closedir(dir);
	return found;
}

void
reader_find(struct watch *w)
{
	struct reading_end end;
	struct tracee *tracee;
	size_t i;

	if (!end_of_output(w, &end))
		return;
	for (i = 0; i < TRACEE_BUCKETS; i++)
		for (tracee = w->tracees[i]; tracee != NULL; tracee = tracee->next)
			if (tracee->waiting && !tracee->is_reader)
				tracee->is_reader = has_end(tracee->tid, &end);
}
