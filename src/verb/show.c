/* SPDX-License-Identifier: ISC */
/*
 * show: describes descriptors, those named or all that this process inherited, in the words of recv's dump. It never
 * hangs on one whose file system does not answer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/inherited.h"
#include "net/listenfds.h"
#include "inspect/fd.h"
#include "inspect/fdinfo.h"
#include "inspect/same.h"
#include "describe/fd.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/sources.h"
#include "receive/dump.h"
#include "verb/verbs.h"

#define SHOWN 1024 /* more are not compared with */

struct showing {
	struct dump_output dump;
	struct fd_facts facts;
	int shown[SHOWN]; /* of this process, for "same as" */
	size_t count;
};

static struct showing showing;

/* Shows one, and writes it before the next is looked at. */
static int
show_one(int fd, int number, pid_t pid, const char *name, size_t length, struct fail *fail)
{
	struct fd_facts *facts = &showing.facts;
	struct fd_context context = { .name = name, .name_length = length, .same_as = -1 };
	size_t i;

	fd_probe(fd, facts);
	facts->number = number;
	/* Close-on-exec belongs to the number, so here another process's is asked about its own. */
	if (pid != 0)
		facts->cloexec_known = fdinfo_cloexec(pid, number, &facts->cloexec);
	if (pid == 0 && (i = fd_same_index(fd, showing.shown, showing.count)) < showing.count)
		context.same_as = showing.shown[i];
	fd_describe_in(showing.dump.emit, NULL, facts, &context);
	if (pid == 0 && facts->err == 0 && showing.count < SHOWN)
		showing.shown[showing.count++] = fd;
	emit_words(showing.dump.emit, "\n");
	return dump_flush(&showing.dump, fail);
}

static int
compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* The numbers of all that were inherited, ascending. Returns their array, or NULL with *FAIL. */
static int *
inherited(size_t *count, struct fail *fail)
{
	struct dirent *entry;
	size_t room = 0;
	int *fds = NULL, *more;
	DIR *dir = opendir("/proc/self/fd");

	*count = 0;
	if (dir == NULL) {
		(void)fail_errno(fail, "find the descriptors: /proc/self/fd");
		return NULL;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (*count == room) {
			room += 256;
			if ((more = reallocarray(fds, room, sizeof(*fds))) == NULL) {
				(void)fail_errno(fail, "list the descriptors");
				free(fds);
				fds = NULL;
				break;
			}
			fds = more;
		}
		if (entry->d_name[0] != '.' && inherited_is(atoi(entry->d_name)))
			fds[(*count)++] = atoi(entry->d_name);
	}
	(void)closedir(dir);
	if (fds != NULL)
		qsort(fds, *count, sizeof(*fds), compare);
	return fds;
}

/*
 * Our own end closes all that we have, and would hang at one that hangs. Standard output and error stay for what is
 * still to be said.
 */
static void
let_go(const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] != STDOUT_FILENO && fds[i] != STDERR_FILENO)
			fd_close_all(&fds[i], 1);
}

static int
show_inherited(const struct options *options, struct fail *fail)
{
	size_t count, i, length = 0;
	int *fds = inherited(&count, fail);
	const char *name;
	int ret = 0;

	if (fds == NULL)
		return -1;
	confine(options, VERB_SHOW, NULL, NULL);
	for (i = 0; ret == 0 && i < count; i++) {
		name = listenfds_name(fds[i], &length);
		ret = show_one(fds[i], fds[i], 0, name, length, fail);
	}
	if (ret == 0)
		let_go(fds, count);
	free(fds);
	return ret;
}

static int
show_source(const struct source *source, struct fail *fail)
{
	const char *name = source->name;
	size_t length = 0;

	if (name != NULL)
		length = strlen(name);
	else if (!source->ours)
		name = listenfds_name(source->fd, &length);
	return show_one(source->fd, source->number, source->ours ? source->pid : 0, name, length, fail);
}

static void
let_go_sources(struct source_list *sources)
{
	struct source *item;
	size_t i;

	for (i = 0; i < sources->count; i++) {
		item = &sources->items[i];
		if (item->fd == item->endpoint.fd)
			continue;
		let_go(&item->fd, 1);
		item->fd = -1;
	}
}

static int
show_named(const struct options *options, int argc, char **argv, struct fail *fail)
{
	struct source_list sources = SOURCE_LIST_NONE;
	size_t i;
	int ret = 0;

	if (sources_open(&sources, options, argv, (size_t)argc, true, fail) == -1)
		return -1;
	confine(options, VERB_SHOW, NULL, &sources);
	for (i = 0; ret == 0 && i < sources.count; i++)
		ret = show_source(&sources.items[i], fail);
	let_go_sources(&sources);
	source_list_close(&sources);
	return ret;
}

static int
show_run(const struct options *options, int argc, char **argv)
{
	struct fail fail, names;
	int status = EXIT_DONE;

	dump_open(&showing.dump, options->dump == DUMP_UNSET ? DUMP_TEXT : options->dump, STDOUT_FILENO, options);
	if ((argc > 0 ? show_named(options, argc, argv, &fail) : show_inherited(options, &fail)) == -1)
		status = msg_fail(&fail);
	/* Names that make no sense leave nothing unshown, but are not passed over. */
	else if (listenfds_count(&names) == -1)
		status = msg_fail(&names);
	fd_cache_drop();
	return status;
}

static const char *const examples[] = {
	"fdpass show                    what was handed to us?",
	"fdpass show pid:$(pidof sshd):3    a descriptor of another process",
	NULL,
};

const struct verb verb_show = {
	.name = "show",
	.bit = VERB_SHOW,
	.operands = "[DESCRIPTOR]...",
	.summary = "Describe descriptors: those named, or all that were inherited",
	.examples = examples,
	.command_after = -1,
	.run = show_run,
};
