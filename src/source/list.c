/* SPDX-License-Identifier: ISC */
/*
 * Functions that are called when a list of opened descriptors is no longer needed. These functions keep or remove the
 * created files, and close the descriptors.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/helper.h"
#include "net/endpoint.h"
#include "source/internal.h"
#include "source/select.h"
#include "source/source.h"

int
source_list_truncate(const struct source_list *list, struct fail *fail)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->items[i].kind->open == file_open && file_truncate(&list->items[i], fail) == -1)
			return -1;
	return 0;
}

void
source_list_keep(struct source_list *list)
{
	struct source *item;
	size_t i;
	int dirfd;

	for (i = 0; i < list->count; i++) {
		item = &list->items[i];
		item->made = false;
		item->shared = true;
		dirfd = item->endpoint.dirfd;
		item->endpoint.dirfd = -1;
		atomic_signal_fence(memory_order_seq_cst);
		if (dirfd != -1)
			(void)close(dirfd);
	}
}

void
source_list_keep_files(struct source_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		list->items[i].made = false;
}

void
source_list_leave(struct source_list *list)
{
	struct source *item;
	size_t i;

	source_list_unlink(list);
	source_list_keep(list);
	for (i = 0; i < list->count; i++) {
		item = &list->items[i];
		/*
		 * If no other process has a copy of the descriptor, closing the descriptor may block, so a helper
		 * closes it.
		 */
		if (item->ours)
			helper_close(&item->fd, 1);
		item->fd = item->endpoint.fd = -1;
		item->ours = item->endpoint.ours = false;
	}
}

void
source_list_unlink(const struct source_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		endpoint_unlink(&list->items[i].endpoint);
		file_unmake(&list->items[i]);
	}
}

void
source_list_close(struct source_list *list)
{
	struct source *items = list->items, *item;
	size_t count = list->count, i;
	int err = errno;

	source_list_unlink(list);
	list->count = 0;
	atomic_signal_fence(memory_order_seq_cst);
	for (i = 0; i < count; i++) {
		item = &items[i];
		if (item->ours && item->fd != -1 && item->fd != item->endpoint.fd)
			(void)close(item->fd);
		if (item->shared && item->endpoint.ours) {
			/* The socket is closed without shutdown(2), because other processes may have copies of it. */
			helper_close(&item->endpoint.fd, 1);
			item->endpoint.fd = -1;
			item->endpoint.ours = false;
		}
		endpoint_done(&item->endpoint);
		free(item->what);
		selector_free(item->selector);
		free(item->name);
		free(item->bound);
		free(item->error);
	}
	free(items);
	*list = (struct source_list)SOURCE_LIST_NONE;
	errno = err;
}
