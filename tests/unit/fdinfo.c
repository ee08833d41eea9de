/* SPDX-License-Identifier: ISC */
/*
 * Tests of reading /proc/self/fdinfo: a text that fits into struct fdinfo, a text for which memory is allocated, and a
 * text that is longer than the limit.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/filestat.h"
#include "base/helper.h"
#include "inspect/fdinfo.h"
#include "inspect/proc.h"
#include "open_fds.h"
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
	ok(info.cut && count > 0 && count < TARGETS,
	    "an fdinfo that exceeds the limit is truncated and marked (%zu lines)", count);
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

/* Returns a struct fdinfo that contains TEXT. */
static struct fdinfo
info_of(const char *text)
{
	struct fdinfo info;

	fdinfo_none(&info);
	info.length = strlen(text);
	memcpy(info.small, text, info.length + 1);
	return info;
}

static void
line_is(struct fdinfo_lines *line, const char *key, const char *value)
{
	if (ok(fdinfo_next(line), "there is a line with the key \"%s\"", key)) {
		is_str(line->key, key, "the key is \"%s\"", key);
		is_str(line->value, value, "the value of \"%s\" is correct", key);
	}
}

static void
field_is(const char *text, const char *word, int base, bool found, uint64_t wanted)
{
	uint64_t n = 4711;

	is_int(fdinfo_field(text, word, base, &n), found, "\"%s\" in \"%s\"", word, text);
	is_int((intmax_t)n, found ? (intmax_t)wanted : 4711, "the value of \"%s\" in \"%s\" is correct", word, text);
}

static void
test_text(void)
{
	static struct fdinfo_lines line;
	struct fdinfo info = info_of("pos:\t12\nempty:\nno colon\n\nspaces: \t a b \t\na:b:c\nlast:\tx");
	int64_t offset = 4711;
	uint64_t n = 4711;

	fdinfo_begin(&line, &info);
	line_is(&line, "pos", "12");
	line_is(&line, "empty", "");
	line_is(&line, "no colon", "");
	line_is(&line, "", "");
	line_is(&line, "spaces", "a b");
	line_is(&line, "a", "b:c");
	line_is(&line, "last", "x");
	ok(!fdinfo_next(&line) && !fdinfo_next(&line), "there are no more lines");
	ok(fdinfo_may_have(&info, "no colon") && fdinfo_may_have(&info, "last:\tx") && !fdinfo_may_have(&info, "first"),
	    "a text is found");
	ok(fdinfo_offset(&info, &offset) && offset == 12, "the offset is in the first line");
	info = info_of("pos:\t7");
	offset = 4711;
	ok(!fdinfo_offset(&info, &offset) && offset == 4711, "an incomplete line has no offset");
	info = info_of("pos:");
	ok(!fdinfo_offset(&info, &offset) && offset == 4711, "a short text has no offset");
	info = info_of("flags:\t7\n");
	ok(!fdinfo_offset(&info, &offset) && offset == 4711, "a text whose first line is not 'pos:' has no offset");
	info = info_of("");
	fdinfo_begin(&line, &info);
	ok(!fdinfo_next(&line) && !fdinfo_may_have(&info, ""), "an empty text has no lines");
	ok(fdinfo_number("12 x", 10, &n) && n == 12, "a number is parsed");
	ok(fdinfo_number("ffffffffffffffff", 16, &n) && n == UINT64_MAX, "the largest number is parsed");
	n = 4711;
	ok(!fdinfo_number("x", 10, &n) && !fdinfo_number("", 10, &n) &&
		!fdinfo_number("18446744073709551616", 10, &n) && n == 4711,
	    "other texts are not numbers");
	field_is("tfd:  5 events: 1d data: ff", "tfd", 10, true, 5);
	field_is("tfd:  5 events: 1d data: ff", "events", 16, true, 0x1d);
	field_is("tfd:  5 events: 1d data: ff", "data", 16, true, 255);
	field_is("x\tdata:7", "data", 10, true, 7);
	field_is("metadata:3 data:4", "data", 10, true, 4);
	field_is("database:3 data:4", "data", 10, true, 4);
	field_is("data:x", "data", 10, false, 0);
	field_is("datum:1", "data", 10, false, 0);
	field_is("metadata:1", "data", 10, false, 0);
}

