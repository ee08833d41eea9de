/* SPDX-License-Identifier: ISC */
/* Whether closing a descriptor can make the closer wait. */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "describe/fd.h"
#include "describe/kind.h"
#include "describe/mountinfo.h"

/* Character devices that are let go of at once: memory, pseudo-terminals and their aliases. Tapes rewind, serial lines drain. */
static bool
device_lets_go(const struct proc_stat *st)
{
	if (!S_ISCHR(st->mode))
		return false;
	return st->rdev_major == 1 || st->rdev_major == 5 || (st->rdev_major >= 136 && st->rdev_major <= 143);
}

static bool
socket_lingers(int fd)
{
	struct linger linger;
	socklen_t length = sizeof(linger);

	return getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff != 0 && linger.l_linger > 0;
}

bool
fd_close_may_block(const struct fd_facts *f)
{
	const char *type;

	if (f->err != 0)
		return false;
	if (!f->has_stat)
		return true;
	if (S_ISSOCK(f->st.mode) && f->access != ACCESS_PATH)
		return socket_lingers(f->fd);
	if (S_ISCHR(f->st.mode) || S_ISBLK(f->st.mode))
		return f->access != ACCESS_PATH && !device_lets_go(&f->st);
	if ((f->kind->flags & KIND_PATH) == 0)
		return false;
	type = fd_filesystem(f);
	return type == NULL || mount_type_may_block(type);
}
