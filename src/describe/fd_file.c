/* SPDX-License-Identifier: ISC */
/* Describes file system objects: regular files, directories, symbolic links, socket files, devices. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/no_auto_init.h"
#include "inspect/mountinfo.h"
#include "describe/kind.h"
#include "describe/text_only.h"

void
headline_tmpfile(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const char *slash = memrchr(f->link, '/', f->link_length);

	(void)d;
	text_only_bytes(e, " ", f->link, slash > f->link ? (size_t)(slash - f->link) : 1);
}

/*
 * Describes a lock such as "1: FLOCK ADVISORY WRITE 1234 fd:01:5678 0 EOF" (lock number, type, enforcement, access,
 * owner, file, first and last byte).
 */
static void
describe_lock(struct emit *e, const char *line)
{
	char kind[16] = "", mode[16] = "", access[16] = "", end[24] = "";
	long long pid = 0;
	unsigned long long start = 0, last = 0;
	int n = sscanf(line, "%*u: %15s %15s %15s %lld %*s %llu %23s", kind, mode, access, &pid, &start, end);
	bool whole = strcmp(end, "EOF") == 0;

	if (n < 4)
		return;
	if (!whole)
		(void)sscanf(end, "%llu", &last);
	emit_object(e, NULL, NULL);
	emit_string(e, "kind", "%", kind);
	emit_string(e, "mode", NULL, mode);
	emit_string(e, "access", " %", access);
	if (pid > 0)
		emit_i64(e, "pid", " by process %", pid);
	else
		emit_null(e, "pid");
	emit_u64(e, "start", NULL, start);
	describe_number(e, "end", NULL, !whole && n == 6, last);
	emit_end(e, NULL);
}

static void
describe_locks(struct emit *e, const struct fdinfo *info)
{
	bool any = fdinfo_may_have(info, "\nlock:");
	NO_AUTO_INIT struct fdinfo_lines line;

	if (info->err != 0) {
		emit_null(e, "locks");
		return;
	}
	emit_array(e, "locks", ", locked: ", ", ");
	fdinfo_begin(&line, info);
	while (any && fdinfo_next(&line))
		if (strcmp(line.key, "lock") == 0)
			describe_lock(e, line.value);
	emit_end(e, NULL);
}

void
describe_owner(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const char *type = d->filesystem;

	emit_string(e, "filesystem", type != NULL && mount_type_may_block(type) ? ", on %" : NULL, type);
	describe_number(e, "mount_id", NULL, f->has_stat && f->st.has_mnt_id, f->st.mnt_id);
	describe_number(e, "links", NULL, f->has_stat, f->st.nlink);
	describe_number(e, "uid", NULL, f->has_stat, f->st.uid);
	describe_number(e, "gid", NULL, f->has_stat, f->st.gid);
}

void
describe_file(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f, d);
	describe_locks(e, &d->info);
	emit_end(e, NULL);
}

/*
 * Describes a mount that has no path. The description is the type of the file system, because the /proc link of such a
 * mount is always "/".
 */
void
describe_mount(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const char *type = d->filesystem;

	(void)d;
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "filesystem", ", of type %", type);
	describe_number(e, "mount_id", NULL, f->st.has_mnt_id, f->st.mnt_id);
	emit_bool(e, "file", ", on a file", !S_ISDIR(f->st.mode));
	emit_end(e, NULL);
}

void
describe_owned(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	(void)d;
	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f, d);
	emit_end(e, NULL);
}

void
describe_device(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	char number[32];
	NO_AUTO_INIT struct fdinfo_lines line;
	char interface[32] = "";

	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f, d);
	(void)snprintf(number, sizeof(number), "%u:%u", f->st.rdev_major, f->st.rdev_minor);
	emit_string(e, "number", ", device number %", number);
	emit_string(e, "driver", ", driver %", d->as.device.driver[0] != '\0' ? d->as.device.driver : NULL);
	fdinfo_begin(&line, &d->info);
	while (strcmp(d->as.device.driver, "tun") == 0 && fdinfo_next(&line))
		if (strcmp(line.key, "iff") == 0)
			(void)snprintf(interface, sizeof(interface), "%s", line.value);
	emit_bytes(e, "interface", ", network interface %", interface[0] != '\0' ? interface : NULL, strlen(interface));
	emit_bytes(e, "backing_file", ", of the file %",
	    d->as.device.backing_file[0] != '\0' ? d->as.device.backing_file : NULL, strlen(d->as.device.backing_file));
	describe_info(e, &line);
	describe_number(e, "netns_inode", NULL, d->as.device.netns != 0, d->as.device.netns);
	describe_bool(e, "own_netns", NULL, d->as.device.netns_known, d->as.device.own_netns);
	if (d->as.device.netns_known && !d->as.device.own_netns)
		emit_words(e, ", in another network namespace");
	emit_end(e, NULL);
}
