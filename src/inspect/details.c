/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/helper.h"
#include "inspect/details.h"
#include "inspect/kind.h"

static void
open_info(const struct fd_facts *f, struct fdinfo *info)
{
	unsigned int flags = f->kind->flags;

	info->number = info->fd = -1;
	info->err = 0;
	info->used = info->at = 0;
	if ((flags & (KIND_INFO | KIND_INFO_LOCKS)) == (KIND_INFO | KIND_INFO_LOCKS))
		fdinfo_open_helped(info, f->fd);
	else if ((flags & KIND_INFO) != 0 || ((flags & KIND_OFFSET) != 0 && f->access != ACCESS_PATH))
		fdinfo_open(info, f->fd);
}

void
fd_inspect(const struct fd_facts *f, struct fd_details *d)
{
	const struct fd_kind *kind = f->kind;

	d->late = 0;
	d->foreign = (kind->flags & KIND_PATH) != 0 && fd_is_foreign(f);
	d->filesystem = (kind->flags & (KIND_PATH | KIND_PLACE)) != 0 ? fd_filesystem(f) : NULL;
	open_info(f, &d->info);
	if (kind->query == NULL && kind->inspect == NULL)
		return;
	memset(&d->as, 0, sizeof(d->as));
	d->as.fd = f->fd;
	if (kind->query != NULL && f->access != ACCESS_PATH) {
		if (kind->prompt != NULL && kind->prompt(f))
			kind->query(&d->as);
		else if (helper_run(kind->query, NULL, &d->as, sizeof(d->as)) == -1)
			d->late = errno;
	}
	if (kind->inspect != NULL)
		kind->inspect(f, d);
}

void
fd_details_done(struct fd_details *d)
{
	fdinfo_close(&d->info);
}
