/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/fd.h"
#include "inspect/fd_names.h"
#include "hold/same_file.h"
#include "hold/store.h"
#include "hold/store_poll.h"

#define CLOSE_BATCH 256

void
store_init(struct store *store, struct loop *loop, size_t max, const struct store_limit *limits, size_t limit_count)
{
	*store = (struct store){
		.loop = loop, .max = max, .limits = limits, .limit_count = limit_count, .names = fd_names_create()
	};
}

static void
unlink_entry(struct stored *entry)
{
	struct store *store = entry->store;

	*(entry->previous != NULL ? &entry->previous->next : &store->first) = entry->next;
	*(entry->next != NULL ? &entry->next->previous : &store->last) = entry->previous;
}

static void
link_entry(struct store *store, struct stored *entry)
{
	entry->next = NULL;
	entry->previous = store->last;
	*(store->last != NULL ? &store->last->next : &store->first) = entry;
	store->last = entry;
	store->count++;
	fd_names_set(store->names, entry->fd, entry->name);
}

/*
 * Removes ENTRY from the store. Returns true if the caller must close the entry's descriptor. Returns false if an
 * answer still uses the entry's descriptor. In this case, the descriptor is closed after the answer has been sent.
 */
static bool
detach(struct stored *entry)
{
	loop_unwatch(entry->store->loop, &entry->watch);
	fd_names_set(entry->store->names, entry->fd, NULL);
	unlink_entry(entry);
	entry->store->count--;
	entry->removed = true;
	return entry->users == 0;
}

void
store_drop(struct stored *entry)
{
	if (entry->removed || !detach(entry))
		return;
	fd_close_all(&entry->fd, 1);
	free(entry);
}

void
store_use(struct stored *entry)
{
	entry->users++;
}

void
store_release(struct stored *entry)
{
	if (--entry->users > 0 || !entry->removed)
		return;
	fd_close_all(&entry->fd, 1);
	free(entry);
}

void
store_take(struct stored *entry)
{
	entry->taken = true;
	loop_unwatch(entry->store->loop, &entry->watch);
}

void
store_give_back(struct stored *entry)
{
	entry->taken = false;
	if (entry->poll && !entry->removed)
		store_poll_begin(entry);
}

struct stored *
store_next(const struct store *store, uint64_t after, const char *name)
{
	struct stored *entry;

	for (entry = store->first; entry != NULL; entry = entry->next)
		if (entry->id > after && !entry->taken && (name == NULL || strcmp(entry->name, name) == 0))
			return entry;
	return NULL;
}

bool
store_name_is_foreign(const struct store *store, const char *name, const struct store_user *user)
{
	const struct stored *entry;

	for (entry = store->first; entry != NULL; entry = entry->next)
		if (entry->user.uid != user->uid && strcmp(entry->name, name) == 0)
			return true;
	return false;
}

static bool
may_remove(const struct stored *entry, const struct store_user *user)
{
	return !entry->taken && (user->owner || entry->user.uid == user->uid);
}

/* Removes each entry called NAME that USER may remove. If NAME is NULL, removes all entries. */
static size_t
remove_all(struct store *store, const char *name, const struct store_user *user)
{
	struct stored *entry, *next;
	int fds[CLOSE_BATCH];
	size_t count = 0, total = 0;

	for (entry = store->first; entry != NULL; entry = next) {
		next = entry->next;
		if (name != NULL && (strcmp(entry->name, name) != 0 || !may_remove(entry, user)))
			continue;
		total++;
		if (!detach(entry))
			continue;
		fds[count++] = entry->fd;
		free(entry);
		if (count == CLOSE_BATCH) {
			fd_close_all(fds, count);
			count = 0;
		}
	}
	fd_close_all(fds, count);
	return total;
}

size_t
store_remove(struct store *store, const char *name, const struct store_user *user)
{
	return remove_all(store, name, user);
}

void
store_free(struct store *store)
{
	(void)remove_all(store, NULL, NULL);
	loop_timer_cancel(store->loop, &store->poll_timer);
	fd_close_all(&store->names, 1);
	store->names = -1;
}

/* --- adding entries */

static struct stored *
entry_new(struct store *store, const struct store_properties *p, int fd)
{
	size_t length = strlen(p->name) + 1;
	struct stored *entry = calloc(1, sizeof(*entry) + length);

	if (entry == NULL)
		return NULL;
	entry->store = store;
	entry->watch.fd = -1;
	entry->fd = fd;
	entry->poll = p->poll;
	entry->user = p->user;
	memcpy(entry->name, p->name, length);
	/* If file_stat() fails, duplicates of this descriptor are not detected. */
	(void)file_stat(fd, &entry->st);
	return entry;
}

