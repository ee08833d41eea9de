/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

#include "inspect/fdinfo.h"
#include "inspect/kind.h"
#include "inspect/origin.h"

void
origin_probe(const struct message *m, int fd, int number, struct fd_facts *facts)
{
	if (fd >= 0)
		fd_probe(fd, facts);
	else
		fd_unavailable(fd == FDPASS_TAKEN ? EBADF : -fd, facts);
	facts->number = number;
	facts->pid = m->origin->pid;
	facts->cloexec_known = false;
	if (facts->err != 0 || m->origin->brief)
		return;
	/*
	 * A descriptor that another process has just received is close-on-exec if MSG_CMSG_CLOEXEC was passed to
	 * recvmsg(2).
	 */
	if (m->direction == DIRECTION_RECEIVED && number != m->origin->socket_number) {
		facts->cloexec_known = true;
		facts->cloexec = (fdpass_msg_flags(m->msg) & MSG_CMSG_CLOEXEC) != 0;
	} else {
		facts->cloexec_known = fdinfo_cloexec_at(
		    m->origin->directory, number, (facts->kind->flags & KIND_INFO_LOCKS) != 0, &facts->cloexec);
	}
}

bool
origin_is_full(const struct message_origin *origin)
{
	struct rlimit limit;
	struct dirent *entry;
	char path[48];
	rlim_t count = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)origin->pid);
	if (prlimit(origin->pid, RLIMIT_NOFILE, NULL, &limit) == -1 || (dir = opendir(path)) == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count >= limit.rlim_cur;
}
