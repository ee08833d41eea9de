/* SPDX-License-Identifier: ISC */
/* Namespaces. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "inspect/kind.h"
#include "inspect/proc.h"

/* ioctl(2) requests from linux/nsfs.h that neither create nor change anything. */
#define QUERY_TYPE  _IO(0xb7, 0x3)
#define QUERY_OWNER _IO(0xb7, 0x4)

/*
 * Returns true for a namespace. All namespaces are files of one file system, so F is a namespace if it has the device
 * number of this process's namespaces.
 */
static bool
is_namespace(const struct fd_facts *f)
{
	struct file_stat own;

	if (!f->has_stat || !S_ISREG(f->st.mode) || f->st.dev_major != 0 || (f->st.mode & 07777) != 0444 ||
	    f->st.size != 0)
		return false;
	if (proc_stat_path("ns/mnt", &own) == -1)
		return f->link_length > 0 && f->link[0] != '/' && strstr(f->link, ":[") != NULL;
	return own.dev_major == f->st.dev_major && own.dev_minor == f->st.dev_minor;
}

/* Determines the type of a namespace from its name in /proc/PID/ns. */
static const char *
namespace_type(const struct fd_facts *f)
{
	static const struct {
		int flag;
		const char *name;
	} table[] = { { 0x00000080, "time" }, { 0x00020000, "mnt" }, { 0x02000000, "cgroup" }, { 0x04000000, "uts" },
		{ 0x08000000, "ipc" }, { 0x10000000, "user" }, { 0x20000000, "pid" }, { 0x40000000, "net" } };
	int flag = f->access != ACCESS_PATH ? ioctl(f->fd, QUERY_TYPE) : -1;
	size_t i, length;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		length = strlen(table[i].name);
		if (flag == table[i].flag ||
		    (strncmp(f->link, table[i].name, length) == 0 && strncmp(f->link + length, ":[", 2) == 0))
			return table[i].name;
	}
	return NULL;
}

static void
inspect_namespace(const struct fd_facts *f, struct fd_details *d)
{
	struct namespace_facts *ns = &d->as.ns;
	struct file_stat own;
	char path[16];

	if ((ns->type = namespace_type(f)) == NULL)
		return;
	(void)snprintf(path, sizeof(path), "ns/%s", ns->type);
	ns->own_known = proc_stat_path(path, &own) == 0;
	ns->own = ns->own_known && own.ino == f->st.ino;
	ns->has_owner = strcmp(ns->type, "user") == 0 && f->access != ACCESS_PATH &&
	    ioctl(f->fd, QUERY_OWNER, &ns->owner) == 0;
}

const struct fd_kind kinds_ns[] = {
	{ .word = "namespace",
	    .noun = "namespace",
	    .is = is_namespace,
	    .flags = KIND_FILE | KIND_PATH | KIND_INODE | KIND_PROMPT,
	    .id = FD_NAMESPACE,
	    .inspect = inspect_namespace },
	{ 0 },
};
