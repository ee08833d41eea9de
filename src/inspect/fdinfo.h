/* SPDX-License-Identifier: ISC */
/*
 * Reads /proc/self/fdinfo/N line by line: "key:value", without blanks around the value. Some kinds have thousands of
 * lines, so the file is read in pieces.
 */
#ifndef INSPECT_FDINFO_H
#define INSPECT_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FDINFO_SIZE 4096

struct fdinfo {
	int number; /* the inspected descriptor; -1: fdinfo could not be read, or was read completely */
	int fd;	    /* the open fdinfo file, if a helper opened it; otherwise -1 */
	int err;    /* errno if fdinfo could not be read */
	off_t offset;
	size_t used, at;
	bool cut; /* inside a line that is longer than the buffer */
	char buffer[FDINFO_SIZE];
};

struct fdinfo_line {
	const char *key,
	    *value; /* NUL-terminated, valid until the next line; without a colon, key is the line and value is "" */
};

/* Makes INFO empty: it has no lines. */
void fdinfo_init(struct fdinfo *info);

/* Opens the file. Never fails: without /proc it has no lines. */
void fdinfo_open(struct fdinfo *info, int fd);

/* Does the same for kinds whose fdinfo may hang; err is then ETIMEDOUT. */
void fdinfo_open_helped(struct fdinfo *info, int fd);

/*
 * Does the same for FD, a duplicate of NUMBER in process or thread PID: if NUMBER still refers to the same file, the lines
 * are those of that process, which include its POSIX locks.
 */
void fdinfo_open_in(struct fdinfo *info, int fd, pid_t pid, int number);

/* Reads the next line into *LINE. Returns false if there is none. */
bool fdinfo_next(struct fdinfo *info, struct fdinfo_line *line);

/* Cheap check that avoids parsing every line: false if the remaining text does not contain TEXT. */
bool fdinfo_may_have(const struct fdinfo *info, const char *text);
void fdinfo_close(struct fdinfo *info);

/*
 * Finds out whether number FD of process PID is close-on-exec. MAY_HANG: reading the fdinfo of its kind needs a lock.
 * Returns false if it is unknown.
 */
bool fdinfo_cloexec(pid_t pid, int fd, bool may_hang, bool *cloexec);

/* Does the same for the process or thread whose directory in /proc is open as DIRECTORY, or -1. */
bool fdinfo_cloexec_at(int directory, int fd, bool may_hang, bool *cloexec);

/* Finds the ID of the mount of number FD of this process. Returns false if it is unknown. */
bool fdinfo_mount(int fd, uint64_t *mnt_id);

/*
 * Finds the offset of the descriptor, from the first line. Returns false if it is unknown. Must be called before
 * fdinfo_next().
 */
bool fdinfo_offset(const struct fdinfo *info, int64_t *offset);

/* Parse numbers in values. Return false, and leave *N unchanged, if there is none. */
bool fdinfo_number(const char *text, int base, uint64_t *n);

/*
 * Parses the number after WORD in "WORD:number …" or "WORD: number …", at any beginning of a word in TEXT. Returns like
 * fdinfo_number().
 */
bool fdinfo_field(const char *text, const char *word, int base, uint64_t *n);

#endif
