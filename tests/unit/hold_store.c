/* SPDX-License-Identifier: ISC */
/* Tests of hold/store.c: storing, finding, removing and polling descriptors, and limits. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hold/loop.h"
#include "hold/store.h"
#include "tap.h"

static struct loop loop;
static struct store store;
static struct fail fail;
static int dropped_count;
static char dropped_name[256];

static void
dropped(void *arg, const char *name, const char *why)
{
	(void)arg;
	(void)why;
	dropped_count++;
	(void)snprintf(dropped_name, sizeof(dropped_name), "%s", name);
}

static void
stop(struct timer *timer)
{
	(void)timer;
	loop.stop = true;
}

/* Runs the event loop for MS milliseconds. */
static void
run(int64_t ms)
{
	struct timer timer = { .expired = stop };

	loop.stop = false;
	loop_timer_set(&loop, &timer, ms * 1000000);
	(void)loop_run(&loop, &fail);
}

static void
begin(size_t max, const struct store_limit *limits, size_t limit_count)
{
	(void)loop_open(&loop, &fail);
	store_init(&store, &loop, max, limits, limit_count);
	store.dropped = dropped;
	dropped_count = 0;
}

static void
end(void)
{
	store_free(&store);
	loop_close(&loop);
}

static int
open_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static const struct store_user owner = { 0, true }, other = { 1000, false }, unknown = { (uid_t)-1, false };

static int
add_many(const int *fds, size_t count, const char *name, const struct store_user *user, size_t *added)
{
	const struct store_properties properties = { name, true, *user };

	return store_add(&store, &properties, fds, count, added, &fail);
}

static int
add(int fd, const char *name, size_t *added)
{
	return add_many(&fd, 1, name, &owner, added);
}

