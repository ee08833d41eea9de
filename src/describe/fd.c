/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/num.h"
#include "describe/fd.h"
#include "describe/kind.h"
#include "describe/text_only.h"

static const char deleted_suffix[] = " (deleted)";
#define DELETED_LENGTH (sizeof(deleted_suffix) - 1)

void
describe_number(struct emit *e, const char *key, const char *text, bool known, uint64_t value)
{
	if (known)
		emit_u64(e, key, text, value);
	else
		emit_null(e, key);
}

void
describe_bool(struct emit *e, const char *key, const char *text, bool known, bool value)
{
	if (known)
		emit_bool(e, key, text, value);
	else
		emit_null(e, key);
}

void
describe_bits(struct emit *e, const char *key, const char *before, const struct bit_name *names, size_t count,
    uint64_t bits, uint64_t silent)
{
	const char *text = before != NULL ? "%" : NULL;
	char hex[24];
	size_t i;

	emit_array(e, key, before, " ");
	for (i = 0; i < count; i++)
		if ((bits & names[i].bit) == names[i].bit) {
			emit_string(e, NULL, (names[i].bit & silent) != 0 ? NULL : text, names[i].name);
			bits &= ~names[i].bit;
		}
	if (bits != 0) {
		(void)snprintf(hex, sizeof(hex), "0x%" PRIx64, bits);
		emit_string(e, NULL, text, hex);
	}
	emit_end(e, NULL);
}

static void
describe_access(struct emit *e, const struct fd_facts *f)
{
	static const char *const words[] = { [ACCESS_UNKNOWN] = NULL,
		[ACCESS_READ] = "r",
		[ACCESS_WRITE] = "w",
		[ACCESS_BOTH] = "rw",
		[ACCESS_PATH] = "path" };
	static const char *const phrases[] = { [ACCESS_UNKNOWN] = ", neither readable nor writable",
		[ACCESS_READ] = ", read-only",
		[ACCESS_WRITE] = ", write-only",
		[ACCESS_BOTH] = ", read-write",
		[ACCESS_PATH] = ", as a path only (O_PATH)" };

	emit_string(e, "access", NULL, words[f->access]);
	emit_words(e, phrases[f->access]);
}

/*
 * Returns the name of a status flag of a pidfd. For a pidfd, fcntl(F_GETFL) returns two flags from linux/pidfd.h. NAME
 * is the name that the bit has for other descriptors.
 */
static const char *
pidfd_flag(int bit, const char *name)
{
	return bit == O_EXCL ? "PIDFD_THREAD" : bit == O_TRUNC ? "PIDFD_AUTOKILL" : name;
}

static void
describe_status_flags(struct emit *e, int flags, bool pidfd)
{
	/*
	 * O_TMPFILE includes the bit of O_DIRECTORY, and O_SYNC includes the bit of O_DSYNC. For this reason, O_TMPFILE
	 * and O_SYNC precede all other flags in this table, and their bits are removed before the other flags are
	 * checked.
	 */
	static const struct {
		int bits;
		const char *name;
	} table[] = { { O_TMPFILE, "O_TMPFILE" }, { O_SYNC, "O_SYNC" }, { O_DSYNC, "O_DSYNC" },
		{ O_NONBLOCK, "O_NONBLOCK" }, { O_APPEND, "O_APPEND" }, { O_DIRECT, "O_DIRECT" },
		{ O_ASYNC, "O_ASYNC" }, { O_DIRECTORY, "O_DIRECTORY" }, { O_NOFOLLOW, "O_NOFOLLOW" },
		{ O_NOATIME, "O_NOATIME" }, { O_EXCL, "O_EXCL" }, { O_CREAT, "O_CREAT" }, { O_NOCTTY, "O_NOCTTY" },
		{ O_TRUNC, "O_TRUNC" } };
	unsigned int rest = (unsigned int)flags & ~(unsigned int)(O_ACCMODE | O_PATH | O_CLOEXEC);
	char hex[16];
	size_t i;

	emit_array(e, "status_flags", ", ", " ");
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].bits != 0 && (rest & (unsigned int)table[i].bits) == (unsigned int)table[i].bits) {
			emit_string(e, NULL, "%", pidfd ? pidfd_flag(table[i].bits, table[i].name) : table[i].name);
			rest &= ~(unsigned int)table[i].bits;
		}
	if ((rest & KERNEL_O_LARGEFILE) != 0)
		emit_string(e, NULL, NULL, "O_LARGEFILE");
	rest &= ~(unsigned int)KERNEL_O_LARGEFILE;
	if (rest != 0) {
		(void)snprintf(hex, sizeof(hex), "0x%x", rest);
		emit_string(e, NULL, "%", hex);
	}
	emit_end(e, NULL);
}

