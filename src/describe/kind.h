/* SPDX-License-Identifier: ISC */
/*
 * Functions that describe the kind-specific properties of a descriptor. The table of these functions is in fd.c. The
 * functions are in fd_*.c, with one file for each family of kinds.
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

/*
 * These functions emit text that follows the name of the kind in text output, such as the name of a memfd or the
 * address family of a socket.
 */
fd_describer headline_bpf, headline_memfd, headline_mqueue, headline_namespace, headline_pidfd, headline_socket,
    headline_tmpfile;

/* These functions emit the object with the kind-specific properties. The key of the object is the name of the kind. */
fd_describer describe_bpf_link, describe_bpf_map, describe_bpf_prog, describe_bpf_token, describe_btf, describe_device,
    describe_dma_buf, describe_epoll, describe_eventfd, describe_fanotify, describe_file, describe_inotify,
    describe_io_uring, describe_kvm, describe_listed, describe_memfd, describe_mount, describe_mqueue,
    describe_namespace, describe_owned, describe_perf_event, describe_pidfd, describe_pipe, describe_pty,
    describe_signalfd, describe_socket, describe_timerfd, describe_tty, describe_userfaultfd;

/*
 * Emits the properties that all file system objects have, as members of the current object. Text output contains only
 * the type of the file system, and only if system calls on this file system can block.
 */
void describe_owner(struct emit *e, const struct fd_facts *facts, const struct fd_details *details);

/*
 * Emits an array with the key "info", which contains the fdinfo lines that have not been described. Omits the fdinfo
 * lines that descriptors of all kinds have.
 */
void describe_info(struct emit *e, struct fdinfo_lines *lines);

/*
 * Emits the command name in the form " (COMM)", in text output only. Control characters are escaped. Emits nothing if
 * the command name is unknown.
 */
void describe_comm(struct emit *e, const char *comm, size_t length);

/*
 * Emits the last members of a descriptor's object: the process that owns the descriptor, and the processes that hold
 * it.
 */
void describe_context(struct emit *e, const struct fd_facts *facts, const struct fd_context *context);

/* Emits the number VALUE, or null if KNOWN is false. */
void describe_number(struct emit *e, const char *key, const char *text, bool known, uint64_t value);

/* Emits the boolean VALUE, or null if KNOWN is false. */
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
