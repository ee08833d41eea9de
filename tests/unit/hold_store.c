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

static int
add(int fd, const char *name, size_t *added)
{
	return store_add(&store, &fd, 1, name, true, added, &fail);
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
	is_int(store_remove(&store, "x"), 2, "all of a name are removed");
	ok(!is_open(a) && !is_open(c) && is_open(b), "and closed");
	is_int(store_remove(&store, "x"), 0, "only once");
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
	(void)store_add(&store, two, 2, "e", true, &added, &fail);
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
	is_int(store_add(&store, fds, 3, "x", true, NULL, &fail), -1, "more than the limit is refused");
	is_int(fail.err, EXFULL, "as a full store");
	ok(is_open(fds[0]) && is_open(fds[2]), "the descriptors stay the caller's");
	is_int(store.count, 0, "and nothing is stored");
	is_int(store_add(&store, fds, 1, "x", true, NULL, &fail), 0, "as many as the limit");
	is_int(store_add(&store, web, 2, "web", true, NULL, &fail), -1, "a name can have its own limit");
	is_int(store_add(&store, web, 1, "web", true, NULL, &fail), 0, "that is not reached by fewer");
	is_int(store_add(&store, &same, 1, "x", true, &added, &fail), 0, "a duplicate is not refused by a full store");
	is_int(store_add(&store, fds + 1, 1, "x", true, &added, &fail), -1, "a new one is");
	end();
	(void)close(fds[1]);
	(void)close(fds[2]);
	(void)close(web[1]);
}

static void
check_hang_up(void)
{
	int pair[2], kept[2], both[2], master, slave;

	begin(8, NULL, 0);
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	(void)socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, kept);
	ok(pipe2(both, O_CLOEXEC) == 0, "pipe2");
	(void)openpty(&master, &slave, NULL, NULL, NULL);
	(void)add(pair[0], "hup", NULL);
	(void)store_add(&store, &kept[0], 1, "kept", false, NULL, &fail);
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
	is_int(store_remove(&store, "used"), 1, "one that is in use is removed");
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
	check_hang_up();
	check_users();
	return tap_done();
}
