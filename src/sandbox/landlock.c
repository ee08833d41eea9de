/* SPDX-License-Identifier: ISC */
/*
 * Calls the three system calls of Landlock directly, so that neither linux/landlock.h nor support in the C library is
 * needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

#include "base/compat.h"
#include "sandbox/internal.h"

/* linux/landlock.h: struct landlock_ruleset_attr as of Linux 6.12. Older kernels accept only a shorter structure. */
struct attributes {
	uint64_t files, net, scopes;
};

/* linux/landlock.h: struct landlock_path_beneath_attr */
struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static long
ruleset_create(const struct attributes *attributes, size_t size, unsigned int flags)
{
	return syscall(SYS_landlock_create_ruleset, attributes, size, (unsigned long)flags);
}

/* Returns the kernel's Landlock ABI version. A value less than 1 means that Landlock is not available. */
static long
version(void)
{
	return ruleset_create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool
landlock_here(void)
{
	return version() >= 1;
}

/*
 * Enables all restrictions that the kernel supports, except the restriction of signals. If signals were restricted, a
 * child would not get the signal that it has requested for the death of its parent (PR_SET_PDEATHSIG).
 */
static size_t
attributes_fill(struct attributes *a, long abi, bool abstract)
{
	*a = (struct attributes){ .files = LANDLOCK_FS_VERSION_1 };
	if (abi >= 2)
		a->files |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		a->files |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		a->files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (abi >= 4)
		a->net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
	if (abi >= 6 && !abstract)
		a->scopes = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
	return abi >= 6 ? sizeof(*a) :
	    abi >= 4	? offsetof(struct attributes, scopes) :
			  offsetof(struct attributes, net);
}

void
landlock_drop(struct sandbox *sandbox)
{
	if (sandbox->ruleset != -1)
		(void)close(sandbox->ruleset);
	sandbox->ruleset = -1;
}

/*
 * Allows RIGHTS on the file FD and, if FD is a directory, on all files below it. If the rule cannot be added, closes
 * the ruleset, because without this rule Landlock would deny a required operation.
 */
static void
allow(struct sandbox *s, int fd, uint64_t rights)
{
	struct beneath beneath = { .allowed = rights & s->held, .parent = fd };

	if (s->ruleset == -1)
		return;
	/*
	 * Files on internal file systems, such as pipes, need no rule. For a file on an internal file system,
	 * landlock_add_rule(2) fails with EBADFD.
	 */
	if (fd == -1 ||
	    (syscall(SYS_landlock_add_rule, s->ruleset, LANDLOCK_PATH_BENEATH, &beneath, 0UL) == -1 && errno != EBADFD))
		landlock_drop(s);
}

static void
allow_path(struct sandbox *s, const char *path, int flags, uint64_t rights)
{
	int fd;

	if (s->ruleset == -1)
		return;
	fd = open(path, O_PATH | O_CLOEXEC | flags);
	allow(s, fd, rights);
	if (fd != -1)
		(void)close(fd);
}

#define BLOCK_DEVICES "/sys/devices/virtual/block"

void
landlock_begin(struct sandbox *s, bool abstract)
{
	struct attributes attributes;
	long abi = version();
	size_t size;

	if (abi < 1)
		return;
	size = attributes_fill(&attributes, abi, abstract);
	s->held = attributes.files;
	s->ruleset = (int)ruleset_create(&attributes, size, 0);
	allow_path(s, "/proc", O_DIRECTORY, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
	/*
	 * When a process opens a file, the kernel searches for rules from the file upwards until it has found rules
	 * that allow these three rights. The rule below ends the search early for the files that are opened to inspect
	 * a descriptor.
	 */
	allow_path(s, "/proc/self/fdinfo", O_DIRECTORY,
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV);
	/* The next rule allows reading the names of the backing files of loop devices. */
	if (access(BLOCK_DEVICES, F_OK) == 0)
		allow_path(s, BLOCK_DEVICES, O_DIRECTORY, LANDLOCK_ACCESS_FS_READ_FILE);
}

bool
landlock_enter(struct sandbox *s)
{
	return s->ruleset != -1 && syscall(SYS_landlock_restrict_self, s->ruleset, 0UL) == 0;
}

void
sandbox_allow_remove(struct sandbox *s, int dirfd)
{
	if (dirfd != -1)
		allow(s, dirfd, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

/* Allows RIGHTS on the directory that contains PATH. */
static void
allow_directory(struct sandbox *s, const char *path, uint64_t rights)
{
	char *copy = strdup(path);

	if (copy == NULL) {
		landlock_drop(s);
		return;
	}
	allow_path(s, dirname(copy), O_DIRECTORY, rights);
	free(copy);
}

void
sandbox_allow_remove_path(struct sandbox *s, const char *path)
{
	allow_directory(s, path, LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

void
sandbox_allow_read(struct sandbox *s, const char *path)
{
	allow_path(s, path, 0, LANDLOCK_ACCESS_FS_READ_FILE);
}

void
sandbox_allow_exec(struct sandbox *s)
{
	allow_path(s, "/", O_DIRECTORY,
	    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
}

void
sandbox_allow_reopen(struct sandbox *s, int fd)
{
	allow(s, fd, LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_IOCTL_DEV);
}

void
sandbox_allow_create(struct sandbox *s, const char *path)
{
	uint64_t write = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
	struct stat st;

	/*
	 * If PATH is a dangling symbolic link, open(2) creates the file at the target of the link, and no rule allows
	 * this. Therefore, Landlock is not used if PATH is a dangling link.
	 */
	if (stat(path, &st) == 0)
		allow_path(s, path, 0, write);
	else if (lstat(path, &st) == 0)
		landlock_drop(s);
	else
		allow_directory(s, path, write | LANDLOCK_ACCESS_FS_MAKE_REG);
}
