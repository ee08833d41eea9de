/* SPDX-License-Identifier: ISC */
/* The store of descriptors. */
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

/* Runs the loop for MS milliseconds. */
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
	ok(add(a, "x", NULL) == 0 && add(b, "y", NULL) == 0 && add(c, "x", NULL) == 0, "three are stored");
	is_int(store.count, 3, "and counted");
	entry = store_next(&store, 0, NULL);
	is_int(entry->fd, a, "in order");
	entry = store_next(&store, entry->id, "x");
	is_int(entry->fd, c, "and found by name");
	ok(store_next(&store, entry->id, NULL) == NULL, "until the end");
	is_int(store_remove(&store, "x", &owner), 2, "all of a name are removed");
	ok(!is_open(a) && !is_open(c) && is_open(b), "and closed");
	is_int(store_remove(&store, "x", &owner), 0, "only once");
	end();
	ok(!is_open(b), "freeing closes the rest");
}

static void
check_duplicates(void)
{
	int a = open_null(), b = dup(a), c = open_null(), d = dup(a);
	int two[2] = { eventfd(0, EFD_CLOEXEC), -1 };
	size_t added;

	begin(8, NULL, 0);
	(void)add(a, "x", &added);
	is_int(added, 1, "one is new");
	(void)add(b, "x", &added);
	is_int(added, 0, "the same open file is not stored again");
	ok(!is_open(b), "but closed");
	(void)add(c, "x", &added);
	is_int(added, 1, "another open of the same file is");
	(void)add(d, "y", &added);
	is_int(added, 1, "and the same open file under another name");
	two[1] = dup(two[0]);
	(void)add_many(two, 2, "e", &owner, &added);
	is_int(added, 1, "twice in one message is once");
	ok(is_open(two[0]) && !is_open(two[1]), "the second is closed");
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
	is_int(add_many(fds, 3, "x", &owner, NULL), -1, "more than the limit is refused");
	is_int(fail.err, EXFULL, "as a full store");
	ok(is_open(fds[0]) && is_open(fds[2]), "the descriptors stay the caller's");
	is_int(store.count, 0, "and nothing is stored");
	is_int(add(fds[0], "x", NULL), 0, "as many as the limit");
	is_int(add_many(web, 2, "web", &owner, NULL), -1, "a name can have its own limit");
	is_int(add(web[0], "web", NULL), 0, "that is not reached by fewer");
	is_int(add(same, "x", &added), 0, "a duplicate is not refused by a full store");
	is_int(add(fds[1], "x", &added), -1, "a new one is");
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
	ok(add(a, "x", NULL) == 0 && add_as(&other, b, "x") == 0, "two users can store under one name");
	ok(store_name_is_foreign(&store, "x", &unknown), "which is foreign to a third one");
	ok(!store_name_is_foreign(&store, "y", &other), "a new name is not");
	(void)add(same, "x", NULL);
	ok(is_open(same), "the same open file is stored for another user again");
	is_int(store_remove(&store, "x", &unknown), 0, "a user who stored nothing removes nothing");
	is_int(store_remove(&store, "x", &other), 1, "a user removes what he stored");
	ok(!is_open(b) && is_open(a) && is_open(same), "and nothing else");
	(void)add_as(&unknown, c, "x");
	is_int(store_remove(&store, "x", &owner), 3, "the owner removes all");
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
	ok(add_as(&other, fds[0], "a") == 0 && add_as(&unknown, fds[1], "b") == 0, "others store half of the maximum");
	is_int(add_as(&other, fds[2], "a"), -1, "and no more");
	is_int(fail.err, EXFULL, "as if the store were full");
	is_int(add_many(fds + 2, 3, "c", &owner, NULL), 0, "the owner stores the rest");
	is_int(store_remove(&store, "b", &unknown), 1, "a place becomes free");
	is_int(add(fds[5], "c", NULL), 0, "for the owner, too");
	is_int(add_as(&other, fds[2], "a"), -1, "others are also subject to the maximum");
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
	ok(pipe2(both, O_CLOEXEC) == 0, "pipe2");
	(void)openpty(&master, &slave, NULL, NULL, NULL);
	(void)add(pair[0], "hup", NULL);
	(void)store_add(&store, &unpolled, &kept[0], 1, NULL, &fail);
	(void)add(both[1], "writer", NULL);
	(void)add(master, "tty", NULL);
	(void)add(open_null(), "file", NULL);
	run(20);
	is_int(store.count, 5, "without a hang-up, nothing is dropped");
	(void)close(pair[1]);
	(void)close(kept[1]);
	run(20);
	is_int(store.count, 4, "a socket whose peer is gone is dropped, but not with FDPOLL=0");
	is_str(dropped_name, "hup", "and reported");
	(void)close(both[0]);
	run(20);
	is_str(dropped_name, "writer", "a pipe without a reader, too (EPOLLERR)");
	(void)close(slave);
	run(2500);
	is_str(dropped_name, "tty", "a terminal is polled by a helper");
	is_int(store.count, 2, "the others stay");
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
	is_int(store_remove(&store, "used", &owner), 1, "one that is in use is removed");
	ok(is_open(fd), "but not closed");
	store_release(entry);
	ok(!is_open(fd), "before its user is done");
	(void)add(pair[0], "taken", NULL);
	entry = store_next(&store, 0, NULL);
	store_take(entry);
	ok(store_next(&store, 0, NULL) == NULL, "one that is taken is hidden");
	(void)close(pair[1]);
	run(20);
	is_int(dropped_count, 0, "and not polled");
	store_give_back(entry);
	run(20);
	is_int(dropped_count, 1, "until it is given back");
	end();
}

int
main(void)
{
	check_order_and_names();
	check_duplicates();
	check_limits();
	check_users_of_names();
	check_half();
	check_hang_up();
	check_users();
	return tap_done();
}
