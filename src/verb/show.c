/* SPDX-License-Identifier: ISC */
/*
 * The verb show: describes the descriptors named on the command line, all inherited descriptors, or all descriptors of
 * another process. The output has the same format as that of recv. File systems that do not respond do not block this
 * verb.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/inherited.h"
#include "base/sigpipe.h"
#include "net/listenfds.h"
#include "inspect/fd.h"
#include "inspect/fd_names.h"
#include "inspect/holders.h"
#include "inspect/process.h"
#include "inspect/same.h"
#include "cli/confine.h"
#include "cli/exit_status.h"
#include "cli/message.h"
#include "cli/sources.h"
#include "receive/dump.h"
#include "receive/access_control.h"
#include "verb/show_descriptor.h"
#include "verb/show_table.h"
#include "verb/verbs.h"

/*
 * Closes all descriptors except standard output and standard error. A helper closes the descriptors whose close may
 * block, because otherwise the exit of this process could block.
 */
static void
close_all(const int *fds, size_t count)
{
	size_t i = 0, n;

	/*
	 * One call of fd_close_all() costs nearly the same for one descriptor as for many, so fd_close_all() is called
	 * once for each range that contains neither standard output nor standard error.
	 */
	while (i < count) {
		for (n = i; n < count && fds[n] != STDOUT_FILENO && fds[n] != STDERR_FILENO; n++)
			;
		fd_close_all(&fds[i], n - i);
		i = n + 1;
	}
}

static int
show_inherited(struct show *show, struct fail *fail)
{
	size_t count, own = 0, i;
	int *fds, rc = 0;

	if (proc_pid_fds(getpid(), &fds, &count) == -1)
		return fail_errno(fail, "cannot list the descriptors: /proc/self/fd");
	for (i = 0; i < count; i++)
		if (inherited_is(fds[i]))
			fds[own++] = fds[i];
	confine(show->options, VERB_SHOW, NULL, NULL);
	for (i = 0; rc == 0 && i < own; i++) {
		struct shown shown = { .fd = fds[i], .number = fds[i] };

		shown.name = listenfds_name(fds[i], &shown.name_length);
		rc = show_descriptor(show, &shown, fail);
	}
	if (rc == 0)
		close_all(fds, own);
	free(fds);
	return rc;
}

/*
 * Sets the name of the descriptor: the name that the user specified, or the name in the fd_names table of the
 * descriptor's process.
 */
static void
set_name(struct shown *shown, const struct source *source, int names, char name[FD_NAMES_SLOT])
{
	if (source->name != NULL) {
		shown->name = source->name;
		shown->name_length = strlen(source->name);
		return;
	}
	shown->name_length = fd_names_get(names, shown->number, name);
	shown->name = shown->name_length > 0 ? name : NULL;
}

static int
show_opened(struct show *show, const struct source *source, struct fail *fail)
{
	struct shown shown = { .fd = source->fd, .number = source->number, .name = source->name };
	char comm[PROC_COMM_SIZE], name[FD_NAMES_SLOT];
	int names;

	if (source->name != NULL)
		shown.name_length = strlen(source->name);
	else if (!source->ours)
		shown.name = listenfds_name(source->fd, &shown.name_length);
	if (source->foreign) {
		proc_pid_comm(source->pid, comm);
		shown.pid = source->pid;
		shown.comm = comm;
		names = fd_names_open(source->pid);
		set_name(&shown, source, names, name);
		fd_close_all(&names, 1);
	}
	return show_descriptor(show, &shown, fail);
}

#define SPENT_MAX 64

/* State for showing the process of pid:PID:SELECTOR, or with --tree, one of its descendants. */
struct process {
	struct show *show;
	const struct source *source;
	const char *comm;
	int names; /* table of names of the process, or -1 */
	struct fail *fail;
	rlim_t limit;	      /* RLIMIT_NOFILE */
	int spent[SPENT_MAX]; /* duplicates that were shown, and that one call will close */
	size_t spent_count;
};

static void
close_spent(struct process *process)
{
	fd_close_all(process->spent, process->spent_count);
	process->spent_count = 0;
}

static int
show_found(void *arg, int fd, const struct fd_facts *facts)
{
	struct process *process = arg;
	const struct source *source = process->source;
	struct shown shown = { .fd = fd, .number = facts->number, .pid = source->pid, .comm = process->comm };
	char name[FD_NAMES_SLOT];
	int rc;

	set_name(&shown, source, process->names, name);
	rc = show_descriptor(process->show, &shown, process->fail);
	process->spent[process->spent_count++] = fd;
	if (process->spent_count == SPENT_MAX || (rlim_t)fd + SPENT_MAX > process->limit)
		close_spent(process);
	return rc;
}

/*
 * Shows the matching descriptors of one process. Returns 0, or -1 with *FAIL; fail->err is ESRCH if the process has
 * exited.
 */
static int
show_process(struct show *show, struct source *source, bool may_be_none, struct fail *fail)
{
	char comm[PROC_COMM_SIZE];
	struct process process = {
		.show = show, .source = source, .comm = comm, .names = fd_names_open(source->pid), .fail = fail
	};
	struct rlimit limit;
	int rc;

	process.limit = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
	proc_pid_comm(source->pid, comm);
	rc = process_each(source, show_found, &process, may_be_none, fail);
	close_spent(&process);
	fd_close_all(&process.names, 1);
	return rc;
}

