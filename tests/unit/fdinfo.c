/* SPDX-License-Identifier: ISC */
/*
 * Tests of reading /proc/self/fdinfo: a text that fits into struct fdinfo, one that is allocated, and one longer than
 * the limit.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/helper.h"
#include "inspect/fdinfo.h"
#include "tap.h"

#define TARGETS 200

/* Returns the number of lines with the key "tfd" whose last field is complete. */
static size_t
count_targets(const struct fdinfo *info)
{
	static struct fdinfo_lines line;
	size_t count = 0;
	uint64_t device;

	fdinfo_begin(&line, info);
	while (fdinfo_next(&line))
		count += strcmp(line.key, "tfd") == 0 && fdinfo_field(line.value, "sdev", 16, &device);
	return count;
}

static void
test_short(int fd)
{
	static struct fdinfo_lines line;
	struct fdinfo info;
	int64_t offset = -1;
	size_t i;

	fdinfo_read(&info, fd, FDINFO_LIMIT);
	ok(info.err == 0 && info.allocated == NULL && !info.cut,
	    "an fdinfo that fits into the struct is not allocated");
	ok(fdinfo_offset(&info, &offset) && offset == 0, "the offset is read from the fdinfo");
	for (i = 0; i < 2; i++) {
		fdinfo_begin(&line, &info);
		ok(fdinfo_next(&line) && strcmp(line.key, "pos") == 0 && strcmp(line.value, "0") == 0,
		    "reading the lines again returns the same lines (%zu)", i);
	}
	fdinfo_free(&info);
	fdinfo_read(&info, -1, FDINFO_LIMIT);
	ok(info.err != 0 && info.length == 0, "for a number that is not open, an error and no lines are stored");
	fdinfo_free(&info);
}

static void
test_long(int epoll)
{
	struct fdinfo info;
	size_t count;

	fdinfo_read(&info, epoll, FDINFO_LIMIT);
	is_int((intmax_t)count_targets(&info), TARGETS, "all lines of a long fdinfo are read");
	ok(info.err == 0 && !info.cut, "a long fdinfo is not marked as truncated");
	fdinfo_free(&info);
	fdinfo_read(&info, epoll, 8192);
	count = count_targets(&info);
	ok(info.cut && count > 0 && count < TARGETS, "an fdinfo above the limit is truncated and marked (%zu lines)",
	    count);
	ok(info.allocated[info.length - 1] == '\n', "a truncated fdinfo ends after a complete line");
	fdinfo_free(&info);
	fdinfo_read_helped(&info, epoll, FDINFO_LIMIT);
	is_int((intmax_t)count_targets(&info), TARGETS, "a helper process reads all lines of a long fdinfo");
	fdinfo_free(&info);
	fdinfo_read_helped(&info, epoll, 0);
	ok(info.cut && count_targets(&info) > 0,
	    "with a limit of 0 bytes for allocated memory, the helper returns the first lines");
	fdinfo_free(&info);
}

static void
nothing(void *arg)
{
	(void)arg;
}

int
main(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(0, EFD_CLOEXEC), copy, i;
	char arg = 0;

	for (i = 0; i < TARGETS; i++) {
		copy = dup(event);
		if (copy == -1 ||
		    epoll_ctl(epoll, EPOLL_CTL_ADD, copy, &(struct epoll_event){ .events = EPOLLIN }) == -1)
			return 1;
	}
	test_short(event);
	if (helper_run(nothing, NULL, &arg, sizeof(arg)) == -1)
		skip("no helper can be made here, as under qemu-user", "long texts");
	else
		test_long(epoll);
	helper_exit();
	return tap_done();
}
