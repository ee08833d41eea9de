/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/pid_cache.h"
#include "inspect/kind.h"
#include "inspect/same.h"

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif
#define KCMP_FILE 0

/*
 * Maximum number of comparisons per descriptor if kcmp(2) is not available. kcmp(2) returns an order, so that a search
 * tree with fewer comparisons can be used.
 */
#define COMPARED 1024

static const struct same none = { .description = { .number = -1 }, .file = { .number = -1 } };

/* An open file description, represented by the first descriptor that refers to it. */
struct description {
	struct same_fd fd;	  /* a descriptor that refers to the open file description, for comparisons */
	int number;		  /* the number of this descriptor in its process, for the output */
	struct description *next; /* next open file description of the same file */
};

/*
 * A file, identified by its device and inode numbers. Several objects can have the same numbers; for example, all
 * anonymous inodes share one inode.
 */
struct file {
	uint32_t major, minor;
	uint64_t inode;
	struct description *first, *last;
	void *ordered; /* search tree of the open file descriptions, in the order of kcmp(2) */
};

struct same_index {
	void *files; /* search tree of struct file */
	enum { UNTRIED, ORDERED, UNORDERED } kcmp;
};

/* Returns 0 if A and B are equal, 1 if A is less, 2 if A is greater, 3 if they have no order, or -1 with errno. */
static long
kcmp_file(const struct same_fd *a, const struct same_fd *b)
{
#ifdef SYS_kcmp
	return syscall(SYS_kcmp, a->pid != 0 ? a->pid : pid_cache_get(), b->pid != 0 ? b->pid : pid_cache_get(),
	    KCMP_FILE, a->number, b->number);
#else
	(void)a;
	(void)b;
	return -1;
#endif
}

bool
fd_is_same(int a, int b)
{
	static bool old_kernel; /* Linux before 6.10: F_DUPFD_QUERY has failed, so only kcmp(2) is used */
	const struct same_fd one = { .number = a }, two = { .number = b };
	int answer;

	if (!old_kernel) {
		answer = fcntl(a, F_DUPFD_QUERY, b);
		if (answer != -1)
			return answer == 1;
		old_kernel = true;
	}
	return kcmp_file(&one, &two) == 0;
}

struct same_index *
same_index_new(void)
{
	return calloc(1, sizeof(struct same_index));
}

/* Passed to tdestroy(3). Does nothing, because free_file() frees the list of descriptions. */
static void
keep_description(void *description)
{
	(void)description;
}

static void
free_file(void *file)
{
	struct file *f = file;
	struct description *next;

	tdestroy(f->ordered, keep_description);
	for (; f->first != NULL; f->first = next) {
		next = f->first->next;
		free(f->first);
	}
	free(f);
}

void
same_index_free(struct same_index *index)
{
	if (index == NULL)
		return;
	tdestroy(index->files, free_file);
	free(index);
}

static int
compare_files(const void *a, const void *b)
{
	const struct file *one = a, *two = b;

	if (one->inode != two->inode)
		return one->inode < two->inode ? -1 : 1;
	if (one->minor != two->minor)
		return one->minor < two->minor ? -1 : 1;
	return one->major == two->major ? 0 : one->major < two->major ? -1 : 1;
}

/*
 * Comparison function for tsearch(3). A descriptor that was closed, or whose process has exited, is never equal to
 * another descriptor.
 */
static int
compare_descriptions(const void *a, const void *b)
{
	long order = kcmp_file(&((const struct description *)a)->fd, &((const struct description *)b)->fd);

	return order == 0 ? 0 : order == 1 ? -1 : 1;
}

static struct file *
find_file(struct same_index *index, const struct file_stat *st)
{
	struct file key = { .major = st->dev_major, .minor = st->dev_minor, .inode = st->ino }, *made;
	void *found = tfind(&key, &index->files, compare_files);

	if (found != NULL)
		return *(struct file **)found;
	if ((made = malloc(sizeof(*made))) == NULL)
		return NULL;
	*made = key;
	if (tsearch(made, &index->files, compare_files) == NULL) {
		free(made);
		return NULL;
	}
	return made;
}

/*
 * Searches for the open file description of FD if kcmp(2) is not available. Without kcmp(2), only descriptors of this
 * process can be compared, and only one by one.
 */
static const struct description *
search_list(const struct file *file, int fd)
{
	const struct description *d;
	size_t tried = 0;

	for (d = file->first; d != NULL && tried < COMPARED; d = d->next, tried++)
		if (d->fd.pid == 0 && fd_is_same(d->fd.number, fd))
			return d;
	return NULL;
}

/*
 * Searches for the open file description of KEY, a descriptor of this process. If the tree contains this description,
 * returns it. If the tree does not contain the description of KEY, adds KEY and returns NULL.
 */
static const struct description *
search_tree(struct file *file, struct description *key)
{
	void *found = tsearch(key, &file->ordered, compare_descriptions);
	const struct description *at = found != NULL ? *(struct description **)found : NULL;

	return at != key ? at : NULL;
}

static struct same_fd
report(const struct description *d)
{
	return (struct same_fd){ .pid = d->fd.pid, .number = d->number };
}

static void
list_add(struct file *file, struct description *d)
{
	if (file->last != NULL)
		file->last->next = d;
	else
		file->first = d;
	file->last = d;
}

struct same
same_index_add(struct same_index *index, const struct fd_facts *f, pid_t pid)
{
	const struct description *same;
	struct description *key;
	struct same result = none;
	struct file *file;

	if (index == NULL || f->err != 0 || !f->has_stat || (file = find_file(index, &f->st)) == NULL ||
	    (key = calloc(1, sizeof(*key))) == NULL)
		return none;
	key->fd.number = f->fd;
	if (index->kcmp == UNTRIED)
		index->kcmp = kcmp_file(&key->fd, &key->fd) == 0 ? ORDERED : UNORDERED;
	same = index->kcmp == ORDERED ? search_tree(file, key) : search_list(file, f->fd);
	if (same != NULL) {
		result.description = report(same);
		free(key);
		return result;
	}
	if (file->first != NULL && (f->kind->flags & KIND_FILE) != 0)
		result.file = report(file->first);
	/*
	 * If FACTS describes a duplicate, the caller closes this duplicate before later comparisons. Therefore, later
	 * comparisons use the pid and number of the original descriptor.
	 */
	if (pid != 0)
		key->fd = (struct same_fd){ .pid = pid, .number = f->number };
	key->number = f->number;
	list_add(file, key);
	return result;
}