static bool
is_stored(const struct store *store, const struct stored *one)
{
	const struct stored *entry;

	for (entry = store->first; entry != NULL; entry = entry->next)
		if (entry->user.uid == one->user.uid && strcmp(entry->name, one->name) == 0 &&
		    same_open_file(entry->fd, &entry->st, one->fd, &one->st))
			return true;
	return false;
}

static bool
is_among(struct stored *const *entries, size_t count, const struct stored *one)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (same_open_file(entries[i]->fd, &entries[i]->st, one->fd, &one->st))
			return true;
	return false;
}

static size_t
count_named(const struct store *store, const char *name)
{
	const struct stored *entry;
	size_t count = 0;

	for (entry = store->first; entry != NULL; entry = entry->next)
		count += strcmp(entry->name, name) == 0;
	return count;
}

/* Returns the number of stored descriptors that came from users who do not own the store. */
static size_t
count_others(const struct store *store)
{
	const struct stored *entry;
	size_t count = 0;

	for (entry = store->first; entry != NULL; entry = entry->next)
		count += !entry->user.owner;
	return count;
}

static size_t
room(size_t max, size_t used)
{
	return used < max ? max - used : 0;
}

static int
check_limits(const struct store *store, const struct store_properties *p, size_t more, struct fail *fail)
{
	size_t i, named, others;

	if (more > room(store->max, store->count)) {
		(void)fail_msg(fail, "the store is full: the number of descriptors is %zu, and the limit is %zu",
		    store->count, store->max);
		fail->err = EXFULL;
		return -1;
	}
	/* All users who do not own the store share one limit, because one attacker can use many user IDs. */
	others = p->user.owner ? 0 : count_others(store);
	if (!p->user.owner && more > room(store->max / 2, others)) {
		(void)fail_msg(fail,
		    "the store is full: the number of descriptors is %zu, and the limit is %zu for all users who do "
		    "not own it",
		    others, store->max / 2);
		fail->err = EXFULL;
		return -1;
	}
	for (i = 0; i < store->limit_count; i++) {
		if (strcmp(store->limits[i].name, p->name) != 0)
			continue;
		named = count_named(store, p->name);
		if (named + more <= store->limits[i].max)
			continue;
		(void)fail_msg(fail,
		    "the store is full: the number of descriptors is %zu, and the limit is %zu for the name %s", named,
		    store->limits[i].max, p->name);
		fail->err = EXFULL;
		return -1;
	}
	return 0;
}

/*
 * Creates entries for those descriptors that are not in the store yet, and sets *ADDED to the number of new entries.
 * ENTRIES must contain only NULL; the new entries are stored there in the order of FDS, without gaps. Returns 0, or -1
 * with *FAIL.
 */
static int
make_entries(struct store *store, const struct store_properties *p, const int *fds, size_t count,
    struct stored **entries, size_t *added, struct fail *fail)
{
	struct stored *entry;
	size_t i;

	*added = 0;
	for (i = 0; i < count; i++) {
		if ((entry = entry_new(store, p, fds[i])) == NULL)
			return fail_errno(fail, "cannot store a descriptor");
		if (is_stored(store, entry) || is_among(entries, *added, entry))
			free(entry);
		else
			entries[(*added)++] = entry;
	}
	return check_limits(store, p, *added, fail);
}

/*
 * Closes the descriptors that are already in the store. Calls helper_close() only once, because each call may create a
 * process.
 */
static void
close_duplicates(const int *fds, size_t count, struct stored *const *entries)
{
	size_t i, next = 0, closed = 0;
	int batch[CLOSE_BATCH];

	for (i = 0; i < count; i++) {
		if (entries[next] != NULL && entries[next]->fd == fds[i]) {
			next++;
			continue;
		}
		batch[closed++] = fds[i];
		if (closed == CLOSE_BATCH) {
			fd_close_all(batch, closed);
			closed = 0;
		}
	}
	fd_close_all(batch, closed);
}

int
store_add(struct store *store, const struct store_properties *p, const int *fds, size_t count, size_t *added,
    struct fail *fail)
{
	struct stored **entries = calloc(count + 1, sizeof(*entries));
	size_t i, new_count;

	if (entries == NULL)
		return fail_errno(fail, "cannot store descriptors");
	if (make_entries(store, p, fds, count, entries, &new_count, fail) == -1) {
		for (i = 0; i < new_count; i++)
			free(entries[i]);
		free(entries);
		return -1;
	}
	close_duplicates(fds, count, entries);
	for (i = 0; i < new_count; i++) {
		entries[i]->id = ++store->last_id;
		link_entry(store, entries[i]);
	}
	/* Polling starts after all entries have been added, because an entry can be removed as soon as it is polled. */
	for (i = 0; i < new_count; i++)
		if (p->poll)
			store_poll_begin(entries[i]);
	free(entries);
	if (added != NULL)
		*added = new_count;
	return 0;
}
