/* SPDX-License-Identifier: ISC */
/*
 * The store contains named descriptors in the order of arrival. When a descriptor hangs up, it is removed, unless
 * FDPOLL=0 was specified when the descriptor was stored. Because the descriptors come from untrusted peers, the store
 * closes and polls descriptors only in ways that never block this process.
 */
#ifndef HOLD_STORE_H
#define HOLD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"
#include "base/filestat.h"
#include "hold/loop.h"

enum stored_poll {
	STORED_UNPOLLED,  /* not polled, because of FDPOLL=0, or because the file is always ready or cannot be polled */
	STORED_IN_EPOLL,  /* polled in the event loop */
	STORED_BY_HELPER, /* polled by a helper once a second, because poll(2) can block for files of this kind */
	STORED_SUSPECT	  /* polled by a helper without other descriptors, because poll(2) with others has hung */
};

/* The user who stores or removes descriptors. */
struct store_user {
	uid_t uid;  /* (uid_t)-1: unknown; all unknown users are treated as one user */
	bool owner; /* the user owns the store, so the restrictions for other users do not apply */
};

struct stored {
	struct stored *next, *previous;
	struct store *store;
	struct watch watch;
	uint64_t id; /* number of the entry; later entries have greater numbers */
	int fd;
	bool poll;		/* the sender requested polling */
	struct store_user user; /* the user who sent the descriptor */
	enum stored_poll polled;
	struct file_stat st;
	unsigned int users; /* number of unfinished answers that use this entry */
	bool taken;	    /* sent after FDTAKE=1, but the client has not received it yet; hidden from other clients */
	bool removed;
	char name[];
};

/* A limit on the number of descriptors that are stored under one name. */
struct store_limit {
	const char *name;
	size_t max;
};

struct store {
	struct loop *loop;
	struct stored *first, *last;
	size_t count; /* number of entries, without removed entries that answers still use */
	uint64_t last_id;
	size_t max;
	const struct store_limit *limits;
	size_t limit_count;
	int names; /* memfd with the names of the stored descriptors, for fdpass show; -1: none */
	struct timer poll_timer;
	void (*dropped)(
	    void *arg, const char *name, const char *why); /* called after an entry that hung up has been removed */
	void *arg;
};

/* Initializes STORE. The caller owns LIMITS, which must stay valid as long as STORE is used. */
void store_init(
    struct store *store, struct loop *loop, size_t max, const struct store_limit *limits, size_t limit_count);

/* Closes all stored descriptors and releases the memory of the store. */
void store_free(struct store *store);

/* The properties that all descriptors of one message share. */
struct store_properties {
	const char *name;
	bool poll;
	struct store_user user;
};

/*
 * Stores all COUNT descriptors, or none of them. If the same user has already stored the same open file description
 * under this name, closes the new descriptor instead of storing it. Sets *ADDED (unless ADDED is NULL) to the number of
 * new entries. Returns 0, or -1 with *FAIL; after a failure, the caller still owns the descriptors. fail->err is EXFULL
 * if a limit would be exceeded.
 */
int store_add(struct store *store, const struct store_properties *properties, const int *fds, size_t count,
    size_t *added, struct fail *fail);

/* Returns true if a user other than USER has stored a descriptor under NAME. */
bool store_name_is_foreign(const struct store *store, const char *name, const struct store_user *user);

/* Removes all entries called NAME that USER may remove. Returns the number of removed entries. */
size_t store_remove(struct store *store, const char *name, const struct store_user *user);

/*
 * Returns the first entry whose ID is greater than AFTER. If NAME is not NULL, considers only entries with this name.
 * Returns NULL if there is no such entry.
 */
struct stored *store_next(const struct store *store, uint64_t after, const char *name);

/* Keeps ENTRY valid and its descriptor open until store_release(), even if the entry is removed from the store. */
void store_use(struct stored *entry);
void store_release(struct stored *entry);

/*
 * For FDTAKE=1: store_take() hides ENTRY from other clients, store_give_back() makes ENTRY visible again, and
 * store_drop() removes ENTRY.
 */
void store_take(struct stored *entry);
void store_give_back(struct stored *entry);
void store_drop(struct stored *entry);

#endif
