/* SPDX-License-Identifier: ISC */
/*
 * Detects when stored descriptors hang up. poll(2) and epoll_ctl(2) call functions of the file's driver or file system.
 * For some kinds of files, these functions can block, because they wait for a file server or for a lock that another
 * process can hold indefinitely. Once a second, a helper process polls the files of these kinds. If the helper hangs
 * while it polls a descriptor, this descriptor is not polled any more.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/helper.h"
#include "lib/internal.h"
#include "inspect/fd.h"
#include "hold/store_poll.h"

#define PERIOD	      1000000000 /* ns */
#define BATCH	      512	 /* number of descriptors that a helper polls with one poll(2) */
#define SUSPECTS_MOST 4		 /* maximum number of suspect descriptors that are polled in one PERIOD */

struct batch {
	nfds_t count;
	struct pollfd fds[BATCH];
};

_Static_assert(sizeof(struct batch) <= HELPER_ARG_MAX, "a batch fits into a helper's request");

static void
hung_up(struct stored *entry, short events)
{
	struct store *store = entry->store;

	if (store->dropped != NULL)
		store->dropped(store->arg, entry->name, (events & POLLHUP) != 0 ? "hung up" : "error condition");
	store_drop(entry);
}

static void
entry_ready(struct watch *watch, uint32_t events)
{
	hung_up(watch->owner, (events & EPOLLHUP) != 0 ? POLLHUP : POLLERR);
}

/* --- polling by a helper */

/* Called in the helper. Polls one batch of descriptors. */
static void
poll_batch(void *arg)
{
	struct batch *batch = arg;

	(void)poll(batch->fds, batch->count, 0);
}

/* Polls COUNT entries. Returns 0, or -1 with errno. ETIMEDOUT means that poll(2) hangs on one of the descriptors. */
static int
poll_entries(struct stored *const *entries, size_t count)
{
	struct batch batch;
	size_t i;

	memset(&batch, 0, sizeof(batch));
	batch.count = count;
	for (i = 0; i < count; i++)
		batch.fds[i].fd = entries[i]->fd;
	if (helper_run(poll_batch, NULL, &batch, sizeof(batch)) == -1)
		return -1;
	for (i = 0; i < count; i++) {
		if (entries[i]->polled == STORED_SUSPECT)
			entries[i]->polled = STORED_BY_HELPER;
		if ((batch.fds[i].revents & (POLLHUP | POLLERR)) != 0)
			hung_up(entries[i], batch.fds[i].revents);
	}
	return 0;
}

static void
poll_many(struct stored *const *entries, size_t count)
{
	size_t i;

	if (count > 0 && poll_entries(entries, count) == -1 && errno == ETIMEDOUT)
		for (i = 0; i < count; i++)
			entries[i]->polled = STORED_SUSPECT;
}

static void
poll_suspect(struct stored *entry)
{
	if (poll_entries(&entry, 1) == -1 && errno == ETIMEDOUT)
		entry->polled = STORED_UNPOLLED;
}

static void
poll_timer_expired(struct timer *timer)
{
	struct store *store = timer->owner;
	struct stored *entry, *next, *batch[BATCH] = { NULL };
	size_t count = 0, suspects = 0;
	bool any = false;

	for (entry = store->first; entry != NULL; entry = next) {
		next = entry->next;
		any = any || entry->polled == STORED_BY_HELPER || entry->polled == STORED_SUSPECT;
		if (entry->taken)
			continue;
		if (entry->polled == STORED_SUSPECT && suspects < SUSPECTS_MOST) {
			suspects++;
			poll_suspect(entry);
		} else if (entry->polled == STORED_BY_HELPER)
			batch[count++] = entry;
		if (count == BATCH) {
			poll_many(batch, count);
			count = 0;
		}
	}
	poll_many(batch, count);
	if (any)
		loop_timer_set(store->loop, timer, PERIOD);
}

/* --- choosing the polling method */

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* Returns true if poll(2) on the socket never waits for a lock that another process holds while it copies data. */
static bool
socket_is_prompt(int fd)
{
	int domain = fdp_sock_option(fd, SO_DOMAIN);

	return domain == AF_UNIX || domain == AF_INET || domain == AF_INET6 || domain == AF_NETLINK;
}

static enum stored_poll
poll_method(int fd)
{
	static const char *const ready[] = { "regular", "directory", "memfd", "secret-memory", "block-device",
		"symlink", NULL };
	static const char *const prompt[] = { "pipe", "fifo", "eventfd", "timerfd", "signalfd", "pidfd", "inotify",
		NULL };
	struct fd_facts facts;
	const char *word;

	fd_probe(fd, &facts);
	word = fd_kind_word(&facts);
	if (facts.access == ACCESS_PATH || is_one_of(word, ready))
		return STORED_UNPOLLED;
	if (is_one_of(word, prompt) || (strcmp(word, "socket") == 0 && socket_is_prompt(fd)))
		return STORED_IN_EPOLL;
	return STORED_BY_HELPER;
}

void
store_poll_begin(struct stored *entry)
{
	struct store *store = entry->store;

	entry->polled = poll_method(entry->fd);
	entry->watch.ready = entry_ready;
	entry->watch.owner = entry;
	/*
	 * If epoll_ctl(2) fails with EPERM, the file is always ready. The event mask is 0, because epoll always reports
	 * EPOLLHUP and EPOLLERR.
	 */
	if (entry->polled == STORED_IN_EPOLL && loop_watch(store->loop, &entry->watch, entry->fd, 0) == -1)
		entry->polled = STORED_UNPOLLED;
	if (entry->polled != STORED_BY_HELPER || store->poll_timer.listed)
		return;
	store->poll_timer.expired = poll_timer_expired;
	store->poll_timer.owner = store;
	loop_timer_set(store->loop, &store->poll_timer, PERIOD);
}
