/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kcmp.h>

#include "base/compat.h"
#include "inspect/holders.h"
#include "inspect/socket_peers.h"

#define LINK_SIZE 4112

struct entry {
	pid_t pid;
	int fd;
	char *link;
};

struct holders {
	struct entry *entries;
	size_t count, room;
	struct socket_peers *peers;
};

static int
entry_add(struct holders *h, pid_t pid, int fd, const char *link)
{
	size_t room = h->room != 0 ? 2 * h->room : 1024;
	struct entry *more;

	if (h->count == h->room) {
		more = reallocarray(h->entries, room, sizeof(*more));
		if (more == NULL)
			return -1;
		h->entries = more;
		h->room = room;
	}
	h->entries[h->count] = (struct entry){ .pid = pid, .fd = fd, .link = strdup(link) };
	if (h->entries[h->count].link == NULL)
		return -1;
	h->count++;
	return 0;
}

/* Processes that have exited in the meantime, or that may not be inspected, have no entries. */
static int
process_scan(struct holders *h, pid_t pid)
{
	char link[LINK_SIZE];
	int *fds, rc = 0;
	size_t count, i;

	if (proc_pid_fds(pid, &fds, &count) == -1)
		return errno == ENOMEM ? -1 : 0;
	for (i = 0; rc == 0 && i < count; i++)
		if (proc_pid_readlink(pid, fds[i], link, sizeof(link)) > 0)
			rc = entry_add(h, pid, fds[i], link);
	free(fds);
	return rc;
}

struct holders *
holders_new(void)
{
	struct holders *h = calloc(1, sizeof(*h));
	pid_t *pids = NULL;
	size_t count = 0, i;
	int rc;

	if (h == NULL)
		return NULL;
	h->peers = socket_peers_new();
	rc = h->peers != NULL ? proc_all_pids(&pids, &count) : -1;
	for (i = 0; rc == 0 && i < count; i++)
		if (pids[i] != getpid())
			rc = process_scan(h, pids[i]);
	free(pids);
	if (rc == 0)
		return h;
	holders_free(h);
	return NULL;
}

void
holders_free(struct holders *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->count; i++)
		free(h->entries[i].link);
	free(h->entries);
	socket_peers_free(h->peers);
	free(h);
}

static int
list_add(struct holder_list *list, const struct entry *entry)
{
	struct fd_holder *more = reallocarray(list->items, list->count + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	list->items = more;
	more[list->count] = (struct fd_holder){ .pid = entry->pid, .fd = entry->fd };
	proc_pid_comm(entry->pid, more[list->count].comm);
	list->count++;
	return 0;
}

/* Returns true if ENTRY is the open file description that FACTS describes. A socket has exactly one. */
static bool
is_same(const struct fd_facts *f, const struct entry *entry)
{
	long rc = syscall(SYS_kcmp, getpid(), entry->pid, KCMP_FILE, f->fd, entry->fd);

	return rc == -1 ? strncmp(f->link, "socket:[", 8) == 0 : rc == 0;
}

/* Returns true if ENTRY reads the data that F writes, or the reverse. */
static bool
is_opposite(const struct fd_facts *f, const struct entry *entry)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)entry->pid, entry->fd);
	if (lstat(path, &st) == -1)
		return false;
	return ((f->access == ACCESS_WRITE || f->access == ACCESS_BOTH) && (st.st_mode & S_IRUSR) != 0) ||
	    ((f->access == ACCESS_READ || f->access == ACCESS_BOTH) && (st.st_mode & S_IWUSR) != 0);
}

/* Returns the number of the pseudo-terminal whose master ENTRY is, or -1. */
static int
master_index(const struct entry *entry)
{
	char path[64], line[128];
	int index = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)entry->pid, entry->fd);
	file = fopen(path, "re");
	while (file != NULL && index == -1 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "tty-index:", 10) == 0)
			index = atoi(line + 10);
	if (file != NULL)
		(void)fclose(file);
	return index;
}

static bool
is_ptmx(const char *link)
{
	return strcmp(link, "/dev/ptmx") == 0 || strcmp(link, "/dev/pts/ptmx") == 0;
}

/* How the other end of a descriptor is found: by its link, or by inspecting each entry. */
struct wanted {
	char link[64]; /* "" if its link does not identify it */
	bool opposite; /* the same link, with the opposite access */
	int slave;     /* -1, or the pseudo-terminal whose masters are searched */
};

static void
wanted_fill(struct wanted *w, const struct holders *h, const struct fd_facts *f)
{
	const char *word = fd_kind_word(f);
	uint64_t inode;
	int number;

	*w = (struct wanted){ .slave = -1 };
	if (strcmp(word, "pipe") == 0 || strcmp(word, "fifo") == 0)
		w->opposite = true;
	else if (strcmp(word, "socket") == 0 && (inode = socket_peers_find(h->peers, f)) != 0)
		(void)snprintf(w->link, sizeof(w->link), "socket:[%llu]", (unsigned long long)inode);
	else if (is_ptmx(f->link) && ioctl(f->fd, (ioctl_request)TIOCGPTN, &number) == 0)
		(void)snprintf(w->link, sizeof(w->link), "/dev/pts/%d", number);
	else if (strncmp(f->link, "/dev/pts/", 9) == 0)
		w->slave = atoi(f->link + 9);
}

static bool
is_wanted(const struct wanted *w, const struct fd_facts *f, const struct entry *entry)
{
	if (w->opposite)
		return strcmp(entry->link, f->link) == 0 && is_opposite(f, entry);
	if (w->slave != -1)
		return is_ptmx(entry->link) && master_index(entry) == w->slave;
	return w->link[0] != '\0' && strcmp(entry->link, w->link) == 0;
}

int
holders_find(
    const struct holders *h, const struct fd_facts *f, pid_t pid, struct holder_list *same, struct holder_list *peers)
{
	const struct entry *entry;
	struct wanted wanted;
	int rc = 0;

	*same = *peers = (struct holder_list){ .items = NULL };
	wanted_fill(&wanted, h, f);
	for (entry = h->entries; rc == 0 && entry < h->entries + h->count; entry++) {
		if (entry->pid == pid && entry->fd == f->number)
			continue;
		if (strcmp(entry->link, f->link) == 0 && is_same(f, entry))
			rc = list_add(same, entry);
		else if (is_wanted(&wanted, f, entry))
			rc = list_add(peers, entry);
	}
	return rc;
}
