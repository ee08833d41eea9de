/* SPDX-License-Identifier: ISC */
/* Describes descriptors that monitor other files: epoll, inotify, fanotify. */
#include <stdio.h>
#include <string.h>

#include "base/no_auto_init.h"
#include "describe/kind.h"
#include "describe/text_only.h"

/* epoll_wait(2) always reports EPOLLERR and EPOLLHUP, even if these events were not requested. */
#define EPOLL_ALWAYS 0x18U

/* Maximum number of monitored files in text output. JSON output contains all monitored files. */
#define SHOWN 8

static const struct bit_name epoll_events[] = { { 0x1, "EPOLLIN" }, { 0x2, "EPOLLPRI" }, { 0x4, "EPOLLOUT" },
	{ 0x8, "EPOLLERR" }, { 0x10, "EPOLLHUP" }, { 0x20, "EPOLLNVAL" }, { 0x40, "EPOLLRDNORM" },
	{ 0x80, "EPOLLRDBAND" }, { 0x100, "EPOLLWRNORM" }, { 0x200, "EPOLLWRBAND" }, { 0x400, "EPOLLMSG" },
	{ 0x2000, "EPOLLRDHUP" }, { 1U << 28, "EPOLLEXCLUSIVE" }, { 1U << 29, "EPOLLWAKEUP" },
	{ 1U << 30, "EPOLLONESHOT" }, { 1U << 31, "EPOLLET" } };

static const struct bit_name inotify_events[] = { { 0x1, "IN_ACCESS" }, { 0x2, "IN_MODIFY" }, { 0x4, "IN_ATTRIB" },
	{ 0x8, "IN_CLOSE_WRITE" }, { 0x10, "IN_CLOSE_NOWRITE" }, { 0x20, "IN_OPEN" }, { 0x40, "IN_MOVED_FROM" },
	{ 0x80, "IN_MOVED_TO" }, { 0x100, "IN_CREATE" }, { 0x200, "IN_DELETE" }, { 0x400, "IN_DELETE_SELF" },
	{ 0x800, "IN_MOVE_SELF" }, { 0x2000, "IN_UNMOUNT" }, { 0x4000, "IN_Q_OVERFLOW" }, { 0x8000, "IN_IGNORED" },
	{ 1U << 24, "IN_ONLYDIR" }, { 1U << 25, "IN_DONT_FOLLOW" }, { 1U << 26, "IN_EXCL_UNLINK" },
	{ 1U << 28, "IN_MASK_CREATE" }, { 1U << 29, "IN_MASK_ADD" }, { 1U << 30, "IN_ISDIR" },
	{ 1U << 31, "IN_ONESHOT" } };

static const struct bit_name fanotify_events[] = { { 0x1, "FAN_ACCESS" }, { 0x2, "FAN_MODIFY" }, { 0x4, "FAN_ATTRIB" },
	{ 0x8, "FAN_CLOSE_WRITE" }, { 0x10, "FAN_CLOSE_NOWRITE" }, { 0x20, "FAN_OPEN" }, { 0x40, "FAN_MOVED_FROM" },
	{ 0x80, "FAN_MOVED_TO" }, { 0x100, "FAN_CREATE" }, { 0x200, "FAN_DELETE" }, { 0x400, "FAN_DELETE_SELF" },
	{ 0x800, "FAN_MOVE_SELF" }, { 0x1000, "FAN_OPEN_EXEC" }, { 0x4000, "FAN_Q_OVERFLOW" },
	{ 0x8000, "FAN_FS_ERROR" }, { 0x10000, "FAN_OPEN_PERM" }, { 0x20000, "FAN_ACCESS_PERM" },
	{ 0x40000, "FAN_OPEN_EXEC_PERM" }, { 0x100000, "FAN_PRE_ACCESS" }, { 0x1000000, "FAN_MNT_ATTACH" },
	{ 0x2000000, "FAN_MNT_DETACH" }, { 1U << 27, "FAN_EVENT_ON_CHILD" }, { 1U << 28, "FAN_RENAME" },
	{ 1U << 30, "FAN_ONDIR" } };

static const struct bit_name mark_flags[] = { { 0x40, "FAN_MARK_IGNORED_SURV_MODIFY" }, { 0x200, "FAN_MARK_EVICTABLE" },
	{ 0x400, "FAN_MARK_IGNORE" } };

