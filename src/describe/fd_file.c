/* SPDX-License-Identifier: ISC */
/* What lies in a file system: regular files, directories, symbolic links, socket inodes, devices. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "describe/kind.h"
#include "describe/mountinfo.h"
#include "describe/text_only.h"

#define MISC_MAJOR 10

static bool
is_format(const struct fd_facts *f, uint32_t format)
{
	return f->has_stat && (f->st.mode & S_IFMT) == format;
}

static bool
is_regular(const struct fd_facts *f)
{
	return is_format(f, S_IFREG);
}

/* Made by O_TMPFILE and never linked: the kernel shows it as "DIRECTORY/#INODE (deleted)". */
static bool
is_tmpfile(const struct fd_facts *f)
{
	char mark[40];
	size_t length;

	if (!is_regular(f) || (f->status_flags & O_TMPFILE) != O_TMPFILE || f->st.nlink != 0)
		return false;
	length = (size_t)snprintf(mark, sizeof(mark), "/#%llu (deleted)", (unsigned long long)f->st.ino);
	return f->link_length >= length && memcmp(f->link + f->link_length - length, mark, length) == 0;
}

static void
headline_tmpfile(struct emit *e, const struct fd_facts *f)
{
	const char *slash = memrchr(f->link, '/', f->link_length);

	text_only_bytes(e, " ", f->link, slash > f->link ? (size_t)(slash - f->link) : 1);
}

static bool
is_directory(const struct fd_facts *f)
{
	return is_format(f, S_IFDIR);
}

static bool
is_symlink(const struct fd_facts *f)
{
	return is_format(f, S_IFLNK);
}

static bool
is_socket_inode(const struct fd_facts *f)
{
	return is_format(f, S_IFSOCK) && f->access == ACCESS_PATH && f->link[0] == '/';
}

static bool
is_char_device(const struct fd_facts *f)
{
	return is_format(f, S_IFCHR);
}

static bool
is_block_device(const struct fd_facts *f)
{
	return is_format(f, S_IFBLK);
}

/* A mount that no path leads to: what fsmount(2) and open_tree(2) give. */
static bool
is_mount(const struct fd_facts *f)
{
	return f->has_stat && f->access == ACCESS_PATH && f->st.mount_root && strcmp(f->link, "/") == 0 &&
	    fd_is_foreign(f);
}

/* "1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF": number, kind, how, what, owner, file, first and last byte */
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
describe_locks(struct emit *e, struct fdinfo *info)
{
	bool any = fdinfo_may_have(info, "\nlock:");
	struct fdinfo_line line;

	emit_array(e, "locks", ", locked: ", ", ");
	while (any && fdinfo_next(info, &line))
		if (strcmp(line.key, "lock") == 0)
			describe_lock(e, line.value);
	emit_end(e, NULL);
}

void
describe_owner(struct emit *e, const struct fd_facts *f)
{
	const char *type = fd_filesystem(f);

	emit_string(e, "filesystem", type != NULL && mount_type_may_block(type) ? ", on %" : NULL, type);
	describe_number(e, "mount_id", NULL, f->has_stat && f->st.has_mnt_id, f->st.mnt_id);
	describe_number(e, "links", NULL, f->has_stat, f->st.nlink);
	describe_number(e, "uid", NULL, f->has_stat, f->st.uid);
	describe_number(e, "gid", NULL, f->has_stat, f->st.gid);
}

static void
describe_file(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f);
	describe_locks(e, &more->info);
	emit_end(e, NULL);
}

/* Its path is "/" whatever it is, so that its type says most. */
static void
describe_mount(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	const char *type = fd_filesystem(f);

	(void)more;
	emit_object(e, f->kind->word, NULL);
	emit_string(e, "filesystem", ", of type %", type);
	describe_number(e, "mount_id", NULL, f->st.has_mnt_id, f->st.mnt_id);
	emit_bool(e, "file", ", on a file", !S_ISDIR(f->st.mode));
	emit_end(e, NULL);
}

static void
describe_owned(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	(void)more;
	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f);
	emit_end(e, NULL);
}

