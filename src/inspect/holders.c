/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
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

/*
 * Maximum size of a group whose descriptors are compared one by one with the descriptor of a query. Groups of more than
 * COMPARED descriptors are sorted into a search tree first.
 */
#define COMPARED 32

struct held {
	pid_t pid;
	int fd;
	char *link;
	size_t query; /* number of the last query that found this entry (same open file description) */
	/* in a sorted group: entries with the same open file description; LAST is set only in the first entry */
	struct held *next, *last;
	bool has_master;
	int master; /* if has_master: the pseudo-terminal's number if this entry is a master, otherwise -1 */
};

/* The descriptors whose links in /proc have the same text. For example, all eventfds have the same link. */
struct group {
	struct held *first;
	size_t count;
	bool is_ordered;
	void *tree; /* search tree in the order of kcmp(2), with one entry for each open file description */
};

struct holders {
	struct held *entries; /* sorted by link; entries with the same link are sorted by pid and descriptor number */
	size_t count, room;
	struct group *groups; /* the groups, in the same order as the entries */
	size_t group_count;
	size_t queries;
	struct socket_peers *peers;
};

static int
entry_add(struct holders *h, pid_t pid, int fd, const char *link)
{
	size_t room = h->room != 0 ? 2 * h->room : 1024;
	struct held *more;

	if (h->count == h->room) {
		more = reallocarray(h->entries, room, sizeof(*more));
		if (more == NULL)
			return -1;
		h->entries = more;
		h->room = room;
	}
	h->entries[h->count] = (struct held){ .pid = pid, .fd = fd, .link = strdup(link) };
	if (h->entries[h->count].link == NULL)
		return -1;
	h->count++;
	return 0;
}

/*
 * Adds the descriptors of process PID. Adds nothing if the process has exited or this process is not permitted to
 * inspect it. Returns 0, or -1 if there is no memory.
 */
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

static int
compare_entries(const void *a, const void *b)
{
	const struct held *one = a, *two = b;
	int order = strcmp(one->link, two->link);

	if (order != 0)
		return order;
	if (one->pid != two->pid)
		return one->pid < two->pid ? -1 : 1;
	return one->fd < two->fd ? -1 : one->fd > two->fd;
}

static int
make_groups(struct holders *h)
{
	size_t i;

	if (h->count == 0)
		return 0;
	qsort(h->entries, h->count, sizeof(*h->entries), compare_entries);
	if ((h->groups = calloc(h->count, sizeof(*h->groups))) == NULL)
		return -1;
	for (i = 0; i < h->count; i++) {
		if (i == 0 || strcmp(h->entries[i].link, h->entries[i - 1].link) != 0)
			h->groups[h->group_count++].first = &h->entries[i];
		h->groups[h->group_count - 1].count++;
	}
	return 0;
}

static int
compare_link(const void *link, const void *group)
{
	return strcmp(link, ((const struct group *)group)->first->link);
}

static struct group *
group_find(const struct holders *h, const char *link)
{
	return h->group_count != 0 ? bsearch(link, h->groups, h->group_count, sizeof(*h->groups), compare_link) : NULL;
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
	if (rc == 0 && make_groups(h) == 0)
		return h;
	holders_free(h);
	return NULL;
}

/*
 * Passed to tdestroy(3). Does nothing, because the entries are elements of an array and must not be freed one by one.
 */
static void
keep_entry(void *entry)
{
	(void)entry;
}

void
holders_free(struct holders *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->group_count; i++)
		tdestroy(h->groups[i].tree, keep_entry);
	free(h->groups);
	for (i = 0; i < h->count; i++)
		free(h->entries[i].link);
	free(h->entries);
	socket_peers_free(h->peers);
	free(h);
}

static int
list_add(struct holder_list *list, const struct held *entry)
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

static long
compare_files(const struct held *a, const struct held *b)
{
	return syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, a->fd, b->fd);
}

/*
 * Comparison function for tsearch(3). kcmp(2) fails for a closed descriptor, so a closed descriptor is never equal to
 * another descriptor.
 */
static int
compare_ordered(const void *a, const void *b)
{
	long order = compare_files(a, b);

	return order == 0 ? 0 : order == 1 ? -1 : 1;
}

static void
group_order(struct group *group)
{
	struct held *entry, *same;
	void *node;

	group->is_ordered = true;
	for (entry = group->first; entry < group->first + group->count; entry++) {
		if (compare_files(entry, entry) != 0 || (node = tsearch(entry, &group->tree, compare_ordered)) == NULL)
			continue;
		same = *(struct held **)node;
		if (same != entry)
			same->last->next = entry;
		same->last = entry;
	}
}

/* A search for the holders of the descriptor that FACTS describes. The descriptor belongs to process PID. */
struct query {
	const struct fd_facts *facts;
	pid_t pid;
	size_t number;
	struct holder_list *same, *peers;
};

