/* SPDX-License-Identifier: ISC */
/* Determines the general properties of a descriptor, and its kind. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "inspect/fd.h"
#include "inspect/fdinfo.h"
#include "inspect/kind.h"
#include "inspect/mountinfo.h"
#include "inspect/proc.h"
#include "inspect/unix_diag.h"

/*
 * kinds_memory and kinds_tty come before kinds_file, because memory files and terminals also match the rows for regular
 * files and devices in kinds_file.
 */
static const struct fd_kind *const kind_tables[] = { kinds_memory, kinds_ns, kinds_tty, kinds_file, kinds_sock,
	kinds_pipe, kinds_anon, kinds_watch, kinds_pidfd, kinds_bpf };
#define TABLES (sizeof(kind_tables) / sizeof(kind_tables[0]))

static bool
link_fits(const struct fd_facts *f, const char *pattern)
{
	const char *star;
	size_t length;

	if (pattern[0] != f->link[0] || (pattern[1] != f->link[1] && pattern[1] != '*'))
		return false;
	star = strchr(pattern, '*');
	length = star != NULL ? (size_t)(star - pattern) : strlen(pattern);
	if (f->link_length < length || memcmp(f->link, pattern, length) != 0)
		return false;
	if (star == NULL)
		return f->link_length == length;
	return star[1] == '\0' || fnmatch(pattern, f->link, 0) == 0;
}

const struct fd_kind *
fd_kind_find(const struct fd_facts *f)
{
	const struct fd_kind *kind;
	size_t i;

	for (i = 0; i < TABLES; i++)
		for (kind = kind_tables[i]; kind->word != NULL; kind++)
			if ((kind->link == NULL || link_fits(f, kind->link)) && (kind->is == NULL || kind->is(f)))
				return kind;
	return &kind_unknown;
}

static enum fd_access
access_of(int flags)
{
	if ((flags & O_PATH) != 0)
		return ACCESS_PATH;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return ACCESS_READ;
	case O_WRONLY:
		return ACCESS_WRITE;
	case O_RDWR:
		return ACCESS_BOTH;
	default:
		return ACCESS_UNKNOWN;
	}
}

void
fd_prepare(void)
{
	(void)proc_directory();
	unix_diag_prepare();
}

bool
fd_cache_active(void)
{
	return proc_cache_active();
}

void
fd_cache_drop(void)
{
	proc_cache_drop();
}

void
fd_probe(int fd, struct fd_facts *f)
{
	ssize_t n;
	int flags;

	f->fd = f->number = fd;
	f->pid = 0;
	f->err = 0;
	f->kind = &kind_unknown;
	f->access = ACCESS_UNKNOWN;
	f->status_flags = 0;
	f->cloexec = f->cloexec_known = false;
	f->has_stat = false;
	f->stat_err = 0;
	f->link_err = 0;
	f->link_length = 0;
	f->link[0] = '\0';
	if ((flags = fcntl(fd, F_GETFD)) == -1) {
		f->err = errno;
		return;
	}
	f->cloexec = (flags & FD_CLOEXEC) != 0;
	f->cloexec_known = true;
	if ((flags = fcntl(fd, F_GETFL)) != -1) {
		f->status_flags = flags;
		f->access = access_of(flags);
	}
	f->has_stat = file_stat(fd, &f->st) == 0;
	f->stat_err = f->has_stat ? 0 : errno;
	if (f->has_stat && f->st.without_mount)
		f->st.has_mnt_id = fdinfo_mount(fd, &f->st.mnt_id);
	n = proc_readlink(fd, f->link, sizeof(f->link) - 1);
	f->link_err = n == -1 ? errno : 0;
	f->link_length = n == -1 ? 0 : (size_t)n;
	f->link[f->link_length] = '\0';
	f->kind = fd_kind_find(f);
}

void
fd_unavailable(int err, struct fd_facts *f)
{
	f->fd = f->number = -1;
	f->pid = 0;
	f->err = err;
	f->kind = &kind_unknown;
}

const char *
fd_kind_word(const struct fd_facts *facts)
{
	return facts->kind->word;
}

const char *
fd_kind_list(size_t index)
{
	const struct fd_kind *kind;
	size_t i;

	for (i = 0; i < TABLES; i++)
		for (kind = kind_tables[i]; kind->word != NULL; kind++) {
			if (kind > kind_tables[i] && strcmp(kind[-1].word, kind->word) == 0)
				continue;
			if (index-- == 0)
				return kind->word;
		}
	return index == 0 ? kind_unknown.word : NULL;
}

bool
fd_kind_exists(const char *word)
{
	const char *known;
	size_t i;

	for (i = 0; (known = fd_kind_list(i)) != NULL; i++)
		if (strcmp(known, word) == 0)
			return true;
	return false;
}

const char *
fd_filesystem(const struct fd_facts *f)
{
	const struct mount_entry *mount = NULL;

	if (!f->has_stat)
		return NULL;
	if (f->st.has_mnt_id)
		mount = mountinfo_by_id(f->st.mnt_id);
	if (mount == NULL)
		mount = mountinfo_by_device(f->st.dev_major, f->st.dev_minor);
	return mount != NULL ? mount->type : NULL;
}

bool
fd_is_foreign(const struct fd_facts *f)
{
	return f->has_stat && f->st.has_mnt_id && mountinfo_is_foreign(f->st.mnt_id);
}

bool
fd_poll_now(int fd, short *events)
{
	struct pollfd pfd = { .fd = fd, .events = *events };
	int ready;

	while ((ready = poll(&pfd, 1, 0)) == -1 && errno == EINTR)
		;
	*events = pfd.revents;
	return ready != -1;
}