static int
add_as(const struct store_user *user, int fd, const char *name)
{
	return add_many(&fd, 1, name, user, NULL);
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
check_order_and_names(void)
{
	int a = open_null(), b = open_null(), c = open_null();
	struct stored *entry;

	begin(8, NULL, 0);
	ok(add(a, "x", NULL) == 0 && add(b, "y", NULL) == 0 && add(c, "x", NULL) == 0, "three descriptors are stored");
	is_int(store.count, 3, "the store counts three descriptors");
	entry = store_next(&store, 0, NULL);
	is_int(entry->fd, a, "store_next() after ID 0 returns the first stored descriptor");
	entry = store_next(&store, entry->id, "x");
	is_int(entry->fd, c, "store_next() with a name returns the next descriptor with this name");
	ok(store_next(&store, entry->id, NULL) == NULL, "store_next() after the last descriptor returns NULL");
	is_int(store_remove(&store, "x", &owner), 2, "store_remove() removes all descriptors with the given name");
	ok(!is_open(a) && !is_open(c) && is_open(b),
	    "store_remove() closes the removed descriptors, and others stay open");
	is_int(store_remove(&store, "x", &owner), 0, "store_remove() of a name that no longer exists removes nothing");
	end();
	ok(!is_open(b), "store_free() closes the remaining descriptors");
}

static void
check_duplicates(void)
{
	int a = open_null(), b = dup(a), c = open_null(), d = dup(a);
	int two[2] = { eventfd(0, EFD_CLOEXEC), -1 };
	size_t added;

	begin(8, NULL, 0);
	(void)add(a, "x", &added);
	is_int(added, 1, "a new descriptor is stored");
	(void)add(b, "x", &added);
	is_int(added, 0, "a duplicate of a stored descriptor is not stored");
	ok(!is_open(b), "a duplicate that was not stored is closed");
	(void)add(c, "x", &added);
	is_int(added, 1, "another open file description of the same file is stored");
	(void)add(d, "y", &added);
	is_int(added, 1, "the same open file description is stored under another name");
	two[1] = dup(two[0]);
	(void)add_many(two, 2, "e", &owner, &added);
	is_int(added, 1, "of two duplicates in one request, only one is stored");
	ok(is_open(two[0]) && !is_open(two[1]), "of two duplicates in one request, the second one is closed");
	end();
}

/*
 * Tests a store with 300 descriptors. This number needs more than one batch of closes, and is below the usual limit on
 * open files.
 */
static void
check_many(void)
{
	int fds[300], same[300], i, kept = 0, left = 0;
	size_t added;

	for (i = 0; i < 300; i++) {
		fds[i] = open_null();
		same[i] = dup(fds[i]);
	}
	begin(300, NULL, 0);
	is_int(add_many(fds, 300, "x", &owner, &added), 0, "300 descriptors can be added with one call");
	is_int(added, 300, "all 300 new descriptors are stored");
	is_int(add_many(same, 300, "x", &owner, &added), 0, "300 duplicates can be added with one call");
	is_int(added, 0, "none of 300 duplicates is stored");
	for (i = 0; i < 300; i++) {
		kept += is_open(fds[i]);
		left += is_open(same[i]);
	}
	is_int(kept, 300, "the stored descriptors stay open");
	is_int(left, 0, "all duplicates are closed");
	is_int(store_remove(&store, "x", &owner), 300, "all 300 stored descriptors are removed");
	for (i = 0; i < 300; i++)
		left += is_open(fds[i]);
	is_int(left, 0, "all removed descriptors are closed");
	end();
}

static void
check_limits(void)
{
	static const struct store_limit limits[] = { { "web", 1 } };
	int fds[3] = { open_null(), open_null(), open_null() }, same = dup(fds[0]),
	    web[2] = { open_null(), open_null() };
	size_t added;

	begin(2, limits, 1);
	is_int(add_many(fds, 3, "x", &owner, NULL), -1, "descriptors beyond the limit of the store are refused");
	is_int(fail.err, EXFULL, "exceeding the limit fails with EXFULL");
	ok(is_open(fds[0]) && is_open(fds[2]), "refused descriptors remain open");
	is_int(store.count, 0, "no descriptor of a refused request is stored");
	is_int(add(fds[0], "x", NULL), 0, "a descriptor within the limit of the store is stored");
	is_int(add_many(web, 2, "web", &owner, NULL), -1, "descriptors beyond the limit for their name are refused");
	is_int(add(web[0], "web", NULL), 0, "a descriptor within the limit for its name is stored");
	is_int(add(same, "x", &added), 0, "a full store accepts a duplicate");
	is_int(add(fds[1], "x", &added), -1, "a full store refuses a new descriptor");
	end();
	(void)close(fds[1]);
	(void)close(fds[2]);
	(void)close(web[1]);
}

static void
check_users_of_names(void)
{
	int a = open_null(), b = open_null(), same = dup(b), c = open_null();

	begin(8, NULL, 0);
	ok(add(a, "x", NULL) == 0 && add_as(&other, b, "x") == 0, "two users can store descriptors with the same name");
	ok(store_name_is_foreign(&store, "x", &unknown),
	    "for a third user, a name that two users use belongs to others");
	ok(!store_name_is_foreign(&store, "y", &other), "a name that is not in use does not belong to other users");
	(void)add(same, "x", NULL);
	ok(is_open(same), "the same open file description is stored separately for each user");
	is_int(store_remove(&store, "x", &unknown), 0, "a user who stored nothing removes nothing");
	is_int(store_remove(&store, "x", &other), 1, "a user can remove the descriptors that this user stored");
	ok(!is_open(b) && is_open(a) && is_open(same), "the descriptors of other users are not removed");
	(void)add_as(&unknown, c, "x");
	is_int(store_remove(&store, "x", &owner), 3, "the owner of the store can remove all descriptors");
	end();
}

static void
check_half(void)
{
	int fds[6];
	size_t i;

	for (i = 0; i < 6; i++)
		fds[i] = open_null();
	begin(5, NULL, 0);
	ok(add_as(&other, fds[0], "a") == 0 && add_as(&unknown, fds[1], "b") == 0,
	    "other users together can store half of the maximum");
	is_int(add_as(&other, fds[2], "a"), -1, "other users together cannot store more than half of the maximum");
	is_int(fail.err, EXFULL, "exceeding half of the maximum fails with EXFULL");
	is_int(add_many(fds + 2, 3, "c", &owner, NULL), 0, "the owner of the store can use the remaining space");
	is_int(store_remove(&store, "b", &unknown), 1, "a user can remove its descriptor from a full store");
	is_int(add(fds[5], "c", NULL), 0, "the owner can store a descriptor in the space that another user has freed");
	is_int(add_as(&other, fds[2], "a"), -1, "the maximum of the entire store applies to other users, too");
	end();
}

static void
check_hang_up(void)
{
	const struct store_properties unpolled = { "kept", false, owner };
	int pair[2], kept[2], both[2], master, slave;

	begin(8, NULL, 0);
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, kept);
	ok(pipe2(both, O_CLOEXEC) == 0, "pipe2(2) succeeds");
	(void)openpty(&master, &slave, NULL, NULL, NULL);
	(void)add(pair[0], "hup", NULL);
	(void)store_add(&store, &unpolled, &kept[0], 1, NULL, &fail);
	(void)add(both[1], "writer", NULL);
	(void)add(master, "tty", NULL);
	(void)add(open_null(), "file", NULL);
	run(20);
	is_int(store.count, 5, "no descriptor is removed before its other end is closed");
	(void)close(pair[1]);
	(void)close(kept[1]);
	run(20);
	is_int(store.count, 4, "a socket whose peer was closed is removed, except with FDPOLL=0");
	is_str(dropped_name, "hup", "a descriptor that is removed after a hang-up is reported with its name");
	(void)close(both[0]);
	run(20);
	is_str(dropped_name, "writer", "the write end of a pipe is removed when the read end is closed (EPOLLERR)");
	(void)close(slave);
	run(2500);
	is_str(dropped_name, "tty", "a pseudo-terminal is polled by a helper and removed after a hang-up");
	is_int(store.count, 2, "descriptors without a hang-up stay stored");
	end();
}

static void
check_users(void)
{
	int pair[2], fd = open_null();
	struct stored *entry;

	begin(8, NULL, 0);
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	(void)add(fd, "used", NULL);
	entry = store_next(&store, 0, NULL);
	store_use(entry);
	is_int(store_remove(&store, "used", &owner), 1, "a descriptor that is in use can be removed");
	ok(is_open(fd), "a removed descriptor that is in use is not closed");
	store_release(entry);
	ok(!is_open(fd), "a removed descriptor is closed when it is no longer in use");
	(void)add(pair[0], "taken", NULL);
	entry = store_next(&store, 0, NULL);
	store_take(entry);
	ok(store_next(&store, 0, NULL) == NULL, "store_next() does not return a descriptor that a client is taking");
	(void)close(pair[1]);
	run(20);
	is_int(dropped_count, 0, "a descriptor that a client is taking is not polled");
	store_give_back(entry);
	run(20);
	is_int(dropped_count, 1, "a descriptor that a client has not taken completely is polled again");
	end();
}

int
main(void)
{
	check_order_and_names();
	check_duplicates();
	check_many();
	check_limits();
	check_users_of_names();
	check_half();
	check_hang_up();
	check_users();
	return tap_done();
}
