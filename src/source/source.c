/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/fail.h"
#include "base/helper.h"
#include "base/inherited.h"
#include "base/nearest.h"
#include "net/endpoint.h"
#include "source/internal.h"
#include "source/select.h"
#include "source/source.h"

#define NAME_LENGTH_MAX 255

/*
 * The kinds of DESCRIPTOR. The last row, which has no prefix, is for paths. A DESCRIPTOR that is only a number N is
 * treated like fd:N.
 */
static const struct source_kind kinds[] = {
	{ "fd:", number_check, NULL, 0 },
	{ "r:", file_check, file_open, O_RDONLY },
	{ "w:", file_check, file_open, O_WRONLY | O_CREAT | O_TRUNC },
	{ "rw:", file_check, file_open, O_RDWR | O_CREAT },
	{ "a:", file_check, file_open, O_WRONLY | O_APPEND | O_CREAT },
	{ "dir:", file_check, file_open, O_RDONLY | O_DIRECTORY },
	{ "path:", file_check, file_open, O_PATH },
	{ "pid:", process_fd_check, process_fd_open, 0 },
	{ "pidfd:", process_check, process_open, 0 },
	{ "memfd:", memfd_check, memfd_open, 0 },
	{ "tcp:", inet_check, inet_connect, SOCK_STREAM },
	{ "udp:", inet_check, inet_connect, SOCK_DGRAM },
	{ "tcp-listen:", inet_check, inet_listen, SOCK_STREAM },
	{ "udp-listen:", inet_check, inet_listen, SOCK_DGRAM },
	{ "vsock:", vsock_check, vsock_connect, 0 },
	{ "vsock-listen:", vsock_check, vsock_listen, 0 },
	{ "unix:", unix_check, unix_open, ROLE_CONNECT },
	{ "unix-listen:", unix_check, unix_open, ROLE_LISTEN },
	{ "pipe:", pipe_check, pipe_open, 0 },
	{ "socketpair:", socketpair_check, socketpair_open, 0 },
	{ "listen:", listenfds_check, NULL, 0 },
	{ "", file_check, file_open, O_RDONLY },
};

static const struct source_kind *
kind_find(const char *text, size_t length)
{
	const struct source_kind *kind = kinds;

	if (length > 0 && (strspn(text, "0123456789") >= length || (length == 1 && *text == '-')))
		return kind;
	while (strncmp(text, kind->word, strlen(kind->word)) != 0)
		kind++;
	return kind;
}

bool
source_word_exists(const char *word, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (length > 0 && length == strlen(kinds[i].word) && strncmp(word, kinds[i].word, length) == 0)
			return true;
	return false;
}

const char *
source_nearest(const char *word, size_t length)
{
	struct nearest nearest;
	char text[32];
	size_t i;

	if (length == 0 || length + 1 >= sizeof(text))
		return NULL;
	(void)strlcpy(text, word, length + 1);
	(void)strlcat(text, ":", sizeof(text));
	nearest_begin(&nearest, text);
	for (i = 0; i + 1 < sizeof(kinds) / sizeof(kinds[0]); i++)
		nearest_try(&nearest, kinds[i].word, kinds[i].word);
	return nearest.found;
}

/*
 * Returns true if the first LENGTH bytes of TEXT, before the =, are the number of an open descriptor or an existing
 * path.
 */
static bool
exists_before(const char *text, size_t length)
{
	char path[PATH_MAX];

	if (kind_find(text, length)->check == number_check)
		return *text == '-' || inherited_is(atoi(text));
	if (length == 0 || length >= sizeof(path))
		return false;
	memcpy(path, text, length);
	path[length] = '\0';
	return access(path, F_OK) == 0;
}

static int
name_ambiguous(const char *text, const char *equals, struct fail *fail)
{
	int length = (int)(equals - text);
	bool number = kind_find(text, (size_t)length)->check == number_check;

	return fail_msg(fail,
	    "%s: ambiguous: for %s %.*s with the name '%s' write %s%s, for the file '%s' write %s%s=", text,
	    number ? "descriptor" : "the file", length, text, equals + 1, number ? "fd:" : "r:", text, text,
	    number ? "./" : "", text);
}

/*
 * Sets *END to the = of =NAME. If TEXT contains no =NAME, sets *END to the end of TEXT. If TEXT has no prefix and is an
 * existing path, TEXT contains no =NAME. Returns 0, or -1 with *FAIL if both TEXT and its part before the = exist.
 */
static int
name_find(const char *text, const char **end, struct fail *fail)
{
	const char *equals = strrchr(text, '=');
	const struct source_kind *kind;
	size_t length;

	*end = text + strlen(text);
	if (equals == NULL || strchr(equals, '/') != NULL)
		return 0;
	length = (size_t)(equals - text);
	kind = kind_find(text, length);
	if (equals[1] != '\0' && (*kind->word == '\0' || strncmp(text, kind->word, strlen(kind->word)) != 0) &&
	    access(text, F_OK) == 0)
		return exists_before(text, length) ? name_ambiguous(text, equals, fail) : 0;
	*end = equals;
	return 0;
}

static int
name_check(const char *text, const char *name, struct fail *fail)
{
	const char *at;

	for (at = name; *at != '\0'; at++)
		if (*at < ' ' || *at > '~' || *at == ':')
			return fail_msg(fail,
			    "%s: invalid name '%s': expected printable ASCII characters without a colon; for a path "
			    "that contains =, append another =",
			    text, name);
	if (at - name > NAME_LENGTH_MAX)
		return fail_msg(fail, "%s: a name has at most %d bytes", text, NAME_LENGTH_MAX);
	return 0;
}

