/* SPDX-License-Identifier: ISC */
/* Descriptors of processes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compat.h"
#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"

/* linux/pidfd.h: struct pidfd_info as it first was; kernels fill as much as they are asked for. */
struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

_Static_assert(sizeof(struct info) == 64, "struct pidfd_info was 64 bytes long");

#define QUERY_INFO _IOWR(0xFF, 11, struct info)
#define INFO_CREDS 2U
#define INFO_EXIT  8U

struct process {
	bool known;
	long pid; /* -1: ended and reaped; 0: not in this pid namespace */
	char nspid[128];
	bool has_info, has_exit;
	struct info info;
	char comm[64];
	size_t comm_length;
};

static void
process_numbers(struct fdinfo *info, struct process *p)
{
	struct fdinfo_line line;

	while (fdinfo_next(info, &line)) {
		if (strcmp(line.key, "Pid") == 0) {
			p->pid = strtol(line.value, NULL, 10);
			p->known = true;
		} else if (strcmp(line.key, "NSpid") == 0)
			(void)strlcpy(p->nspid, line.value, sizeof(p->nspid));
	}
}

static void
process_ask(const struct fd_facts *f, struct process *p)
{
	memset(&p->info, 0, sizeof(p->info));
	if (f->access == ACCESS_PATH)
		return;
	p->info.mask = INFO_CREDS | INFO_EXIT;
	/* A kernel that does not know the question leaves it as it was asked. */
	if (ioctl(f->fd, (ioctl_request)QUERY_INFO, &p->info) == -1)
		p->info.mask = 0;
	p->has_info = (p->info.mask & INFO_CREDS) != 0;
	p->has_exit = (p->info.mask & INFO_EXIT) != 0 && p->pid == -1;
}

/* The process's name. Its number may have passed to another one meanwhile, so the descriptor is asked again. */
static void
process_comm(const struct fd_facts *f, struct process *p)
{
	struct process again = { 0 };
	struct fdinfo info;
	char path[40];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/comm", p->pid);
	if (p->pid <= 0 || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, p->comm, sizeof(p->comm));
	(void)close(fd);
	fdinfo_open(&info, f->fd);
	process_numbers(&info, &again);
	fdinfo_close(&info);
	if (n > 0 && again.pid == p->pid)
		p->comm_length = (size_t)n - (p->comm[n - 1] == '\n');
}

static void
process_read(const struct fd_facts *f, struct fdinfo *info, struct process *p)
{
	memset(p, 0, sizeof(*p));
	process_numbers(info, p);
	process_ask(f, p);
	process_comm(f, p);
}

static void
headline_end(struct emit *e, const struct process *p)
{
	int status = p->info.exit_code;
	const char *name;

	if (!p->has_exit)
		emit_words(e, " of a process that has ended");
	else if (WIFEXITED(status))
		text_only(e, " of a process that ended with status %d", WEXITSTATUS(status));
	else if ((name = name_signal(WTERMSIG(status))) != NULL)
		text_only(e, " of a process that was ended by %s", name);
	else
		text_only(e, " of a process that was ended by signal %d", WTERMSIG(status));
}

static void
headline_pidfd(struct emit *e, const struct fd_facts *f)
{
	struct fdinfo info;
	struct process p;

	fdinfo_open(&info, f->fd);
	process_read(f, &info, &p);
	fdinfo_close(&info);
	if (!p.known)
		return;
	if (p.pid > 0)
		text_only(e, " of %s %ld", (f->status_flags & O_EXCL) != 0 ? "thread" : "process", p.pid);
	else if (p.pid == 0)
		emit_words(e, " of a process outside this pid namespace");
	else
		headline_end(e, &p);
	if (p.comm_length > 0)
		text_only_bytes(e, " ", p.comm, p.comm_length);
}

static void
describe_nspid(struct emit *e, const char *list)
{
	char *end;
	long pid;

	emit_array(e, "nspid", NULL, NULL);
	for (; (pid = strtol(list, &end, 10)), end != list; list = end)
		emit_i64(e, NULL, NULL, pid);
	emit_end(e, NULL);
}

static void
describe_pidfd(struct emit *e, const struct fd_facts *f, struct fd_more *more)
{
	struct process p;
	bool info, exited, killed;

	process_read(f, &more->info, &p);
	info = p.has_info && p.pid > 0;
	exited = p.has_exit && WIFEXITED(p.info.exit_code);
	killed = p.has_exit && WIFSIGNALED(p.info.exit_code);
	emit_object(e, f->kind->word, NULL);
	describe_number(e, "pid", NULL, p.pid > 0, (uint64_t)p.pid);
	describe_nspid(e, p.pid > 0 ? p.nspid : "");
	emit_bool(e, "thread", NULL, (f->status_flags & O_EXCL) != 0);
	if (p.known)
		emit_bool(e, "reaped", NULL, p.pid == -1);
	else
		emit_null(e, "reaped");
	emit_bytes(e, "comm", NULL, p.comm_length > 0 ? p.comm : NULL, p.comm_length);
	describe_number(e, "ppid", ", child of %", info && p.info.ppid != 0, p.info.ppid);
	describe_number(e, "uid", ", uid %", info, p.info.euid);
	describe_number(e, "gid", ", gid %", info, p.info.egid);
	describe_number(e, "exit_status", NULL, exited, (uint64_t)(unsigned int)WEXITSTATUS(p.info.exit_code));
	emit_string(e, "exit_signal", NULL, killed ? name_signal(WTERMSIG(p.info.exit_code)) : NULL);
	emit_end(e, NULL);
}

const struct fd_kind kinds_pidfd[] = {
	{ .word = "pidfd",
	    .noun = "pidfd",
	    .link = "anon_inode:[pidfd]",
	    .flags = KIND_INFO,
	    .headline = headline_pidfd,
	    .describe = describe_pidfd },
	{ .word = "pidfd",
	    .noun = "pidfd",
	    .link = "pidfd:[*",
	    .flags = KIND_INFO,
	    .headline = headline_pidfd,
	    .describe = describe_pidfd },
	{ 0 },
};