static const struct bit_name fanotify_flags[] = { { 0x1, "FAN_CLOEXEC" }, { 0x2, "FAN_NONBLOCK" },
	{ 0x4, "FAN_CLASS_CONTENT" }, { 0x8, "FAN_CLASS_PRE_CONTENT" }, { 0x10, "FAN_UNLIMITED_QUEUE" },
	{ 0x20, "FAN_UNLIMITED_MARKS" }, { 0x40, "FAN_ENABLE_AUDIT" }, { 0x80, "FAN_REPORT_PIDFD" },
	{ 0x100, "FAN_REPORT_TID" }, { 0x200, "FAN_REPORT_FID" }, { 0x400, "FAN_REPORT_DIR_FID" },
	{ 0x800, "FAN_REPORT_NAME" }, { 0x1000, "FAN_REPORT_TARGET_FID" }, { 0x2000, "FAN_REPORT_FD_ERROR" },
	{ 0x4000, "FAN_REPORT_MNT" } };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * Writes a device number as decimal "MAJ:MIN". fdinfo contains the device number in hexadecimal, in the kernel's
 * internal encoding.
 */
static void
describe_device_field(struct emit *e, const char *line, const char *text)
{
	uint64_t device;
	char number[32];

	if (!fdinfo_field(line, "sdev", 16, &device)) {
		emit_null(e, "device");
		return;
	}
	(void)snprintf(number, sizeof(number), "%llu:%llu", (unsigned long long)(device >> 20),
	    (unsigned long long)(device & 0xfffff));
	emit_string(e, "device", text, number);
}

static void
describe_field(struct emit *e, const char *key, const char *text, const char *line, const char *word, int base)
{
	uint64_t value = 0;
	bool known = fdinfo_field(line, word, base, &value);

	describe_number(e, key, text, known, value);
}

static void
describe_events(struct emit *e, const char *key, const char *before, const struct bit_name *names, size_t count,
    const char *line, const char *word)
{
	uint64_t bits;

	if (fdinfo_field(line, word, 16, &bits))
		describe_bits(e, key, before, names, count, bits, names == epoll_events ? EPOLL_ALWAYS : 0);
	else
		emit_null(e, key);
}

/*
 * Begins the array of monitored files and returns true. If the content of fdinfo is unknown, emits null and returns
 * false.
 */
static bool
begin_list(struct emit *e, const char *key, const char *before, const struct fd_facts *f, const struct fd_details *d)
{
	bool known = f->access != ACCESS_PATH && d->info.err == 0;

	if (known)
		emit_array(e, key, before, ", ");
	else
		emit_null(e, key);
	return known;
}

static void
text_rest(struct emit *e, size_t count)
{
	if (count > SHOWN)
		text_only(e, " and %zu more", count - SHOWN);
}

/*
 * Parses an fdinfo line of an epoll instance, " 5 events: 19 data: a5 pos:0 ino:c sdev:9". The first number (here 5) is
 * the descriptor number that the file had in the process that registered the file.
 */
static void
describe_target(struct emit *e, const char *line, bool in_text)
{
	uint64_t number = 0, data = 0;
	bool known = fdinfo_number(line, 10, &number), has_data = fdinfo_field(line, "data", 16, &data);
	char hex[24];

	emit_object(e, NULL, NULL);
	describe_number(e, "fd", in_text ? "fd %" : NULL, known, number);
	describe_events(e, "events", in_text ? " for " : NULL, epoll_events, COUNT(epoll_events), line, "events");
	(void)snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)data);
	emit_string(e, "data", NULL, has_data ? hex : NULL);
	describe_field(e, "offset", NULL, line, "pos", 10);
	describe_device_field(e, line, NULL);
	describe_field(e, "inode", NULL, line, "ino", 16);
	emit_end(e, NULL);
}

void
describe_epoll(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	size_t count = 0;

	emit_object(e, f->kind->word, NULL);
	if (begin_list(e, "targets", ", watching its creator's ", f, d)) {
		fdinfo_begin(&line, &d->info);
		while (fdinfo_next(&line))
			if (strcmp(line.key, "tfd") == 0)
				describe_target(e, line.value, count++ < SHOWN);
		emit_end(e, NULL);
	}
	text_rest(e, count);
	emit_end(e, NULL);
}

