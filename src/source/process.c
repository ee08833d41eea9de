/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/num.h"
#include "source/internal.h"
#include "source/source.h"

static int
parse_number(const struct source *source, const char *digits, int min, const char *which, int *value, struct fail *fail)
{
	const char *why;
	long long number;

	if (num_parse(digits, min, INT_MAX, &number, &why) == -1)
		return fail_msg(fail, "%s: the %s %s", source->text, which, why);
	*value = (int)number;
	return 0;
}

int
process_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];

	(void)options;
	return parse_number(source, source->what, 1, "process's number", &source->pid, fail);
}

int
process_fd_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];
	char *colon = strchr(source->what, ':');

	(void)options;
	if (colon == NULL)
		return fail_msg(fail, "%s: expected pid:PID:FD", source->text);
	*colon = '\0';
	if (parse_number(source, source->what, 1, "process's number", &source->pid, fail) == -1)
		return -1;
	return parse_number(source, colon + 1, 0, "descriptor's number", &source->number, fail);
}

static int
process_get(const struct source *source, struct fail *fail)
{
	int pidfd = (int)syscall(SYS_pidfd_open, source->pid, 0);

	if (pidfd != -1)
		return pidfd;
	switch (errno) {
	case ESRCH:
		return fail_msg(fail, "%s: there is no process %d", source->text, (int)source->pid);
	case EINVAL:
	case ENOENT:
		return fail_msg(fail, "%s: %d is a thread of a process, not a process", source->text, (int)source->pid);
	case ENOSYS:
		return fail_msg(fail, "%s: this needs pidfd_open (Linux 5.3)", source->text);
	default:
		return fail_errno(fail, "%s: open process %d", source->text, (int)source->pid);
	}
}

int
process_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	(void)options;
	source->fd = process_get(source, fail);
	if (source->fd == -1)
		return -1;
	source->ours = true;
	source->number = source->fd;
	return 0;
}

static int
process_fd_failed(const struct source *source, struct fail *fail)
{
	switch (errno) {
	case EBADF:
		return fail_msg(
		    fail, "%s: process %d has no descriptor %d", source->text, (int)source->pid, source->number);
	case ESRCH:
		return fail_msg(fail, "%s: process %d has ended", source->text, (int)source->pid);
	case EPERM:
		return fail_msg(fail,
		    "%s: not permitted to trace process %d (ptrace): its descriptors are for the "
		    "same user if it is dumpable and kernel.yama.ptrace_scope allows it, or for CAP_SYS_PTRACE",
		    source->text, (int)source->pid);
	case ENOSYS:
		return fail_msg(fail, "%s: this needs pidfd_getfd (Linux 5.6)", source->text);
	default:
		return fail_errno(
		    fail, "%s: take descriptor %d from process %d", source->text, source->number, (int)source->pid);
	}
}

int
process_fd_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	int pidfd, err;

	(void)options;
	pidfd = process_get(source, fail);
	if (pidfd == -1)
		return -1;
	source->fd = (int)syscall(SYS_pidfd_getfd, pidfd, source->number, 0);
	err = errno;
	(void)close(pidfd);
	errno = err;
	if (source->fd == -1)
		return process_fd_failed(source, fail);
	source->ours = true;
	return 0;
}
