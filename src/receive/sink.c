/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/outbuf.h"
#include "base/sigpipe.h"
#include "lib/fdpass.h"
#include "net/listenfds.h"
#include "cli/message.h"
#include "cli/option_values.h"
#include "receive/sink.h"

/*
 * Maximum length of a NAME=VALUE string in the environment: the kernel's MAX_ARG_STRLEN (32 pages), with pages of 4,096
 * bytes.
 */
#define ENV_MAX (32 * 4096)

/* Parses the DEST of --data=DEST. The suffix ",eof" must have been removed. */
static int
parse_destination(struct sink_target *target, const char *dest, struct fail *fail)
{
	if (strcmp(dest, "discard") == 0)
		return 0;
	if (strcmp(dest, "-") == 0) {
		target->kind = SINK_STDOUT;
	} else if (strcmp(dest, "stdin") == 0) {
		target->kind = SINK_STDIN;
		target->number = STDIN_FILENO;
	} else if (strncmp(dest, "fd:", 3) == 0) {
		target->kind = SINK_FD;
		return value_descriptor("data", dest + 3, &target->number, fail);
	} else if (strncmp(dest, "env:", 4) == 0) {
		target->kind = SINK_ENV;
		target->name = dest + 4;
		if (!value_variable_ok(target->name, strlen(target->name)))
			return fail_msg(fail, "--data=%s: invalid variable name", dest);
	} else if (strncmp(dest, "file:", 5) == 0) {
		target->kind = SINK_FILE;
		target->name = dest + 5;
		if (*target->name == '\0')
			return fail_msg(fail, "--data=%s: the path is empty", dest);
	} else {
		return fail_msg(fail,
		    "invalid argument '%s' for --data: expected stdin, fd:N, env:NAME, file:PATH, - or discard", dest);
	}
	return 0;
}

int
sink_parse(struct sink_target *target, const char *dest, struct fail *fail)
{
	size_t length = dest != NULL ? strlen(dest) : 0;

	*target = (struct sink_target){
		.kind = SINK_DISCARD, .given = dest != NULL, .number = -1, .fd = -1, .deadline = FDPASS_NEVER
	};
	if (dest == NULL)
		return 0;
	target->until_eof = length >= 4 && strcmp(dest + length - 4, ",eof") == 0;
	target->text = strndup(dest, target->until_eof ? length - 4 : length);
	if (target->text == NULL)
		return fail_errno(fail, "--data");
	if (parse_destination(target, target->text, fail) == 0)
		return 0;
	sink_target_done(target);
	return -1;
}

void
sink_target_done(struct sink_target *target)
{
	if (target->kind == SINK_FILE && target->fd != -1)
		(void)close(target->fd);
	target->fd = -1;
	free(target->text);
	target->text = NULL;
	target->name = NULL;
}

bool
sink_needs_command(const struct sink_target *target)
{
	return target->kind == SINK_STDIN || target->kind == SINK_FD || target->kind == SINK_ENV;
}