/* A line that is longer than the buffer must be truncated, and the next line must be complete. */
static void
test_long_line(void)
{
	static struct fdinfo_lines line;
	static char text[2 * FDINFO_LINE + 10];
	struct fdinfo info;

	memset(text, 'l', sizeof(text));
	memcpy(text + sizeof(text) - 8, "\nnext:1\n", 9 - 1);
	fdinfo_none(&info);
	info.allocated = text;
	info.length = sizeof(text);
	fdinfo_begin(&line, &info);
	ok(fdinfo_next(&line) && strlen(line.key) == FDINFO_LINE - 1, "a long line is truncated");
	line_is(&line, "next", "1");
	ok(!fdinfo_next(&line), "there are no more lines");
}

static void
cloexec_is(pid_t pid, int fd, bool may_hang, bool known, bool wanted)
{
	bool cloexec = !wanted;

	is_int(fdinfo_cloexec(pid, fd, may_hang, &cloexec), known, "close-on-exec of descriptor %d is %s", fd,
	    known ? "known" : "unknown");
	is_int(cloexec, known ? wanted : !wanted, "close-on-exec of descriptor %d is correct", fd);
}

static void
test_cloexec(bool may_hang)
{
	int with = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), without = open("/", O_RDONLY | O_DIRECTORY), before,
	    at;
	bool cloexec = false;

	before = count_fds();
	cloexec_is(getpid(), with, may_hang, true, true);
	cloexec_is(getpid(), without, may_hang, true, false);
	cloexec_is(getpid(), 999, may_hang, false, false);
	cloexec_is(getpid(), 999, may_hang, false, true);
	at = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ok(fdinfo_cloexec_at(at, with, may_hang, &cloexec) && cloexec,
	    "close-on-exec is known through the open directory in /proc");
	ok(fdinfo_cloexec_at(at, without, may_hang, &cloexec) && !cloexec,
	    "a missing close-on-exec flag is known through the open directory in /proc");
	ok(!fdinfo_cloexec_at(-1, with, may_hang, &cloexec) && !cloexec,
	    "without a directory in /proc, the close-on-exec flag is unknown");
	(void)close(at);
	helper_exit();
	is_int(count_fds(), before, "all descriptors are closed again");
	(void)close(with);
	(void)close(without);
}

/* The mount ID of a descriptor must be the same as that from statx(2). */
static void
test_mount(void)
{
	int fd = open("/proc/self", O_PATH | O_CLOEXEC);
	struct file_stat st;
	uint64_t id = 0;

	if (file_stat(fd, &st) == -1 || !st.has_mnt_id)
		skip("statx(2) returns no mount ID", "the mount of a descriptor");
	else
		ok(fdinfo_mount(fd, &id) && id == st.mnt_id,
		    "the mount ID of a descriptor is the same as that from statx(2)");
	(void)close(fd);
	id = 4711;
	ok(!fdinfo_mount(999, &id) && id == 4711, "a number that is not open has no mount ID");
}

/* The fdinfo of another process must be read only if that process's descriptor refers to the same file. */
static void
test_other(void)
{
	int event = eventfd(0, EFD_CLOEXEC), file = open("/proc/self/status", O_RDONLY | O_CLOEXEC),
	    before = count_fds();
	struct fdinfo info;
	int64_t offset = -1;

	fdinfo_read_in(&info, event, getpid(), event, FDINFO_LIMIT);
	ok(info.err == 0 && fdinfo_may_have(&info, "eventfd-count"), "the fdinfo of the other process is read");
	fdinfo_free(&info);
	fdinfo_read_in(&info, event, getpid(), file, FDINFO_LIMIT);
	ok(info.err == 0 && fdinfo_may_have(&info, "eventfd-count"),
	    "the fdinfo of a descriptor that refers to another file is not used");
	fdinfo_free(&info);
	fdinfo_read_in(&info, event, getpid(), 999, FDINFO_LIMIT);
	ok(info.err == 0 && fdinfo_may_have(&info, "eventfd-count") && fdinfo_offset(&info, &offset) && offset == 0,
	    "without the other descriptor, the text of the duplicate is read");
	fdinfo_free(&info);
	ok(info.allocated == NULL && info.length == 0, "fdinfo_free() frees the text");
	proc_close();
	is_int(count_fds(), before, "all descriptors are closed again");
	(void)close(event);
	(void)close(file);
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
	test_text();
	test_long_line();
	proc_close();
	test_cloexec(false);
	test_other();
	test_short(event);
	if (helper_run(nothing, NULL, &arg, sizeof(arg)) == -1)
		skip("no helper can be made here, as under qemu-user", "long texts");
	else {
		test_long(epoll);
		test_mount();
		proc_close();
		helper_exit();
		test_cloexec(true);
	}
	helper_exit();
	return tap_done();
}
