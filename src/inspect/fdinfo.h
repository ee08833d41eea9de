/* SPDX-License-Identifier: ISC */
/*
 * Reads /proc/self/fdinfo/N: lines of "key:value". fdinfo.c reads the whole text; fdinfo_text.c takes it apart, and makes
 * no system calls.
 */
#ifndef INSPECT_FDINFO_H
#define INSPECT_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FDINFO_SMALL 512		/* a text that is longer is allocated */
#define FDINFO_LINE  4096		/* longer lines are truncated */
#define FDINFO_LIMIT ((size_t)64 << 20) /* longer texts are truncated: hundreds of thousands of lines */

struct fdinfo {
	int err;	 /* errno if the text could not be read, or not completely */
	bool cut;	 /* the text is longer than the limit */
	size_t length;	 /* without the NUL that follows */
	char *allocated; /* the text, if it does not fit into small; otherwise NULL */
	char small[FDINFO_SMALL];
};

/* Makes INFO empty: for kinds whose fdinfo is not read. */
void fdinfo_none(struct fdinfo *info);

/* Reads the text of number FD, up to about LIMIT bytes. Never fails: without /proc there are no lines. */
void fdinfo_read(struct fdinfo *info, int fd, size_t limit);

/* Does the same for kinds whose fdinfo may hang; err is then ETIMEDOUT. */
void fdinfo_read_helped(struct fdinfo *info, int fd, size_t limit);
void fdinfo_free(struct fdinfo *info);

/*
 * Does the same as fdinfo_read() for FD, a duplicate of NUMBER in process or thread PID: if NUMBER still refers to the
 * same file, the lines are those of that process, which include its POSIX locks.
 */
void fdinfo_read_in(struct fdinfo *info, int fd, pid_t pid, int number, size_t limit);

/* The lines of a text, one after the other. */
struct fdinfo_lines {
	const struct fdinfo *info;
	size_t at;
	/* The current line. Both are NUL-terminated; without a colon, key is the line and value is "". */
	const char *key, *value;
	char line[FDINFO_LINE];
};

/* Moves before the first line. */
void fdinfo_begin(struct fdinfo_lines *lines, const struct fdinfo *info);

/* Moves to the next line. Returns false if there is none. */
bool fdinfo_next(struct fdinfo_lines *lines);

/* Cheap check that avoids parsing every line: false if no line after the first begins with TEXT, which is "\nWORD:". */
bool fdinfo_may_have(const struct fdinfo *info, const char *text);

/*
 * Finds out whether number FD of process PID is close-on-exec. MAY_HANG: reading the fdinfo of its kind needs a lock.
 * Returns false if it is unknown.
 */
bool fdinfo_cloexec(pid_t pid, int fd, bool may_hang, bool *cloexec);

/* Does the same for the process or thread whose directory in /proc is open as DIRECTORY, or -1. */
bool fdinfo_cloexec_at(int directory, int fd, bool may_hang, bool *cloexec);

/* Finds the ID of the mount of number FD of this process. Returns false if it is unknown. */
bool fdinfo_mount(int fd, uint64_t *mnt_id);

/* Finds the offset of the descriptor, from the first line. Returns false if it is unknown. */
bool fdinfo_offset(const struct fdinfo *info, int64_t *offset);

/* Parse numbers in values. Return false, and leave *N unchanged, if there is none. */
bool fdinfo_number(const char *text, int base, uint64_t *n);

/*
 * Parses the number after WORD in "WORD:number …" or "WORD: number …", at any beginning of a word in TEXT. Returns like
 * fdinfo_number().
 */
bool fdinfo_field(const char *text, const char *word, int base, uint64_t *n);

#endif
