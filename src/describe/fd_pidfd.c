/* SPDX-License-Identifier: ISC */
/* Describes pidfds. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "describe/kind.h"
#include "describe/names.h"
#include "describe/text_only.h"

static void
headline_end(struct emit *e, const struct pidfd_facts *p)
{
	int status = p->info.exit_code;
	const char *name;

	if (!p->has_exit)
		emit_words(e, " of a process that has ended");
	else if (WIFEXITED(status))
		text_only(e, " of a process that ended with status %d", WEXITSTATUS(status));
	else if ((name = name_signal(WTERMSIG(status))) != NULL)
		text_only(e, " of a process that was killed by %s", name);
	else
		text_only(e, " of a process that was killed by signal %d", WTERMSIG(status));
}

void
headline_pidfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct pidfd_facts *p = &d->as.pidfd;

	if (!p->known)
		return;
	if (p->pid > 0)
		text_only(e, " of %s %ld", (f->status_flags & O_EXCL) != 0 ? "thread" : "process", p->pid);
	else if (p->pid == 0)
		emit_words(e, " of a process outside this pid namespace");
	else
		headline_end(e, p);
	if (p->comm_length > 0)
		text_only_bytes(e, " ", p->comm, p->comm_length);
	if (p->pid > 0 && (f->status_flags & O_EXCL) != 0 && p->has_info && p->info.tgid != 0)
		text_only(e, " of process %u", p->info.tgid);
	if (p->pid > 0 && strchr(p->nspid, '\t') != NULL)
		emit_words(e, " in a pid namespace below this one");
	if (p->pid >= 0 && p->ended)
		emit_words(e, ", which has ended");
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

void
describe_pidfd(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct pidfd_facts *p = &d->as.pidfd;
	bool info, exited, killed;

	info = p->has_info && p->pid > 0;
	exited = p->has_exit && WIFEXITED(p->info.exit_code);
	killed = p->has_exit && WIFSIGNALED(p->info.exit_code);
	emit_object(e, f->kind->word, NULL);
	describe_number(e, "pid", NULL, p->pid > 0, (uint64_t)p->pid);
	if (p->known)
		describe_nspid(e, p->pid > 0 ? p->nspid : "");
	else
		emit_null(e, "nspid");
	describe_bool(e, "thread", NULL, f->access != ACCESS_PATH, (f->status_flags & O_EXCL) != 0);
	if (p->known)
		emit_bool(e, "reaped", NULL, p->pid == -1);
	else
		emit_null(e, "reaped");
	emit_bytes(e, "comm", NULL, p->comm_length > 0 ? p->comm : NULL, p->comm_length);
	describe_number(e, "ppid", ", child of %", info && p->info.ppid != 0, p->info.ppid);
	describe_number(e, "uid", ", uid %", info, p->info.euid);
	describe_number(e, "gid", ", gid %", info, p->info.egid);
	describe_number(e, "exit_status", NULL, exited, (uint64_t)(unsigned int)WEXITSTATUS(p->info.exit_code));
	emit_string(e, "exit_signal", NULL, killed ? name_signal(WTERMSIG(p->info.exit_code)) : NULL);
	describe_bool(e, "ended", NULL, p->poll_known, p->ended);
	describe_number(e, "tgid", NULL, info && p->info.tgid != 0, p->info.tgid);
	emit_end(e, NULL);
}
