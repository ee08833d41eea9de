/* SPDX-License-Identifier: ISC */
/*
 * /proc/self/fdinfo/N, line by line: "key:value" with blanks around the value left out. Some kinds have thousands of lines, so it is read in pieces.
 */
#ifndef INSPECT_FDINFO_H
#define INSPECT_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FDINFO_SIZE 4096

struct fdinfo {
	int number; /* -1: could not be read, or all is read */
	int fd;	    /* its file, where a helper opened it; else -1 */
	int err;    /* errno if it could not be read */
	off_t offset;
	size_t used, at;
	bool cut; /* in the middle of a line too long for the buffer */
	char buffer[FDINFO_SIZE];
};

struct fdinfo_line {
	const char *key, *value; /* NUL-terminated, valid until the next line; no colon: key is the line, value is "" */
};

/* Never fails: without /proc it has no lines. */
void fdinfo_open(struct fdinfo *info, int fd);

/* The same for kinds whose fdinfo may hang; err is ETIMEDOUT then. */
void fdinfo_open_helped(struct fdinfo *info, int fd);
bool fdinfo_next(struct fdinfo *info, struct fdinfo_line *line);

/* Cheap check that avoids parsing every line: false if the remaining text does not contain TEXT. */
bool fdinfo_may_have(const struct fdinfo *info, const char *text);
void fdinfo_close(struct fdinfo *info);

/* Whether number FD of process PID is close-on-exec. False if it cannot be known. */
bool fdinfo_cloexec(pid_t pid, int fd, bool *cloexec);

/* The id of the mount that number FD of this process is on. False if it is not known. */
bool fdinfo_mount(int fd, uint64_t *mnt_id);

/* The same for a descriptor whose fdinfo is known not to hang, without a helper. */
bool fdinfo_cloexec_direct(pid_t pid, int fd, bool *cloexec);

/* The offset of the descriptor, from the first line. False if it is not known. Call it before fdinfo_next(). */
bool fdinfo_offset(const struct fdinfo *info, int64_t *offset);

/* Numbers in values. False, and *N as it was, if there is none. */
bool fdinfo_number(const char *text, int base, uint64_t *n);

/*
 * The number after WORD in "WORD:number …" or "WORD: number …", anywhere in TEXT where a word can begin. As
 * fdinfo_number().
 */
bool fdinfo_field(const char *text, const char *word, int base, uint64_t *n);

#endif