static struct source *
list_grow(struct source_list *list, struct fail *fail, const char *text)
{
	struct source *items;
	size_t room = list->room != 0 ? list->room * 2 : 16;

	if (list->count == list->room) {
		items = reallocarray(list->items, room, sizeof(*items));
		if (items == NULL) {
			(void)fail_errno(fail, "%s", text);
			return NULL;
		}
		list->items = items;
		list->room = room;
	}
	items = &list->items[list->count++];
	*items = (struct source){ .fd = -1, .number = -1, .text = text, .endpoint = ENDPOINT_NONE };
	return items;
}

int
source_add(struct source_list *list, size_t index, struct fail *fail)
{
	struct source *item = list_grow(list, fail, list->items[index].text);

	if (item == NULL)
		return -1;
	item->kind = list->items[index].kind;
	return 0;
}

/*
 * Returns true if FD is probably a process ID that the user wrote instead of a descriptor number: a process with this
 * ID exists, and FD is not a small number.
 */
static bool
is_process(const struct source *source, int fd)
{
	return fd >= 100 && source->text[0] >= '1' && source->text[0] <= '9' && (kill(fd, 0) == 0 || errno == EPERM);
}

int
source_take(struct source *source, int fd, struct fail *fail)
{
	if (!inherited_is(fd)) {
		if (is_process(source, fd))
			(void)fail_msg(
			    fail, "%s: descriptor %d is not open; process %d is pid:%d", source->text, fd, fd, fd);
		else
			(void)fail_msg(fail, "%s: descriptor %d is not open", source->text, fd);
		fail->err = EBADF;
		return -1;
	}
	source->fd = source->number = fd;
	return 0;
}

static char *
join(const char *name, const char *suffix)
{
	char *joined = malloc(strlen(name) + strlen(suffix) + 1);

	if (joined != NULL)
		(void)stpcpy(stpcpy(joined, name), suffix);
	return joined;
}

int
source_name_pair(struct source_list *list, size_t index, const char *first, const char *second, struct fail *fail)
{
	struct source *pair = &list->items[index];
	char *name = pair[0].name;

	if (name == NULL)
		return 0;
	pair[0].name = join(name, first);
	pair[1].name = join(name, second);
	free(name);
	if (pair[0].name == NULL || pair[1].name == NULL)
		return fail_errno(fail, "%s", pair[0].text);
	if (name_check(pair[0].text, pair[0].name, fail) == -1 || name_check(pair[1].text, pair[1].name, fail) == -1)
		return -1;
	return 0;
}

/*
 * Handles an error of ITEM. If no_wait is set (the descriptors are only inspected), stores the error in ITEM and
 * returns 0. If no_wait is not set, returns -1.
 */
static int
error_keep(struct source *item, const struct source_options *options, const struct fail *fail)
{
	if (!options->no_wait)
		return -1;
	item->error = strdup(fail->text);
	return item->error != NULL ? 0 : -1;
}

static int
source_parse(struct source_list *list, const char *text, const struct source_options *options, struct fail *fail)
{
	const char *end, *name;
	const struct source_kind *kind;
	size_t index = list->count, word;
	struct source *item;

	if (name_find(text, &end, fail) == -1)
		return -1;
	name = *end != '\0' ? end + 1 : end;
	kind = kind_find(text, (size_t)(end - text));
	word = strlen(kind->word);
	/* TEXT is only a number, which kind_find() treats like fd:N, so there is no prefix to skip. */
	if (strncmp(text, kind->word, word) != 0)
		word = 0;
	if (*text == '\0')
		return fail_msg(fail, "empty DESCRIPTOR");
	if (end == text)
		return fail_msg(fail, "%s: missing DESCRIPTOR before '='", text);
	if (name_check(text, name, fail) == -1)
		return -1;
	item = list_grow(list, fail, text);
	if (item == NULL)
		return -1;
	item->kind = kind;
	item->what = strndup(text + word, (size_t)(end - text) - word);
	item->name = *name != '\0' ? strdup(name) : NULL;
	if (item->what == NULL || (*name != '\0' && item->name == NULL))
		return fail_errno(fail, "%s", text);
	if (kind->check(list, index, options, fail) == 0)
		return 0;
	return fail->err == EBADF ? error_keep(&list->items[index], options, fail) : -1;
}

/* Opens the items of LIST. From this call on, no items are added to LIST, so a signal handler can read LIST. */
static int
list_open(struct source_list *list, const struct source_options *options, struct fail *fail)
{
	struct source *items = list->items;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (items[i].fd == -1 && items[i].error == NULL &&
		    items[i].kind->open(&items[i], options, fail) == -1 && error_keep(&items[i], options, fail) == -1)
			return -1;
	return 0;
}

int
source_list_open(
    struct source_list *list, char *const *texts, size_t count, const struct source_options *options, struct fail *fail)
{
	struct source_list opening = SOURCE_LIST_NONE;
	size_t i;

	*list = opening;
	for (i = 0; i < count; i++) {
		if (source_parse(&opening, texts[i], options, fail) == -1) {
			source_list_close(&opening);
			return -1;
		}
	}
	list->items = opening.items;
	list->room = opening.room;
	list->input = opening.input;
	atomic_signal_fence(memory_order_seq_cst);
	list->count = opening.count;
	if (list_open(list, options, fail) == -1) {
		source_list_close(list);
		return -1;
	}
	return 0;
}
