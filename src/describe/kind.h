/* SPDX-License-Identifier: ISC */
/*
 * Functions that describe the properties of one kind of descriptor, in addition to the properties that all kinds have.
 * The table of the description functions is in fd.c. The functions are in fd_*.c, with one file for each family of
 * kinds.
 */
#ifndef DESCRIBE_KIND_H
#define DESCRIBE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "emit/emit.h"
#include "inspect/details.h"
#include "inspect/fd.h"
#include "inspect/kind.h"
#include "describe/fd.h"

typedef void fd_describer(struct emit *e, const struct fd_facts *facts, const struct fd_details *details);

/* These functions emit text after the noun of the kind, such as the name of a memfd or the family of a socket. */
fd_describer headline_bpf, headline_memfd, headline_mqueue, headline_namespace, headline_pidfd, headline_socket,
    headline_tmpfile;

/* These functions emit the object whose key is the name of the kind. */
fd_describer describe_bpf_link, describe_bpf_map, describe_bpf_prog, describe_bpf_token, describe_btf, describe_device,
    describe_dma_buf, describe_epoll, describe_eventfd, describe_fanotify, describe_file, describe_inotify,
    describe_io_uring, describe_kvm, describe_listed, describe_memfd, describe_mount, describe_mqueue,
    describe_namespace, describe_owned, describe_perf_event, describe_pidfd, describe_pipe, describe_pty,
    describe_signalfd, describe_socket, describe_timerfd, describe_tty, describe_userfaultfd;

/*
 * Emits the properties that all file system objects have. Text output contains only the file system type, and only if
 * system calls can block on this file system. The caller must end the object.
 */
void describe_owner(struct emit *e, const struct fd_facts *facts, const struct fd_details *details);

/*
 * Emits an array with the key "info", which contains the fdinfo lines that were not described. Omits the fdinfo lines
 * that all kinds of descriptors have.
 */
void describe_info(struct emit *e, struct fdinfo_lines *lines);

/*
 * Emits " (COMM)", with escaped control characters, in text output only. Emits nothing if the command name is unknown.
 */
void describe_comm(struct emit *e, const char *comm, size_t length);

/* Emits the last members of a descriptor's object: the process that owns it, and its holders. */
void describe_context(struct emit *e, const struct fd_facts *facts, const struct fd_context *context);

/* Emits VALUE, or null if KNOWN is false. */
void describe_number(struct emit *e, const char *key, const char *text, bool known, uint64_t value);

/* Emits VALUE, or null if KNOWN is false. */
void describe_bool(struct emit *e, const char *key, const char *text, bool known, bool value);

/* Returns ONE if N is 1, otherwise MANY. For example, selects "byte" or "bytes" after a number. */
static inline const char *
plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/*
 * Emits an array with the names of the bits that are set in BITS. Bits without a name are emitted as one hexadecimal
 * number. Text output omits the bits that are set in SILENT, and all bits if BEFORE is NULL.
 */
struct bit_name {
	uint64_t bit;
	char name[32];
};
void describe_bits(struct emit *e, const char *key, const char *before, const struct bit_name *names, size_t count,
    uint64_t bits, uint64_t silent);

#endif