int
sink_prepare(struct sink_target *target, struct fail *fail)
{
	if (target->kind != SINK_FILE || target->fd != -1)
		return 0;
	/* The file is opened without O_TRUNC, so that the file keeps its old content until new data arrives. */
	target->fd = open(target->name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (target->fd == -1)
		return fail_errno(fail, "--data=file: cannot open %s", target->name);
	return 0;
}

void
sink_open(struct sink *sink, struct sink_target *target)
{
	*sink = (struct sink){ .target = target, .fd = -1, .head_is_all = true };
}

/* Creates a memfd for the data that the command gets. */
static int
memory(struct sink *sink, struct fail *fail)
{
	if (sink->fd == -1)
		sink->fd = memfd_create("fdpass-data", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (sink->fd == -1)
		return fail_errno(fail, "--data: cannot create a memory file");
	return 0;
}

static int
write_buffers(int fd, const struct iovec *buffers, size_t count, size_t length, int64_t deadline)
{
	size_t i, n;

	for (i = 0; i < count && length > 0; i++) {
		n = buffers[i].iov_len < length ? buffers[i].iov_len : length;
		if (write_all_until(fd, buffers[i].iov_base, n, deadline) == -1)
			return -1;
		length -= n;
	}
	return 0;
}

/* Truncates the file of --data=file:PATH before the first data is written. */
static int
file_begin(struct sink_target *target, struct fail *fail)
{
	struct stat st;

	if (target->begun)
		return 0;
	target->begun = true;
	if (ftruncate(target->fd, 0) == -1 && (fstat(target->fd, &st) == -1 || S_ISREG(st.st_mode)))
		return fail_errno(fail, "--data=file: cannot truncate %s", target->name);
	return 0;
}

int
sink_end(struct sink_target *target, struct fail *fail)
{
	int fd = target->fd;

	if (target->kind != SINK_FILE || fd == -1)
		return 0;
	if (file_begin(target, fail) == -1)
		return -1;
	target->fd = -1;
	if (close(fd) == -1 && errno != EINTR)
		return fail_errno(fail, "--data=file: cannot close %s", target->name);
	return 0;
}

static void
keep_head(struct sink *sink, const struct iovec *buffers, size_t count, size_t length)
{
	size_t i, n, room;

	for (i = 0; i < count && length > 0; i++) {
		n = buffers[i].iov_len < length ? buffers[i].iov_len : length;
		length -= n;
		room = sizeof(sink->head) - sink->head_length;
		if (n > room) {
			sink->head_is_all = false;
			n = room;
		}
		memcpy(sink->head + sink->head_length, buffers[i].iov_base, n);
		sink->head_length += n;
	}
}

/* Writes data to the file or to standard output. */
static int
put_out(struct sink_target *target, const struct iovec *buffers, size_t count, size_t length, struct fail *fail)
{
	if (target->kind == SINK_STDOUT) {
		if (write_buffers(STDOUT_FILENO, buffers, count, length, target->deadline) == -1)
			return sigpipe_output_failed(fail);
		return 0;
	}
	if (file_begin(target, fail) == -1)
		return -1;
	if (write_buffers(target->fd, buffers, count, length, target->deadline) == -1)
		return fail_errno(fail, "--data=file: cannot write to %s", target->name);
	return 0;
}

static bool
is_output(const struct sink_target *target)
{
	return target->kind == SINK_STDOUT || target->kind == SINK_FILE;
}

int
sink_put(struct sink *sink, const struct iovec *buffers, size_t count, size_t length, struct fail *fail)
{
	if (is_output(sink->target) && !sink->target->holds)
		return put_out(sink->target, buffers, count, length, fail);
	keep_head(sink, buffers, count, length);
	if (sink->target->kind == SINK_DISCARD) {
		if (length > 1)
			sink->dropped += length;
		return 0;
	}
	if (memory(sink, fail) == -1)
		return -1;
	sink->size += length;
	if (write_buffers(sink->fd, buffers, count, length, NO_DEADLINE) == -1)
		return fail_errno(fail, "--data: cannot write to the memory file");
	return 0;
}

int
sink_release(struct sink *sink, struct fail *fail)
{
	char piece[16384];
	struct iovec data = { .iov_base = piece };
	off_t offset = 0;
	ssize_t n;

	if (!is_output(sink->target) || sink->fd == -1)
		return 0;
	while ((n = pread(sink->fd, piece, sizeof(piece), offset)) > 0) {
		data.iov_len = (size_t)n;
		if (put_out(sink->target, &data, 1, data.iov_len, fail) == -1)
			return -1;
		offset += n;
	}
	return n == -1 ? fail_errno(fail, "--data: cannot read the memory file") : 0;
}

bool
sink_text(const struct sink *sink, char *buffer, size_t size)
{
	size_t i;

	if (sink->head_length < 2 || !sink->head_is_all || !escape_is_utf8(sink->head, sink->head_length))
		return false;
	for (i = 0; i < sink->head_length; i++)
		if ((unsigned char)sink->head[i] < 0x20 && strchr("\t\n\r", sink->head[i]) == NULL)
			return false;
	escape_vis_string(buffer, size, sink->head, sink->head_length);
	return true;
}

/* Returns true if the data is only a line LISTEN_FDNAMES=..., which fdpass hold and send --names send. */
static bool
is_names_line(const struct sink *sink)
{
	static const char prefix[] = LISTENFDS_NAMES_LINE;
	const char *end = memchr(sink->head, '\n', sink->head_length);

	return sink->head_is_all && sink->head_length >= sizeof(prefix) &&
	    memcmp(sink->head, prefix, sizeof(prefix) - 1) == 0 &&
	    (end == NULL || end == sink->head + sink->head_length - 1);
}

void
sink_warn_dropped(const struct sink *sink)
{
	if (is_names_line(sink))
		return;
	msg_warn("%llu bytes of data were discarded; use %s to keep them", (unsigned long long)sink->dropped,
	    sink->target->option);
}

/* Reads the collected data from the memfd, as the value of an environment variable. */
static int
read_value(struct sink *sink, struct fail *fail)
{
	off_t size = lseek(sink->fd, 0, SEEK_CUR);
	ssize_t n;

	if (size == -1)
		return fail_errno(fail, "--data=env:%s", sink->target->name);
	if ((size_t)size + strlen(sink->target->name) + 2 > ENV_MAX)
		return fail_msg(fail, "--data=env:%s: the data is too long for a variable (%lld bytes)",
		    sink->target->name, (long long)size);
	sink->value = malloc((size_t)size + 1);
	if (sink->value == NULL)
		return fail_errno(fail, "--data=env:%s", sink->target->name);
	n = pread(sink->fd, sink->value, (size_t)size, 0);
	if (n != size)
		return fail_errno(fail, "--data=env:%s: cannot read the data", sink->target->name);
	sink->value[size] = '\0';
	/* A single NUL byte is a filler byte, so the value is then an empty string. */
	if (size != 1 && strlen(sink->value) != (size_t)size)
		return fail_msg(fail,
		    "--data=env:%s: the data contains a NUL byte at offset %zu, which a variable cannot contain",
		    sink->target->name, strlen(sink->value));
	return 0;
}

int
sink_hand_over(struct sink *sink, struct handover *handover, struct fail *fail)
{
	if (!sink_needs_command(sink->target))
		return 0;
	if (memory(sink, fail) == -1)
		return -1;
	if (sink->target->kind == SINK_ENV) {
		handover->data_name = sink->target->name;
		if (read_value(sink, fail) == -1)
			return -1;
		handover->data_value = sink->value;
		return 0;
	}
	if (fcntl(sink->fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == -1 ||
	    lseek(sink->fd, 0, SEEK_SET) == -1)
		return fail_errno(fail, "--data: cannot seal the data");
	handover->data = sink->fd;
	handover->data_number = sink->target->number;
	return 0;
}

void
sink_close(struct sink *sink)
{
	free(sink->value);
	sink->value = NULL;
	if (sink->fd != -1)
		(void)close(sink->fd);
	sink->fd = -1;
}