static bool
has_path(const struct fd_facts *f)
{
	return (f->kind->flags & KIND_PATH) != 0 && f->link_length > 0 && f->link[0] == '/';
}

/*
 * Returns the length of the descriptor's path. If the link count shows that the file was deleted, excludes the suffix "
 * (deleted)", which the kernel appends to the path.
 */
static size_t
path_length(const struct fd_facts *f)
{
	bool marked = f->link_length > DELETED_LENGTH &&
	    memcmp(f->link + f->link_length - DELETED_LENGTH, deleted_suffix, DELETED_LENGTH) == 0;

	return marked && f->has_stat && f->st.nlink == 0 ? f->link_length - DELETED_LENGTH : f->link_length;
}

/*
 * Returns true if the path ends in " (deleted)" but the link count does not show that the file was deleted. In this
 * case, " (deleted)" may be part of the file's name.
 */
static bool
deletion_is_unclear(const struct fd_facts *f)
{
	return f->link_length > DELETED_LENGTH && path_length(f) == f->link_length &&
	    memcmp(f->link + f->link_length - DELETED_LENGTH, deleted_suffix, DELETED_LENGTH) == 0;
}

static void
describe_path(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	bool known = has_path(f) && !d->outside_root;

	emit_bytes(e, "path", EMIT_STRONG " %" EMIT_PLAIN, known ? f->link : NULL, path_length(f));
	emit_bytes(
	    e, "link", f->kind == &kind_unknown ? " %" : NULL, f->link_length > 0 ? f->link : NULL, f->link_length);
}

static void
describe_place(struct emit *e, const struct fd_facts *f)
{
	unsigned int flags = f->kind->flags;
	const struct file_stat *st = &f->st;
	char text[32];

	describe_number(e, "size", (flags & KIND_QUIET) != 0 ? NULL : plural(st->size, ", % byte", ", % bytes"),
	    f->has_stat && (flags & KIND_SIZE) != 0, st->size);
	(void)num_write(num_write(text, "", st->dev_major, 10, 1), ":", st->dev_minor, 10, 1);
	emit_string(e, "device", (flags & KIND_PLACE) != 0 ? ", device %" : NULL, f->has_stat ? text : NULL);
	describe_number(
	    e, "inode", (flags & (KIND_PLACE | KIND_INODE)) != 0 ? ", inode %" : NULL, f->has_stat, st->ino);
	(void)num_write(text, "", st->mode & 07777, 8, 4);
	emit_string(e, "mode", NULL, f->has_stat ? text : NULL);
}

static void
describe_deleted(struct emit *e, const struct fd_facts *f)
{
	if (!has_path(f) && f->link_err == 0 && f->kind->id != FD_TMPFILE)
		emit_bool(e, "deleted", NULL, false);
	else if (!f->has_stat || deletion_is_unclear(f))
		emit_null(e, "deleted");
	else
		emit_bool(e, "deleted", f->kind->id != FD_TMPFILE ? ", deleted" : NULL, f->st.nlink == 0);
}

static void
describe_link_problem(struct emit *e, const struct fd_facts *f)
{
	char text[128];

	if (f->link_err == 0)
		return;
	if (f->link_err == ENAMETOOLONG)
		emit_string(e, NULL, "%", "its path is longer than 4095 bytes");
	else if (f->link_err == ENOENT)
		emit_string(e, NULL, "%", "its path is unknown: /proc is not mounted");
	else {
		(void)snprintf(text, sizeof(text), "its path is unknown: %s", strerror(f->link_err));
		emit_string(e, NULL, "%", text);
	}
}

