/* SPDX-License-Identifier: ISC */
/* Pidfds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/no_auto_init.h"
#include "inspect/kind.h"

#define QUERY_INFO _IOWR(0xFF, 11, struct pidfd_info)
#define INFO_PID   1U
#define INFO_CREDS 2U
#define INFO_EXIT  8U

static void
read_numbers(const struct fdinfo *info, struct pidfd_facts *p)
{
	NO_AUTO_INIT struct fdinfo_lines line;

	fdinfo_begin(&line, info);
	while (fdinfo_next(&line)) {
		if (strcmp(line.key, "Pid") == 0) {
			p->pid = strtol(line.value, NULL, 10);
			p->known = true;
		} else if (strcmp(line.key, "NSpid") == 0)
			(void)strlcpy(p->nspid, line.value, sizeof(p->nspid));
	}
}

static void
query_info(const struct fd_facts *f, struct pidfd_facts *p)
{
	if (f->access == ACCESS_PATH)
		return;
	p->info.mask = INFO_PID | INFO_CREDS | INFO_EXIT;
	/* Kernels that do not support this request do not fill in the structure. */
	if (ioctl(f->fd, (ioctl_request)QUERY_INFO, &p->info) == -1) {
		p->info.mask = 0;
		p->is_hidden = errno == ESRCH || errno == EREMOTE;
	}
	p->has_info = (p->info.mask & INFO_CREDS) != 0;
	p->ids = p->has_info ? idmap_ids(p->info.euid, p->info.egid) : ID_MAPPED;
	p->has_exit = (p->info.mask & INFO_EXIT) != 0 && p->pid == -1;
}

/*
 * Reads the command name of the process from /proc/PID/comm. After reading the file, reads the pid from the pidfd
 * again, because the process may have exited and another process may have got its pid.
 */
static void
read_comm(const struct fd_facts *f, struct pidfd_facts *p)
{
	struct pidfd_facts again = { .pid = 0 };
	struct fdinfo info;
	char path[40];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", p->pid);
	if (p->pid <= 0 || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, p->comm, sizeof(p->comm));
	(void)close(fd);
	fdinfo_read(&info, f->fd, 0);
	read_numbers(&info, &again);
	fdinfo_free(&info);
	if (n > 0 && again.pid == p->pid)
		p->comm_length = (size_t)n - (p->comm[n - 1] == '\n');
}

/* Determines whether the process has exited, using poll(2), which takes no lock for a pidfd. */
static void
query_ended(const struct fd_facts *f, struct pidfd_facts *p)
{
	short events = POLLIN;

	p->poll_known = f->access != ACCESS_PATH && fd_poll_now(f->fd, &events);
	p->ended = p->poll_known && (events & (POLLIN | POLLHUP)) != 0;
}

/*
 * Replaces the pid that was read from fdinfo by the pid that the ioctl(2) has returned. The pid in fdinfo belongs to
 * the pid namespace of the mounted /proc, which can differ from the pid namespace of this process.
 */
static void
correct_pid(struct pidfd_facts *p)
{
	if (p->pid <= 0 || p->ended)
		return;
	if (p->is_hidden)
		p->pid = 0;
	else if ((p->info.mask & INFO_PID) != 0 && p->info.pid != 0)
		p->pid = (long)p->info.pid;
}

static void
inspect_pidfd(const struct fd_facts *f, struct fd_details *d)
{
	read_numbers(&d->info, &d->as.pidfd);
	query_info(f, &d->as.pidfd);
	query_ended(f, &d->as.pidfd);
	correct_pid(&d->as.pidfd);
	read_comm(f, &d->as.pidfd);
}

#define PIDFD(its_link) \
	{ \
		.word = "pidfd", .noun = "pidfd", .link = (its_link), .flags = KIND_INFO, .id = FD_PIDFD, \
		.inspect = inspect_pidfd \
	}

const struct fd_kind kinds_pidfd[] = {
	PIDFD("anon_inode:[pidfd]"),
	PIDFD("pidfd:[*"),
	{ 0 },
};
