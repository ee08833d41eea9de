/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/proc_pid.h"
#include "inspect/process.h"

#define PATH_SIZE 64

/* A growing array of pids or descriptor numbers. */
struct numbers {
	int *items;
	size_t count, room;
};

static int
numbers_add(struct numbers *numbers, int number)
{
	size_t room = numbers->room != 0 ? 2 * numbers->room : 64;
	int *more;

	if (numbers->count == numbers->room) {
		more = reallocarray(numbers->items, room, sizeof(*more));
		if (more == NULL)
			return -1;
		numbers->items = more;
		numbers->room = room;
	}
	numbers->items[numbers->count++] = number;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Lists the entries of the directory PATH whose names are numbers, in ascending order. */
static int
list_numbers(const char *path, struct numbers *numbers)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int rc = 0, err;

	*numbers = (struct numbers){ .items = NULL };
	if (dir == NULL)
		return -1;
	errno = 0;
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			rc = numbers_add(numbers, atoi(entry->d_name));
	err = errno;
	(void)closedir(dir);
	if (rc == -1 || err != 0) {
		free(numbers->items);
		errno = err;
		return -1;
	}
	if (numbers->count > 0)
		qsort(numbers->items, numbers->count, sizeof(*numbers->items), compare);
	return 0;
}

static int
numbers_of(const char *path, int **items, size_t *count)
{
	struct numbers numbers;

	if (list_numbers(path, &numbers) == -1)
		return -1;
	*items = numbers.items;
	*count = numbers.count;
	return 0;
}

int
proc_pid_fds(pid_t pid, int **fds, size_t *count)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	return numbers_of(path, fds, count);
}

int
proc_all_pids(pid_t **pids, size_t *count)
{
	return numbers_of("/proc", pids, count);
}

void
proc_pid_comm(pid_t pid, char comm[PROC_COMM_SIZE])
{
	if (proc_read(pid, "comm", comm, PROC_COMM_SIZE) <= 0)
		comm[0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

/* Appends the descendants of the processes in TREE to TREE, level by level. Omits this process and its helpers. */
static int
add_descendants(struct numbers *tree, const int *pids, const int *parents, size_t count)
{
	size_t i, from;

	for (from = 0; from < tree->count; from++)
		for (i = 0; i < count; i++)
			if (parents[i] == tree->items[from] && pids[i] != getpid() && numbers_add(tree, pids[i]) == -1)
				return -1;
	return 0;
}

int
proc_pid_tree(pid_t pid, pid_t **pids, size_t *count)
{
	struct numbers tree = { .items = NULL }, all;
	struct proc_stat stat;
	int *parents;
	size_t i;
	int rc;

	if (list_numbers("/proc", &all) == -1)
		return -1;
	parents = calloc(all.count + 1, sizeof(*parents));
	for (i = 0; parents != NULL && i < all.count; i++)
		parents[i] = proc_stat_read(all.items[i], &stat) ? stat.parent : 0;
	rc = parents != NULL ? numbers_add(&tree, pid) : -1;
	if (rc == 0)
		rc = add_descendants(&tree, all.items, parents, all.count);
	free(parents);
	free(all.items);
	if (rc == -1)
		free(tree.items);
	*pids = tree.items;
	*count = tree.count;
	return rc;
}

ssize_t
proc_pid_readlink(pid_t pid, int fd, char *link, size_t size)
{
	char path[PATH_SIZE];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(path, link, size - 1);
	if (n != -1)
		link[n] = '\0';
	return n;
}

int
proc_pid_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int
proc_pid_getfd(int pidfd, int number)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}
