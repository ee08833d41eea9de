/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/filestat.h"
#include "lib/fdpass.h"
#include "inspect/mountinfo.h"
#include "inspect/proc.h"

#define NANOSECONDS 1000000000LL
/* Time after which the list of mounts is read again. */
#define FRESH (NANOSECONDS / 4)

/*
 * A copy of /proc/self/mountinfo. The copy is stored in a static variable, because the list of mounts is the same for
 * the entire process.
 */
static struct {
	struct mount_entry *entries;
	size_t count, room;
	bool known;
	int64_t read_at;
	struct file_stat root;
} mounts;

/* Parses "ID PARENT MAJ:MIN ROOT MOUNTPOINT OPTIONS [FIELD]... - TYPE SOURCE OPTIONS" */
static bool
mount_parse(const char *line, struct mount_entry *entry)
{
	const char *type = strstr(line, " - ");
	unsigned long long id;
	size_t length;

	if (type == NULL || sscanf(line, "%llu %*u %u:%u ", &id, &entry->major, &entry->minor) != 3)
		return false;
	type += 3;
	length = strcspn(type, " ");
	if (length >= sizeof(entry->type))
		length = sizeof(entry->type) - 1;
	memcpy(entry->type, type, length);
	entry->type[length] = '\0';
	entry->id = id;
	return true;
}

static bool
mount_add(const char *line)
{
	struct mount_entry *more;
	size_t room;

	if (mounts.count == mounts.room) {
		room = mounts.room == 0 ? 64 : mounts.room * 2;
		more = reallocarray(mounts.entries, room, sizeof(*more));
		if (more == NULL)
			return false;
		mounts.entries = more;
		mounts.room = room;
	}
	if (mount_parse(line, &mounts.entries[mounts.count]))
		mounts.count++;
	return true;
}

static void
mounts_read(void)
{
	FILE *file;
	char *line = NULL;
	size_t size = 0;
	int fd = proc_open("mountinfo");

	mounts.count = 0;
	mounts.known = false;
	mounts.read_at = fdpass_deadline(0);
	mounts.root.has_mnt_id = false;
	(void)file_stat_at(AT_FDCWD, "/", &mounts.root);
	if (fd == -1)
		return;
	if ((file = fdopen(fd, "r")) == NULL) {
		(void)close(fd);
		return;
	}
	mounts.known = true;
	while (mounts.known && getline(&line, &size, file) != -1)
		mounts.known = mount_add(line);
	if (ferror(file))
		mounts.known = false;
	free(line);
	(void)fclose(file);
}

bool
mountinfo_known(void)
{
	if (mounts.read_at == 0 || fdpass_deadline(0) - mounts.read_at > FRESH)
		mounts_read();
	return mounts.known;
}

const struct mount_entry *
mountinfo_by_id(uint64_t id)
{
	size_t i;

	if (!mountinfo_known())
		return NULL;
	for (i = 0; i < mounts.count; i++)
		if (mounts.entries[i].id == id)
			return &mounts.entries[i];
	return NULL;
}

bool
mountinfo_is_foreign(uint64_t id)
{
	if (!mountinfo_known() || mountinfo_by_id(id) != NULL)
		return false;
	/*
	 * After chroot(2) to a directory that is not a mount point, /proc/self/mountinfo does not list the mount to
	 * which / belongs.
	 */
	return !mounts.root.has_mnt_id || mounts.root.mnt_id != id;
}

bool
mountinfo_is_chroot(void)
{
	return mountinfo_known() && mounts.root.has_mnt_id && !mounts.root.mount_root && !mounts.root.without_mount;
}

const struct mount_entry *
mountinfo_by_device(uint32_t major, uint32_t minor)
{
	size_t i;

	if (!mountinfo_known())
		return NULL;
	for (i = 0; i < mounts.count; i++)
		if (mounts.entries[i].major == major && mounts.entries[i].minor == minor)
			return &mounts.entries[i];
	return NULL;
}