static int
add_same(const struct query *q, struct held *entry)
{
	entry->query = q->number;
	return entry->pid == q->pid && entry->fd == q->facts->number ? 0 : list_add(q->same, entry);
}

/*
 * Adds the entries of GROUP with the same open file description as the descriptor in the query. All descriptors with
 * the same socket link have the same open file description, so entries of sockets are not compared.
 */
static int
find_same(const struct query *q, struct group *group)
{
	struct held key = { .pid = getpid(), .fd = q->facts->fd }, *entry;
	bool is_socket = strncmp(q->facts->link, "socket:[", 8) == 0;
	void *node;
	int rc = 0;

	if (is_socket || group->count <= COMPARED) {
		for (entry = group->first; rc == 0 && entry < group->first + group->count; entry++)
			if (is_socket || compare_files(&key, entry) == 0)
				rc = add_same(q, entry);
		return rc;
	}
	if (!group->is_ordered)
		group_order(group);
	node = tfind(&key, &group->tree, compare_ordered);
	for (entry = node != NULL ? *(struct held **)node : NULL; rc == 0 && entry != NULL; entry = entry->next)
		rc = add_same(q, entry);
	return rc;
}

/* Returns true if ENTRY is a read end and F is a write end of the same pipe, or the other way around. */
static bool
is_opposite(const struct fd_facts *f, const struct held *entry)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)entry->pid, entry->fd);
	if (lstat(path, &st) == -1)
		return false;
	return ((f->access == ACCESS_WRITE || f->access == ACCESS_BOTH) && (st.st_mode & S_IRUSR) != 0) ||
	    ((f->access == ACCESS_READ || f->access == ACCESS_BOTH) && (st.st_mode & S_IWUSR) != 0);
}

/* Returns the number of the pseudo-terminal if ENTRY is the master of a pseudo-terminal, otherwise -1. */
static int
master_index(struct held *entry)
{
	char path[64], line[128];
	int index = -1;
	FILE *file;

	if (entry->has_master)
		return entry->master;
	(void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)entry->pid, entry->fd);
	file = fopen(path, "re");
	while (file != NULL && index == -1 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "tty-index:", 10) == 0)
			index = atoi(line + 10);
	if (file != NULL)
		(void)fclose(file);
	entry->has_master = true;
	entry->master = index;
	return index;
}

static bool
is_ptmx(const char *link)
{
	return strcmp(link, "/dev/ptmx") == 0 || strcmp(link, "/dev/pts/ptmx") == 0;
}

/* The properties that identify the other end of a pipe, socket or pseudo-terminal. */
struct wanted {
	char link[64]; /* the link of the other end; "": the link does not identify the other end */
	bool opposite; /* for a pipe: the other end has the same link, but the opposite access mode */
	int slave;     /* number of the pseudo-terminal whose master is the other end, or -1 */
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

/*
 * Adds the entries of GROUP that refer to the other end. Omits entries that have the same open file description as the
 * descriptor in the query.
 */
static int
add_peers(const struct query *q, const struct group *group, const struct wanted *w)
{
	struct held *entry;
	int rc = 0;

	for (entry = group->first; rc == 0 && entry < group->first + group->count; entry++) {
		if (entry->query == q->number || (w->opposite && !is_opposite(q->facts, entry)) ||
		    (w->slave != -1 && master_index(entry) != w->slave) ||
		    (entry->pid == q->pid && entry->fd == q->facts->number))
			continue;
		rc = list_add(q->peers, entry);
	}
	return rc;
}

static int
find_peers(const struct query *q, const struct holders *h)
{
	static const char masters[][16] = { "/dev/ptmx", "/dev/pts/ptmx" };
	const struct group *group;
	struct wanted wanted;
	int rc = 0;
	size_t i;

	wanted_fill(&wanted, h, q->facts);
	if (wanted.slave == -1) {
		group = group_find(h, wanted.opposite ? q->facts->link : wanted.link);
		return group != NULL ? add_peers(q, group, &wanted) : 0;
	}
	for (i = 0; rc == 0 && i < sizeof(masters) / sizeof(masters[0]); i++)
		if ((group = group_find(h, masters[i])) != NULL)
			rc = add_peers(q, group, &wanted);
	return rc;
}

int
holders_find(
    struct holders *h, const struct fd_facts *f, pid_t pid, struct holder_list *same, struct holder_list *peers)
{
	const struct query q = { .facts = f, .pid = pid, .number = ++h->queries, .same = same, .peers = peers };
	struct group *group = group_find(h, f->link);
	int rc = 0;

	*same = *peers = (struct holder_list){ .items = NULL };
	if (group != NULL)
		rc = find_same(&q, group);
	return rc == 0 ? find_peers(&q, h) : rc;
}
