/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fail.h"
#include "base/outbuf.h"
#include "source/internal.h"
#include "source/source.h"

#define MEMFD_NAME_MAX 249 /* maximum length of a name for memfd_create(2) */

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int
memfd_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	const struct source *source = &list->items[index];

	(void)options;
	if (strlen(source->what) > MEMFD_NAME_MAX)
		return fail_msg(fail, "%s: a memory file's name has at most %d bytes", source->text, MEMFD_NAME_MAX);
	if (list->input != NULL)
		return fail_msg(fail, "%s: standard input is already used by %s", source->text, list->input);
	list->input = source->text;
	return 0;
}

static int
copy_input(const struct source *source, struct fail *fail)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char buffer[65536];
	ssize_t n;

	for (;;) {
		n = read(STDIN_FILENO, buffer, sizeof(buffer));
		if (n == 0)
			return 0;
		if (n > 0 && write_all(source->fd, buffer, (size_t)n) == -1)
			return fail_errno(fail, "%s: cannot write to the memory file", source->text);
		if (n == -1 && errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (n == -1 && errno != EINTR)
			return fail_errno(fail, "%s: cannot read standard input", source->text);
	}
}

int
memfd_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	(void)options;
	source->fd = memfd_create(source->what, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (source->fd == -1 && errno == EINVAL) /* Linux before 6.3 does not support MFD_EXEC and MFD_NOEXEC_SEAL */
		source->fd = memfd_create(source->what, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (source->fd == -1)
		return fail_errno(fail, "%s: cannot create a memory file", source->text);
	source->ours = true;
	source->number = source->fd;
	if (copy_input(source, fail) == -1)
		return -1;
	if (lseek(source->fd, 0, SEEK_SET) == -1 || fcntl(source->fd, F_ADD_SEALS, SEALS) == -1)
		return fail_errno(fail, "%s: cannot seal the memory file", source->text);
	return 0;
}

static void
pair_take(struct source *source, const int fds[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		source[i].fd = source[i].number = fds[i];
		source[i].ours = true;
	}
}

int
pipe_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	(void)options;
	if (*list->items[index].what != '\0')
		return fail_msg(fail, "%s: pipe: takes no argument", list->items[index].text);
	if (source_add(list, index, fail) == -1)
		return -1;
	return source_name_pair(list, index, "-r", "-w", fail);
}

int
pipe_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	int fds[2];

	(void)options;
	if (pipe2(fds, O_CLOEXEC) == -1)
		return fail_errno(fail, "%s: cannot create a pipe", source->text);
	pair_take(source, fds);
	return 0;
}

/*
 * Returns the socket type with the name WORD, such as "stream". Returns UNSPECIFIED if WORD is empty, or 0 if WORD is
 * not a socket type.
 */
static int
pair_type(const char *word, int unspecified)
{
	if (*word == '\0')
		return unspecified != 0 ? unspecified : SOCK_STREAM;
	if (strcmp(word, "stream") == 0)
		return SOCK_STREAM;
	if (strcmp(word, "seqpacket") == 0)
		return SOCK_SEQPACKET;
	return strcmp(word, "dgram") == 0 ? SOCK_DGRAM : 0;
}

int
socketpair_check(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail)
{
	const struct source *source = &list->items[index];

	if (pair_type(source->what, options->endpoint.type) == 0)
		return fail_msg(fail, "%s: expected socketpair:stream, :seqpacket or :dgram", source->text);
	if (source_add(list, index, fail) == -1)
		return -1;
	return source_name_pair(list, index, "-0", "-1", fail);
}

int
socketpair_open(struct source *source, const struct source_options *options, struct fail *fail)
{
	int fds[2];

	if (socketpair(AF_UNIX, pair_type(source->what, options->endpoint.type) | SOCK_CLOEXEC, 0, fds) == -1)
		return fail_errno(fail, "%s: cannot create a socket pair", source->text);
	pair_take(source, fds);
	return 0;
}
