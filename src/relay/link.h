/* SPDX-License-Identifier: ISC */
/* Implements circular doubly linked lists. */
#ifndef RELAY_LINK_H
#define RELAY_LINK_H

#include <stdbool.h>
#include <stddef.h>

/* The head of a list, or the list pointers of a member. */
struct link {
	struct link *prev, *next;
};

static inline void
link_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool
link_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline void
link_add(struct link *head, struct link *link)
{
	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

static inline void
link_remove(struct link *link)
{
	/* Removes LINK from its list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link_init(link);
}

#define LINK_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
