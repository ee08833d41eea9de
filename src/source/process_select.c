/* SPDX-License-Identifier: ISC */
/* Implements pid:PID:SELECTOR: opens each matching descriptor of a process as a separate item. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/no_auto_init.h"
#include "inspect/fd.h"
#include "inspect/process.h"
#include "source/internal.h"
#include "source/select.h"
#include "source/source.h"

/* Buffer sizes for an error message: for the text about one descriptor, and for the list of all descriptors. */
#define BRIEF_SIZE 160
#define LIST_SIZE  2048

/* Writes a brief description of a descriptor, such as "3 socket 0.0.0.0:22". */
static void
brief_write(const struct fd_facts *f, char text[BRIEF_SIZE])
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC };
	const struct sockaddr_un *path = (const struct sockaddr_un *)(const void *)&local;
	socklen_t length = sizeof(local);
	char place[PLACE_SIZE] = "";

	if (strcmp(fd_kind_word(f), "socket") != 0 || getsockname(f->fd, (struct sockaddr *)&local, &length) == -1)
		(void)strlcpy(place, f->link, sizeof(place));
	else if (local.ss_family == AF_INET || local.ss_family == AF_INET6)
		inet_place((const struct sockaddr *)&local, length, place);
	else if (local.ss_family == AF_UNIX && length > sizeof(local.ss_family))
		(void)snprintf(place, sizeof(place), "%s%.*s", path->sun_path[0] == '\0' ? "@" : "",
		    (int)(length - sizeof(local.ss_family)), path->sun_path + (path->sun_path[0] == '\0'));
	/* If the socket has no address, the text contains the target of the socket's link in /proc/PID/fd. */
	if (*place == '\0')
		(void)strlcpy(place, f->link, sizeof(place));
	(void)snprintf(text, BRIEF_SIZE, "%d %s ", f->number, fd_kind_word(f));
	(void)strlcat(text, place, BRIEF_SIZE);
}

/* Appends the brief description of a descriptor to LIST. If LIST has not enough room, appends an ellipsis. */
static void
list_append(char list[LIST_SIZE], const struct fd_facts *f)
{
	char text[BRIEF_SIZE];
	size_t used = strlen(list);

	brief_write(f, text);
	if (used + strlen(text) + 8 < LIST_SIZE)
		(void)snprintf(list + used, LIST_SIZE - used, "%s%s", used > 0 ? ", " : "", text);
	else if (used + 6 < LIST_SIZE && strcmp(list + used - 3, "...") != 0)
		(void)strlcat(list, ", ...", LIST_SIZE);
}

int
process_each(struct source *source, int (*found)(void *arg, int fd, const struct fd_facts *facts), void *arg,
    bool may_be_none, struct fail *fail)
{
	NO_AUTO_INIT struct fd_facts facts;
	char list[LIST_SIZE] = "", comm[PROC_COMM_SIZE];
	int *numbers = NULL, pidfd = process_get(source, fail), fd, rc = 0;
	size_t count = 0, i, matches = 0;

	if (pidfd == -1)
		return -1;
	if (proc_pid_fds(source->pid, &numbers, &count) == -1) {
		(void)close(pidfd);
		return process_fd_failed(source, errno == EACCES ? EPERM : errno == ENOENT ? ESRCH : errno, fail);
	}
	for (i = 0; rc == 0 && i < count; i++) {
		fd = proc_pid_getfd(pidfd, numbers[i]);
		/* If the process has closed the descriptor since the numbers were listed, the descriptor is skipped. */
		if (fd == -1 && errno == EBADF)
			continue;
		if (fd == -1) {
			rc = process_fd_failed(source, errno, fail);
			break;
		}
		fd_probe(fd, &facts);
		facts.number = numbers[i];
		if (selector_matches(source->selector, source->pid, &facts)) {
			matches++;
			rc = found(arg, fd, &facts);
			continue;
		}
		list_append(list, &facts);
		fd_close_all(&fd, 1);
	}
	(void)close(pidfd);
	free(numbers);
	if (rc != 0 || matches > 0 || may_be_none)
		return rc;
	proc_pid_comm(source->pid, comm);
	if (*list == '\0')
		return fail_msg(
		    fail, "%s: process %d (%s) has no open descriptors", source->text, (int)source->pid, comm);
	return fail_msg(fail, "%s: no descriptor of process %d (%s) matches; its descriptors are %s", source->text,
	    (int)source->pid, comm, list);
}

/* State of process_expand(), which replaces an item that has a selector with one item for each matching descriptor. */
struct expansion {
	struct source_list *list;
	size_t index, count;
	char *name;
	struct fail *fail;
};

static int
expansion_add(void *arg, int fd, const struct fd_facts *facts)
{
	struct expansion *e = arg;
	struct source *item;

	if (e->count > 0 && source_add(e->list, e->index, e->fail) == -1) {
		fd_close_all(&fd, 1);
		return -1;
	}
	item = &e->list->items[e->index + e->count];
	item->fd = fd;
	item->ours = item->foreign = true;
	item->pid = e->list->items[e->index].pid;
	item->number = facts->number;
	if (e->name != NULL && e->count > 0 && (item->name = strdup(e->name)) == NULL)
		return fail_errno(e->fail, "%s", item->text);
	e->count++;
	return 0;
}

int
process_expand(struct source_list *list, size_t index, struct fail *fail)
{
	struct expansion e = { .list = list, .index = index, .name = list->items[index].name, .fail = fail };
	/* SOURCE is a copy of the item, because list->items may be reallocated when items are added. */
	struct source source = list->items[index];

	return process_each(&source, expansion_add, &e, false, fail);
}