/*
 * Parses an fdinfo line "inotify wd:1 ino:2 sdev:fe00001 mask:fc ignored_mask:0 …". The key of this line is the text
 * before the first colon ("inotify wd").
 */
static void
describe_watch(struct emit *e, const char *line, bool in_text)
{
	uint64_t number = 0;
	bool known = fdinfo_number(line, 16, &number);

	emit_object(e, NULL, NULL);
	describe_number(e, "wd", NULL, known, number);
	describe_field(e, "inode", in_text ? "inode %" : NULL, line, "ino", 16);
	describe_device_field(e, line, in_text ? " on %" : NULL);
	describe_events(e, "events", in_text ? " for " : NULL, inotify_events, COUNT(inotify_events), line, "mask");
	emit_end(e, NULL);
}

void
describe_inotify(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	size_t count = 0;

	emit_object(e, f->kind->word, NULL);
	if (begin_list(e, "watches", ", watching ", f, d)) {
		fdinfo_begin(&line, &d->info);
		while (fdinfo_next(&line))
			if (strcmp(line.key, "inotify wd") == 0)
				describe_watch(e, line.value, count++ < SHOWN);
		emit_end(e, NULL);
	}
	text_rest(e, count);
	emit_end(e, NULL);
}

/*
 * Describes a fanotify mark. The beginning of LINE determines whether the mark is on an inode, file system, mount or
 * mount namespace.
 */
static void
describe_mark(struct emit *e, const char *key, const char *line, bool in_text)
{
	static const struct {
		const char *key, *target, *in_text;
		int base;
	} kinds[] = { { "fanotify ino", "inode", "inode %", 16 }, { "fanotify sdev", "filesystem", NULL, 16 },
		{ "fanotify mnt_id", "mount", "mount %", 16 },
		{ "fanotify mnt_ns", "mount-namespace", "mount namespace %", 10 } };
	uint64_t number = 0;
	char device[24];
	size_t i;

	for (i = 0; i < COUNT(kinds) - 1 && strcmp(kinds[i].key, key) != 0; i++)
		;
	(void)snprintf(device, sizeof(device), "sdev:%.18s", line);
	(void)fdinfo_number(line, kinds[i].base, &number);
	emit_object(e, NULL, NULL);
	emit_string(e, "target", NULL, kinds[i].target);
	describe_number(e, "inode", in_text ? "inode %" : NULL, i == 0, number);
	describe_number(e, "mount_id", in_text ? kinds[2].in_text : NULL, i == 2, number);
	describe_number(e, "namespace", in_text ? kinds[3].in_text : NULL, i == 3, number);
	describe_device_field(e, i == 1 ? device : line, !in_text ? NULL : i == 1 ? "file system %" : " on %");
	describe_events(e, "events", in_text ? " for " : NULL, fanotify_events, COUNT(fanotify_events), line, "mask");
	describe_events(
	    e, "ignored", in_text ? " ignoring " : NULL, fanotify_events, COUNT(fanotify_events), line, "ignored_mask");
	describe_events(e, "flags", NULL, mark_flags, COUNT(mark_flags), line, "mflags");
	emit_end(e, NULL);
}

void
describe_fanotify(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	NO_AUTO_INIT struct fdinfo_lines line;
	size_t count = 0;
	uint64_t flags = 0;
	bool more_lines = true, known = false;

	fdinfo_begin(&line, &d->info);
	while ((more_lines = fdinfo_next(&line)) && strncmp(line.key, "fanotify ", 9) != 0)
		;
	if (more_lines && strcmp(line.key, "fanotify flags") == 0) {
		known = fdinfo_number(line.value, 16, &flags);
		more_lines = fdinfo_next(&line);
	}
	emit_object(e, f->kind->word, NULL);
	if (known)
		describe_bits(e, "flags", ", ", fanotify_flags, COUNT(fanotify_flags), flags, 0);
	else
		emit_null(e, "flags");
	if (begin_list(e, "marks", ", marks: ", f, d)) {
		for (; more_lines; more_lines = fdinfo_next(&line))
			if (strncmp(line.key, "fanotify ", 9) == 0)
				describe_mark(e, line.key, line.value, count++ < SHOWN);
		emit_end(e, NULL);
	}
	text_rest(e, count);
	emit_end(e, NULL);
}