static void
describe_detail_problems(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	char text[128];

	if (d->late == ETIMEDOUT || d->info.err == ETIMEDOUT)
		emit_string(e, NULL, "%",
		    "some properties are missing: a query timed out, "
		    "probably because another process holds a kernel lock");
	else if (d->late == EBUSY || d->info.err == EBUSY)
		emit_string(e, NULL, "%", "some properties are missing: too many earlier queries have not returned");
	else if (d->late != 0) {
		(void)snprintf(
		    text, sizeof(text), "some properties are missing: cannot start a helper: %s", strerror(d->late));
		emit_string(e, NULL, "%", text);
	} else if (d->info.err != 0 && f->link_err == 0) {
		(void)snprintf(text, sizeof(text), "its fdinfo cannot be read: %s", strerror(d->info.err));
		emit_string(e, NULL, "%", text);
	}
	if (d->info.cut)
		emit_string(e, NULL, "%", "some properties are missing: its fdinfo is too long");
}

/* Writes a note that the user or group of WHO has no ID in this user namespace, or possibly has none. */
static void
describe_unmapped(struct emit *e, const char *who, enum id_state state)
{
	char text[80];

	if (state == ID_MAPPED)
		return;
	(void)snprintf(
	    text, sizeof(text), "%s %s no id in this user namespace", who, state == ID_UNMAPPED ? "has" : "may have");
	emit_string(e, NULL, "%", text);
}

static void
describe_problems(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	char text[128];

	emit_array(e, "problems", EMIT_ALARM " (", "; ");
	describe_link_problem(e, f);
	if (!f->has_stat) {
		(void)snprintf(text, sizeof(text), "its kind is unknown: statx: %s", strerror(f->stat_err));
		emit_string(e, NULL, "%", text);
	}
	if (d->outside_root)
		emit_string(e, NULL, "%", "its path does not lead to it from this root directory");
	if (has_path(f)) {
		if (d->foreign && !d->outside_root)
			emit_string(e, NULL, "%", "its path is not in this mount namespace");
		if (deletion_is_unclear(f))
			emit_string(e, NULL, "%", "unclear whether it was deleted: its name may end in \" (deleted)\"");
	}
	describe_unmapped(e, "its owner", d->owner);
	if (f->kind->id == FD_SOCKET && d->as.sock.credentials.known)
		describe_unmapped(e, "its peer", d->as.sock.peer_ids);
	if (f->kind->id == FD_PIDFD && d->as.pidfd.pid > 0)
		describe_unmapped(e, "its process", d->as.pidfd.ids);
	if (f->kind->id == FD_PTY && !d->as.tty.own_devpts)
		emit_string(e, NULL, "%",
		    d->as.tty.devpts_known ? "it belongs to a devpts other than /dev/pts" :
					     "it may belong to a devpts other than /dev/pts");
	describe_detail_problems(e, f, d);
	emit_end(e, ")" EMIT_PLAIN);
}

static void
describe_nothing(struct emit *e, int err)
{
	static const char *const keys[] = { "access", "status_flags", "cloexec", "offset", "size", "device", "inode",
		"mode", "deleted" };
	char text[128];
	size_t i;

	emit_bytes(e, "path", NULL, NULL, 0);
	emit_bytes(e, "link", NULL, NULL, 0);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i], "status_flags") == 0) {
			emit_array(e, keys[i], NULL, NULL);
			emit_end(e, NULL);
		} else
			emit_null(e, keys[i]);
	}
	emit_array(e, "problems", NULL, NULL);
	(void)snprintf(text, sizeof(text), "cannot be duplicated: %s", strerror(err));
	emit_string(e, NULL, "%", err == EBADF ? "not open" : text);
	emit_end(e, NULL);
}