/* The name behind NUMBER in /proc/misc, or in one section of /proc/devices. PATH is relative to /proc/self. */
static bool
list_lookup(const char *path, const char *section, uint32_t number, char *name, size_t size)
{
	char line[128], found[64];
	unsigned int n;
	bool within = section == NULL, ok = false;
	int fd = proc_open(path);
	FILE *file = fd != -1 ? fdopen(fd, "r") : NULL;

	if (file == NULL) {
		if (fd != -1)
			(void)close(fd);
		return false;
	}
	while (!ok && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%u %63s", &n, found) == 2)
			ok = within && n == number;
		else if (section != NULL && line[0] != '\n')
			within = strncmp(line, section, strlen(section)) == 0;
	}
	(void)fclose(file);
	if (ok)
		(void)strlcpy(name, found, size);
	return ok;
}

/* What drives the device, as the kernel calls it. */
static bool
device_driver(const struct fd_facts *f, char *name, size_t size)
{
	bool block = S_ISBLK(f->st.mode);

	if (!block && f->st.rdev_major == MISC_MAJOR)
		return list_lookup("../misc", NULL, f->st.rdev_minor, name, size);
	return list_lookup("../devices", block ? "Block" : "Character", f->st.rdev_major, name, size);
}

static void
describe_device(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	char number[32];
	struct fdinfo_line line;
	char interface[32] = "", driver[64];
	bool driven = device_driver(f, driver, sizeof(driver));

	emit_object(e, f->kind->word, NULL);
	describe_owner(e, f);
	(void)snprintf(number, sizeof(number), "%u:%u", f->st.rdev_major, f->st.rdev_minor);
	emit_string(e, "number", ", device number %", number);
	emit_string(e, "driver", ", driver %", driven ? driver : NULL);
	while (fdinfo_next(&more->info, &line))
		if (strcmp(line.key, "iff") == 0)
			(void)snprintf(interface, sizeof(interface), "%s", line.value);
	emit_bytes(e, "interface", ", network interface %", interface[0] != '\0' ? interface : NULL, strlen(interface));
	emit_end(e, NULL);
}

#define FILE_FLAGS (KIND_PATH | KIND_OFFSET | KIND_SIZE | KIND_PLACE | KIND_INFO)
/* A driver may take any lock to make its fdinfo. */
#define DEVICE_FLAGS (KIND_PATH | KIND_OFFSET | KIND_PLACE | KIND_INFO | KIND_WAITS)

const struct fd_kind kinds_file[] = {
	{ .word = "mount",
	    .noun = "mount, attached nowhere here",
	    .is = is_mount,
	    .flags = KIND_PLACE,
	    .describe = describe_mount },
	{ .word = "regular",
	    .noun = "regular file without a name, in",
	    .is = is_tmpfile,
	    .flags = FILE_FLAGS & ~KIND_PATH,
	    .headline = headline_tmpfile,
	    .describe = describe_file },
	{ .word = "regular", .noun = "regular file", .is = is_regular, .flags = FILE_FLAGS, .describe = describe_file },
	{ .word = "directory",
	    .noun = "directory",
	    .is = is_directory,
	    .flags = FILE_FLAGS | KIND_QUIET,
	    .describe = describe_file },
	{ .word = "symlink",
	    .noun = "symbolic link",
	    .is = is_symlink,
	    .flags = KIND_PATH | KIND_SIZE | KIND_PLACE,
	    .describe = describe_owned },
	{ .word = "socket-file",
	    .noun = "socket in the file system",
	    .is = is_socket_inode,
	    .flags = KIND_PATH | KIND_PLACE,
	    .describe = describe_owned },
	{ .word = "char-device",
	    .noun = "character device",
	    .is = is_char_device,
	    .flags = DEVICE_FLAGS,
	    .describe = describe_device },
	{ .word = "block-device",
	    .noun = "block device",
	    .is = is_block_device,
	    .flags = DEVICE_FLAGS,
	    .describe = describe_device },
	{ 0 },
};
