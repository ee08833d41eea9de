/* SPDX-License-Identifier: ISC */
/*
 * A kind of descriptor: how it is recognised, what it is called, and what there is to tell beyond the facts that all
 * have. Each family of kinds is a table in a file of its own; fd.c looks through them in the order of kind_tables
 * there, and the first row that fits wins. To add a kind, add a row.
 */
#ifndef DESCRIBE_KIND_H
#define DESCRIBE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "emit/emit.h"
#include "describe/fd.h"
#include "describe/fdinfo.h"

/* What of the generic facts means something for the kind. */
#define KIND_PATH   1u	 /* its link is a path */
#define KIND_OFFSET 2u	 /* it has an offset */
#define KIND_SIZE   4u	 /* its size is a number of bytes */
#define KIND_PLACE  8u	 /* device and inode are worth saying */
#define KIND_INODE  16u	 /* the inode alone is */
#define KIND_QUIET  32u	 /* its size is not worth saying */
#define KIND_INFO   64u	 /* describe() reads fdinfo */
#define KIND_WAITS  128u /* its fdinfo needs a lock that somebody may hold for ever */
#define KIND_PROMPT 256u /* it is closed at once, whoever holds what */

#define ANSWERS_SIZE 1024

/* What is found out only when it is told. */
struct fd_more {
	struct fdinfo info;
	int late; /* errno if nothing was answered: ETIMEDOUT if somebody holds what query() needs */
	_Alignas(16) unsigned char answers[ANSWERS_SIZE];
};

struct fd_kind {
	const char *word; /* in JSON and in options */
	const char *noun; /* in text: "regular file" */
	/* The link's text for what has no path, a '*' at its end standing for any; NULL for any link. */
	const char *link;
	/* Whether a descriptor whose link fits is of this kind; NULL if the link suffices. */
	bool (*is)(const struct fd_facts *facts);
	unsigned int flags;
	/* Says what belongs right behind the noun: a memfd's name, a socket's family. May be NULL. */
	void (*headline)(struct emit *e, const struct fd_facts *facts);
	/*
	 * Asks the kernel what only locks can tell, which somebody may hold for ever. Called aside, unless prompt() is
	 * true, with answers that are all zeros behind the descriptor; they stay so if it hangs. Not called for O_PATH.
	 * May be NULL.
	 */
	void (*query)(void *answers);
	bool (*prompt)(const struct fd_facts *facts);
	/* Tells its own object, under the key WORD. May be NULL. */
	void (*describe)(struct emit *e, const struct fd_facts *facts, struct fd_more *more);
};

/* What none of them fits. */
extern const struct fd_kind kind_unknown;

/* The families, each ended by a row without a word. */
extern const struct fd_kind kinds_anon[], kinds_bpf[], kinds_file[], kinds_memory[], kinds_ns[], kinds_pidfd[],
    kinds_pipe[], kinds_sock[], kinds_tty[], kinds_watch[];

/*
 * For describe(): what all that lies in a file system has, its type said if it may make one wait. Inside the object, which
 * stays open.
 */
void describe_owner(struct emit *e, const struct fd_facts *facts);

/* A number or null. */
void describe_number(struct emit *e, const char *key, const char *text, bool known, uint64_t value);

/* ONE if N is 1, else MANY: "1 byte", "2 bytes". */
static inline const char *
plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/*
 * An array of the names of the bits that are set, unknown ones as one hexadecimal number. In text if BEFORE is not
 * NULL, but for those of UNSAID.
 */
struct bit_name {
	uint64_t bit;
	char name[24];
};
void describe_bits(struct emit *e, const char *key, const char *before, const struct bit_name *names, size_t count,
    uint64_t bits, uint64_t unsaid);

/* True if the file's mount is none of this process's: its path leads elsewhere from here, or nowhere. */
bool fd_is_foreign(const struct fd_facts *facts);

/* The type of the file system it is on, or NULL if this process cannot see it. */
const char *fd_filesystem(const struct fd_facts *facts);

#endif