static const struct fd_words {
	fd_describer *headline, *describe;
} kind_words[FD_KIND_IDS] = {
	[FD_MOUNT] = { NULL, describe_mount },
	[FD_TMPFILE] = { headline_tmpfile, describe_file },
	[FD_FILE] = { NULL, describe_file },
	[FD_OWNED] = { NULL, describe_owned },
	[FD_DEVICE] = { NULL, describe_device },
	[FD_MEMFD] = { headline_memfd, describe_memfd },
	[FD_DMA_BUF] = { NULL, describe_dma_buf },
	[FD_MQUEUE] = { headline_mqueue, describe_mqueue },
	[FD_NAMESPACE] = { headline_namespace, describe_namespace },
	[FD_PTY] = { NULL, describe_pty },
	[FD_TTY] = { NULL, describe_tty },
	[FD_SOCKET] = { headline_socket, describe_socket },
	[FD_PIPE] = { NULL, describe_pipe },
	[FD_EVENTFD] = { NULL, describe_eventfd },
	[FD_TIMERFD] = { NULL, describe_timerfd },
	[FD_SIGNALFD] = { NULL, describe_signalfd },
	[FD_USERFAULTFD] = { NULL, describe_userfaultfd },
	[FD_KVM] = { NULL, describe_kvm },
	[FD_EPOLL] = { NULL, describe_epoll },
	[FD_INOTIFY] = { NULL, describe_inotify },
	[FD_FANOTIFY] = { NULL, describe_fanotify },
	[FD_PIDFD] = { headline_pidfd, describe_pidfd },
	[FD_BPF_MAP] = { headline_bpf, describe_bpf_map },
	[FD_BPF_PROG] = { headline_bpf, describe_bpf_prog },
	[FD_BPF_LINK] = { NULL, describe_bpf_link },
	[FD_BTF] = { NULL, describe_btf },
	[FD_BPF_TOKEN] = { NULL, describe_bpf_token },
	[FD_IO_URING] = { NULL, describe_io_uring },
	[FD_PERF_EVENT] = { NULL, describe_perf_event },
	[FD_LISTED] = { NULL, describe_listed },
};

/* Emits the properties of a descriptor that has been inspected, except the properties in struct fd_context. */
static void
describe_facts(struct emit *e, const struct fd_facts *f, const struct fd_details *d)
{
	const struct fd_words *words = &kind_words[f->kind->id];
	int64_t offset = 0;

	emit_words(e, f->kind->noun);
	if (words->headline != NULL)
		words->headline(e, f, d);
	describe_path(e, f, d);
	describe_access(e, f);
	describe_status_flags(e, f->status_flags, f->kind->id == FD_PIDFD);
	describe_bool(e, "cloexec", NULL, f->cloexec_known, f->cloexec);
	if ((f->kind->flags & KIND_OFFSET) != 0 && f->access != ACCESS_PATH && fdinfo_offset(&d->info, &offset))
		emit_i64(e, "offset", ", offset %", offset);
	else
		emit_null(e, "offset");
	describe_place(e, f);
	describe_deleted(e, f);
	describe_problems(e, f, d);
	if (words->describe != NULL)
		words->describe(e, f, d);
}

void
fd_describe(struct emit *e, const char *key, const struct fd_facts *f, const struct fd_details *d,
    const struct fd_context *context)
{
	emit_object(e, key, NULL);
	if (context->pid != 0 && emit_has_words(e)) {
		text_only(e, "pid %d", (int)context->pid);
		describe_comm(e, context->comm, context->comm_length);
		emit_words(e, ": ");
	}
	emit_i64(e, "fd", "fd %", f->number);
	if (context->name != NULL)
		text_only_bytes(e, " ", context->name, context->name_length);
	emit_words(e, ": ");
	emit_string(e, "kind", NULL, f->kind->word);
	emit_bytes(e, "name", NULL, context->name, context->name_length);
	if (f->err != 0)
		describe_nothing(e, f->err);
	else
		describe_facts(e, f, d);
	describe_context(e, f, context);
	emit_end(e, NULL);
}
