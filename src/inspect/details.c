/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/helper.h"
#include "inspect/details.h"
#include "inspect/kind.h"
#include "inspect/mountinfo.h"
#include "inspect/superblock.h"

/*
 * Returns true if the descriptor's fdinfo file can list fcntl(2) locks. An fcntl(2) lock belongs to a process, so only
 * fdinfo files of that process list the lock.
 */
static bool
may_have_locks(const struct fd_facts *f)
{
	return (f->kind->id == FD_FILE || f->kind->id == FD_TMPFILE) && f->access != ACCESS_PATH;
}

static void
read_info(const struct fd_facts *f, size_t limit, struct fdinfo *info)
{
	unsigned int flags = f->kind->flags;

	if (f->pid != 0 && may_have_locks(f))
		fdinfo_read_in(info, f->fd, f->pid, f->number, limit);
	else if ((flags & (KIND_INFO | KIND_INFO_LOCKS)) == (KIND_INFO | KIND_INFO_LOCKS))
		fdinfo_read_helped(info, f->fd, limit);
	else if ((flags & KIND_INFO) != 0 || ((flags & KIND_OFFSET) != 0 && f->access != ACCESS_PATH))
		fdinfo_read(info, f->fd, limit);
	else
		fdinfo_none(info);
}

struct path_request {
	bool found;
	struct file_stat st;
	char path[sizeof(((struct fd_facts *)NULL)->link)];
};

static void
query_path(void *arg)
{
	struct path_request *r = arg;

	r->found = file_stat_at(AT_FDCWD, r->path, &r->st) == 0;
}

/*
 * Returns true if the path in the descriptor's link refers to the same file in this process. A helper looks up the
 * path, because the path can be on a remote file system.
 */
static bool
path_leads_here(const struct fd_facts *f)
{
	struct path_request r = { .found = false };

	memcpy(r.path, f->link, f->link_length + 1);
	return helper_run(query_path, NULL, &r, sizeof(r)) == 0 && r.found && f->has_stat &&
	    r.st.dev_major == f->st.dev_major && r.st.dev_minor == f->st.dev_minor && r.st.ino == f->st.ino;
}

void
fd_inspect(const struct fd_facts *f, bool brief, size_t limit, struct fd_details *d)
{
	const struct fd_kind *kind = f->kind;

	d->brief = brief;
	d->late = 0;
	if (f->err != 0) {
		fdinfo_none(&d->info);
		return;
	}
	d->foreign = (kind->flags & KIND_PATH) != 0 && fd_is_foreign(f);
	d->outside_root = (kind->flags & KIND_PATH) != 0 && f->link[0] == '/' && mountinfo_is_chroot() &&
	    (d->foreign || !path_leads_here(f));
	d->owner = (kind->flags & KIND_PATH) != 0 && f->has_stat ? idmap_ids(f->st.uid, f->st.gid) : ID_MAPPED;
	d->filesystem = NULL;
	if ((kind->flags & (KIND_PATH | KIND_PLACE)) != 0 && (d->filesystem = fd_filesystem(f)) == NULL)
		d->filesystem = superblock_type(superblock_magic(f->fd));
	read_info(f, limit, &d->info);
	if (kind->query == NULL && kind->inspect == NULL)
		return;
	memset(&d->as, 0, sizeof(d->as));
	d->as.fd = f->fd;
	if (kind->query != NULL && f->access != ACCESS_PATH) {
		if (kind->prompt != NULL && kind->prompt(&d->as))
			kind->query(&d->as);
		else if (helper_run(kind->query, NULL, &d->as, sizeof(d->as)) == -1)
			d->late = errno;
	}
	if (kind->inspect != NULL)
		kind->inspect(f, d);
}

void
fd_details_free(struct fd_details *d)
{
	fdinfo_free(&d->info);
}
