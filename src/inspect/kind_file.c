/* SPDX-License-Identifier: ISC */
/* File system objects: regular files, directories, symbolic links, socket files, devices. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/helper.h"
#include "inspect/kind.h"
#include "inspect/proc.h"

#define LOOP_MAJOR 7
#define MISC_MAJOR 10

#define TUN_NAMESPACE 0x54e3 /* TUNGETDEVNETNS of linux/if_tun.h */

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

/*
 * Returns true for a file that was created with O_TMPFILE and never linked. The link of a file that was never linked is
 * "DIRECTORY/#INODE (deleted)".
 */
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

/*
 * Returns true for the root of a mount that no path of this process reaches, for example for a descriptor that
 * fsmount(2) or open_tree(2) has returned. The root directory of another mount namespace cannot be distinguished from
 * such a mount, so this function returns true for that directory, too.
 */
static bool
is_mount(const struct fd_facts *f)
{
	return f->has_stat && f->access == ACCESS_PATH && f->st.mount_root && strcmp(f->link, "/") == 0 &&
	    fd_is_foreign(f);
}

/* Finds the name of device NUMBER in /proc/misc, or in SECTION of /proc/devices. PATH is relative to /proc/self. */
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

/* Determines the path of a loop device's backing file, as the kernel reports it. */
static void
inspect_loop(const struct fd_facts *f, struct device_facts *device)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(
	    path, sizeof(path), "/sys/dev/block/%u:%u/loop/backing_file", f->st.rdev_major, f->st.rdev_minor);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, device->backing_file, sizeof(device->backing_file) - 1);
	(void)close(fd);
	if (n > 0 && device->backing_file[n - 1] == '\n')
		n--;
	device->backing_file[n > 0 ? n : 0] = '\0';
}

struct netns_request {
	int fd;
	uint64_t inode;
};

/*
 * Determines the network namespace of a TUN device. The ioctl(2) call returns a descriptor of the namespace, and waits
 * for a lock of the network configuration.
 */
static void
query_netns(void *arg)
{
	struct netns_request *r = arg;
	struct file_stat st;
	int ns = ioctl(r->fd, (ioctl_request)TUN_NAMESPACE);

	if (ns == -1)
		return;
	if (file_stat(ns, &st) == 0)
		r->inode = st.ino;
	(void)close(ns);
}

/*
 * Determines the network namespace of the TUN device's interface. The kernel permits this query only for a process with
 * CAP_NET_ADMIN in that namespace.
 */
static void
inspect_tun(const struct fd_facts *f, struct device_facts *device)
{
	struct netns_request r = { .fd = f->fd };
	struct file_stat own;

	if (f->access == ACCESS_PATH || helper_run(query_netns, NULL, &r, sizeof(r)) == -1 || r.inode == 0)
		return;
	device->netns = r.inode;
	device->netns_known = proc_stat_path("ns/net", &own) == 0;
	device->own_netns = device->netns_known && own.ino == r.inode;
}

/* Determines the name of the device's driver and, for some drivers, further properties. */
static void
inspect_device(const struct fd_facts *f, struct fd_details *d)
{
	bool block = S_ISBLK(f->st.mode);

	if (!block && f->st.rdev_major == MISC_MAJOR)
		(void)list_lookup("../misc", NULL, f->st.rdev_minor, d->as.device.driver, sizeof(d->as.device.driver));
	else
		(void)list_lookup("../devices", block ? "Block" : "Character", f->st.rdev_major, d->as.device.driver,
		    sizeof(d->as.device.driver));
	if (block && f->st.rdev_major == LOOP_MAJOR)
		inspect_loop(f, &d->as.device);
	if (strcmp(d->as.device.driver, "tun") == 0)
		inspect_tun(f, &d->as.device);
}

#define FILE_FLAGS (KIND_FILE | KIND_PATH | KIND_OFFSET | KIND_SIZE | KIND_PLACE | KIND_INFO)
/* KIND_INFO_LOCKS: a driver can take any lock when it generates fdinfo. */
#define DEVICE_FLAGS (KIND_PATH | KIND_OFFSET | KIND_PLACE | KIND_INFO | KIND_INFO_LOCKS)

const struct fd_kind kinds_file[] = {
	{ .word = "mount",
	    .noun = "mount outside this mount namespace",
	    .is = is_mount,
	    .flags = KIND_PLACE,
	    .id = FD_MOUNT },
	{ .word = "regular",
	    .noun = "unnamed regular file in",
	    .is = is_tmpfile,
	    .flags = FILE_FLAGS & ~KIND_PATH,
	    .id = FD_TMPFILE },
	{ .word = "regular", .noun = "regular file", .is = is_regular, .flags = FILE_FLAGS, .id = FD_FILE },
	{ .word = "directory",
	    .noun = "directory",
	    .is = is_directory,
	    .flags = FILE_FLAGS | KIND_QUIET,
	    .id = FD_FILE },
	{ .word = "symlink",
	    .noun = "symbolic link",
	    .is = is_symlink,
	    .flags = KIND_FILE | KIND_PATH | KIND_SIZE | KIND_PLACE,
	    .id = FD_OWNED },
	{ .word = "socket-file",
	    .noun = "socket in the file system",
	    .is = is_socket_inode,
	    .flags = KIND_FILE | KIND_PATH | KIND_PLACE,
	    .id = FD_OWNED },
	{ .word = "char-device",
	    .noun = "character device",
	    .is = is_char_device,
	    .flags = DEVICE_FLAGS,
	    .id = FD_DEVICE,
	    .inspect = inspect_device },
	{ .word = "block-device",
	    .noun = "block device",
	    .is = is_block_device,
	    .flags = DEVICE_FLAGS | KIND_FILE,
	    .id = FD_DEVICE,
	    .inspect = inspect_device },
	{ 0 },
};
