/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/num.h"
#include "inspect/process.h"
#include "source/internal.h"
#include "source/select.h"
#include "source/source.h"

static int
parse_number(const struct source *source, const char *digits, int min, const char *which, int *value, struct fail *fail)
{
	const char *why;
	long long number;

	if (num_parse(digits, min, INT_MAX, &number, &why) == -1)
		return fail_msg(fail, "%s: invalid %s '%s': %s", source->text, which, digits, why);
	*value = (int)number;
	return 0;
}

int
process_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];

	(void)options;
	return parse_number(source, source->what, 1, "process ID", &source->pid, fail);
}

int
process_fd_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	struct source *source = &list->items[index];
	char *colon = strchr(source->what, ':');
	struct fail reason;

	if (colon == NULL && !options->no_wait)
		return fail_msg(fail, "%s: expected pid:PID:FD or pid:PID:SELECTOR; pid:PID:all means all descriptors",
		    source->text);
	if (colon != NULL)
		*colon = '\0';
	if (parse_number(source, source->what, 1, "process ID", &source->pid, fail) == -1)
		return -1;
	if (colon != NULL && colon[1 + strspn(colon + 1, "0123456789")] == '\0')
		return parse_number(source, colon + 1, 0, "descriptor number", &source->number, fail);
	source->selector = selector_parse(colon != NULL ? colon + 1 : "all", &reason);
	if (source->selector == NULL)
		return fail_msg(fail, "%s: %s", source->text, reason.text);
	/*
	 * If no_wait is set, this function opens no descriptor: process_each() opens the matching descriptors later,
	 * one after the other.
	 */
	return options->no_wait ? 0 : process_expand(list, index, fail);
}

static void
get_failed(const struct source *source, int err, struct fail *fail)
{
	switch (err) {
	case ESRCH:
		(void)fail_msg(fail, "%s: process %d does not exist", source->text, (int)source->pid);
		break;
	case EINVAL:
	case ENOENT:
		(void)fail_msg(fail, "%s: %d is the ID of a thread, not of a process", source->text, (int)source->pid);
		break;
	case ENOSYS:
		(void)fail_msg(fail, "%s: pidfd_open is not supported by this kernel (needs Linux 5.3)", source->text);
		break;
	default:
		errno = err;
		(void)fail_errno(fail, "%s: cannot open process %d", source->text, (int)source->pid);
	}
	fail->err = err;
}

int
process_get(const struct source *source, struct fail *fail)
{
	int pidfd = proc_pid_open(source->pid);

	if (pidfd == -1)
		get_failed(source, errno, fail);
	return pidfd;
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

static void
fd_failed(const struct source *source, int err, struct fail *fail)
{
	switch (err) {
	case EBADF:
		if (source->number > 0 && source->number <= UINT16_MAX)
			(void)fail_msg(fail,
			    "%s: process %d has no descriptor %d; a socket that listens on port %d is "
			    "pid:%d:tcp-listen:%d",
			    source->text, (int)source->pid, source->number, source->number, (int)source->pid,
			    source->number);
		else
			(void)fail_msg(fail, "%s: process %d has no descriptor %d", source->text, (int)source->pid,
			    source->number);
		break;
	case ESRCH:
		(void)fail_msg(fail, "%s: process %d has exited", source->text, (int)source->pid);
		break;
	case EPERM:
		(void)fail_msg(fail,
		    "%s: not permitted to access process %d: this needs CAP_SYS_PTRACE, or the same user, a dumpable "
		    "process and a kernel.yama.ptrace_scope that allows it",
		    source->text, (int)source->pid);
		break;
	case ENOSYS:
		(void)fail_msg(fail, "%s: pidfd_getfd is not supported by this kernel (needs Linux 5.6)", source->text);
		break;
	default:
		errno = err;
		(void)fail_errno(fail, "%s: cannot duplicate descriptor %d of process %d", source->text, source->number,
		    (int)source->pid);
	}
}

int
process_fd_failed(const struct source *source, int err, struct fail *fail)
{
	fd_failed(source, err, fail);
	fail->err = err;
	return -1;
}

int
process_fd_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	int pidfd, err;

	(void)options;
	if (source->selector != NULL)
		return 0;
	pidfd = process_get(source, fail);
	if (pidfd == -1)
		return -1;
	source->fd = proc_pid_getfd(pidfd, source->number);
	err = errno;
	(void)close(pidfd);
	if (source->fd == -1)
		return process_fd_failed(source, err, fail);
	source->ours = source->foreign = true;
	return 0;
}