static int
show_tree(struct show *show, const struct source *root, struct fail *fail)
{
	struct source source = *root;
	pid_t *pids;
	size_t count, i;
	int rc = 0;

	if (proc_pid_tree(root->pid, &pids, &count) == -1)
		return fail_errno(fail, "%s: cannot list the descendants", root->text);
	for (i = 0; rc == 0 && i < count; i++) {
		source.pid = pids[i];
		rc = show_process(show, &source, true, fail);
		/* A descendant is skipped if it has exited since proc_pid_tree() listed it. */
		if (rc == -1 && i > 0 && fail->err == ESRCH)
			rc = 0;
	}
	free(pids);
	return rc;
}

/*
 * Shows the descriptors of SOURCE. If a descriptor cannot be shown, prints an error. Returns 0, or -1 if writing the
 * output has failed.
 */
static int
show_source(struct show *show, struct source *source, struct fail *fail)
{
	struct fail reason;
	int rc;

	if (source->error != NULL)
		rc = fail_msg(&reason, "%s", source->error);
	else if (source->selector == NULL)
		return show_opened(show, source, fail);
	else
		rc = show->options->tree ? show_tree(show, source, &reason) :
					   show_process(show, source, false, &reason);
	if (rc == 0)
		return 0;
	if (reason.reason == FAIL_READER_GONE) {
		*fail = reason;
		return -1;
	}
	(void)msg_fail(&reason);
	show->failed = true;
	return 0;
}

static void
close_sources(struct source_list *sources)
{
	struct source *item;
	size_t i;

	for (i = 0; i < sources->count; i++) {
		item = &sources->items[i];
		if (item->fd == -1 || item->fd == item->endpoint.fd)
			continue;
		close_all(&item->fd, 1);
		item->fd = -1;
	}
}

static int
show_named(struct show *show, int argc, char **argv, struct fail *fail)
{
	struct source_list sources = SOURCE_LIST_NONE;
	size_t i;
	int rc = 0;

	if (sources_open(&sources, show->options, argv, (size_t)argc, true, fail) == -1)
		return -1;
	confine(show->options, VERB_SHOW, NULL, &sources);
	for (i = 0; rc == 0 && i < sources.count; i++)
		rc = show_source(show, &sources.items[i], fail);
	close_sources(&sources);
	source_list_close(&sources);
	return rc;
}

static int
check_options(const struct options *o, int argc, struct fail *fail)
{
	if (o->only != NULL && access_check_kinds("only", o->only, fail) == -1)
		return -1;
	if (o->tree && argc == 0)
		return fail_msg(fail, "--tree needs a DESCRIPTOR of the form pid:PID");
	if (o->table && o->dump == DUMP_JSON)
		return fail_msg(fail, "--table and --dump-cmsg=json are mutually exclusive");
	return 0;
}

static int
show_begin(struct show *show, struct fail *fail)
{
	const struct options *o = show->options;

	dump_open(&show->dump, o->dump == DUMP_UNSET ? DUMP_TEXT : o->dump, STDOUT_FILENO, o);
	if (o->table && (show->table = show_table_new(o->peers)) == NULL)
		return fail_errno(fail, "cannot allocate the table");
	if (o->peers && (show->holders = holders_new()) == NULL)
		return fail_errno(fail, "cannot list the descriptors of all processes");
	if ((show->same = same_index_new()) == NULL)
		return fail_errno(fail, "cannot compare descriptors");
	return 0;
}

static int
show_run(const struct options *options, int argc, char **argv)
{
	struct show show = { .options = options };
	struct fail fail, names;
	int status = EXIT_DONE, rc;

	if (check_options(options, argc, &fail) == -1)
		return msg_usage("%s", fail.text);
	rc = show_begin(&show, &fail);
	if (rc == 0)
		rc = argc > 0 ? show_named(&show, argc, argv, &fail) : show_inherited(&show, &fail);
	if (rc == 0 && show.table != NULL && show_table_print(show.table) == -1)
		rc = sigpipe_output_failed(&fail);
	if (rc == -1)
		status = msg_fail(&fail);
	/*
	 * A malformed LISTEN_FDS or LISTEN_FDNAMES is reported last, so that the descriptors are shown in spite of the
	 * error.
	 */
	else if (listenfds_count(&names) == -1)
		status = msg_fail(&names);
	else if (show.failed)
		status = EXIT_FAILED;
	show_table_free(show.table);
	holders_free(show.holders);
	same_index_free(show.same);
	fd_cache_drop();
	return status;
}

static const char *const examples[] = {
	"fdpass show                                 the inherited descriptors",
	"fdpass show --table pid:$(pidof -s sshd)    all descriptors of a process",
	"fdpass show --peers pid:1:listening         processes with the same sockets",
	NULL,
};

const struct verb verb_show = {
	.name = "show",
	.bit = VERB_SHOW,
	.operands = "[DESCRIPTOR]...",
	.summary = "Describe the named descriptors, or all inherited ones",
	.examples = examples,
	.command_after = -1,
	.run = show_run,
};
