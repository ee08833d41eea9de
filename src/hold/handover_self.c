/* SPDX-License-Identifier: ISC */
/*
 * Handover after SIGUSR1: executes the installed program. The new program image reads the state of the store from a
 * memfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/num.h"
#include "base/sigpipe.h"
#include "hold/handover.h"
#include "hold/internal.h"
#include "hold/state.h"

#define STATE_VARIABLE "FDPASS_HOLD_STATE"
#define ARGUMENTS_MAX  131072 /* size of the buffer for the command line of this process, in bytes */

/*
 * Reads the command line of this process from /proc. Returns a NULL-terminated vector and its strings in one
 * allocation, or NULL with *FAIL.
 */
static char **
arguments_read(struct fail *fail)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	char *text = malloc(ARGUMENTS_MAX + 1), **argv = NULL;
	size_t used = 0, count = 0, i;
	ssize_t n = -1;

	while (
	    fd != -1 && text != NULL && used < ARGUMENTS_MAX && (n = read(fd, text + used, ARGUMENTS_MAX - used)) > 0)
		used += (size_t)n;
	if (n != 0 || used == 0) {
		(void)fail_errno(fail, "cannot read /proc/self/cmdline");
		goto out;
	}
	text[used] = '\0';
	for (i = 0; i < used; i++)
		count += text[i] == '\0';
	/* The strings are stored after the vector in the same allocation. */
	argv = calloc(1, (count + 2) * sizeof(*argv) + used + 1);
	if (argv == NULL) {
		(void)fail_errno(fail, "cannot read /proc/self/cmdline");
		goto out;
	}
	memcpy(argv + count + 2, text, used + 1);
	argv[0] = (char *)(argv + count + 2);
	for (i = 1; i < count; i++)
		argv[i] = argv[i - 1] + strlen(argv[i - 1]) + 1;
out:
	free(text);
	if (fd != -1)
		(void)close(fd);
	return argv;
}

/*
 * Determines the path of the installed fdpass program. If an update has replaced the program, the file that this
 * process executes has been deleted, and the new program has the path of the deleted file.
 */
static int
program_path(char *path, size_t size, struct fail *fail)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	if (n == -1)
		return fail_errno(fail, "cannot read /proc/self/exe");
	path[n] = '\0';
	if ((size_t)n >= sizeof(deleted) && strcmp(path + n - (sizeof(deleted) - 1), deleted) == 0)
		path[n - (ssize_t)(sizeof(deleted) - 1)] = '\0';
	return 0;
}

static void
close_on_exec(const struct state *s, int flag)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		(void)fcntl(s->fds[i], F_SETFD, flag);
	(void)fcntl(s->memfd, F_SETFD, flag);
}

static int
execute(const struct state *s, const char *path, char **argv, struct fail *fail)
{
	char number[24];

	(void)num_write(number, "", (uint64_t)s->memfd, 10, 1);
	if (setenv(STATE_VARIABLE, number, 1) == -1)
		return fail_errno(fail, "cannot run %s", path);
	close_on_exec(s, 0);
	if (helper_unshare_fds(fail) == 0) {
		sigpipe_restore();
		(void)execv(path, argv);
		(void)fail_errno(fail, "cannot run %s", path);
		sigpipe_ignore();
	}
	close_on_exec(s, FD_CLOEXEC);
	(void)unsetenv(STATE_VARIABLE);
	return -1;
}

void
handover_execute_self(struct hold *h)
{
	char path[PATH_MAX], **argv;
	struct state state;
	struct fail fail;

	h->upgrading = false;
	argv = arguments_read(&fail);
	if (argv != NULL && program_path(path, sizeof(path), &fail) == 0 && state_write(h, &state, false, &fail) == 0) {
		hold_log(h, "SIGUSR1: executing %s with %zu descriptor%s", path, h->store.count,
		    h->store.count == 1 ? "" : "s");
		(void)execute(&state, path, argv, &fail);
		state_done(&state);
	}
	free(argv);
	hold_warn(h, "SIGUSR1: handover failed: %s", fail.text);
	hold_listen(h);
}

int
handover_from_self(struct hold *h, struct fail *fail)
{
	const char *value = getenv(STATE_VARIABLE), *why;
	long long memfd;
	int rc;

	if (value == NULL)
		return 0;
	if (num_parse(value, 3, INT_MAX, &memfd, &why) == -1 || fcntl((int)memfd, F_SETFD, FD_CLOEXEC) == -1)
		return fail_msg(fail, "invalid %s '%s'", STATE_VARIABLE, value);
	(void)unsetenv(STATE_VARIABLE);
	rc = state_read(h, (int)memfd, NULL, 0, fail);
	(void)close((int)memfd);
	if (rc == 0)
		hold_log(h, "continued with %zu descriptor%s", h->store.count, h->store.count == 1 ? "" : "s");
	return rc == 0 ? 1 : -1;
}
