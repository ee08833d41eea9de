/* SPDX-License-Identifier: ISC */
/*
 * Reads /proc/self/fdinfo/N, which consists of lines "key:value". fdinfo.c reads the entire text. fdinfo_text.c parses
 * the text and makes no system calls.
 */
#ifndef INSPECT_FDINFO_H
#define INSPECT_FDINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FDINFO_SMALL 512  /* size of the buffer SMALL; a longer text is stored in allocated memory */
#define FDINFO_LINE  4096 /* longer lines are truncated */
/* longer texts are truncated; enough for hundreds of thousands of lines */
#define FDINFO_LIMIT ((size_t)64 << 20)

struct fdinfo {
	int err;	 /* errno if the text could not be read completely */
	bool cut;	 /* the text was truncated, because it is longer than the limit */
	size_t length;	 /* length of the text without the NUL byte at the end */
	char *allocated; /* the text, if it does not fit into SMALL; otherwise NULL */
	char small[FDINFO_SMALL];
};

/* Initializes INFO without text, for kinds of descriptors whose fdinfo is not read. */
void fdinfo_none(struct fdinfo *info);

/*
 * Reads /proc/self/fdinfo/FD, and stops after about LIMIT bytes. On failure, sets info->err, and INFO contains no
 * lines.
 */
void fdinfo_read(struct fdinfo *info, int fd, size_t limit);

/*
 * Like fdinfo_read(), for kinds of descriptors for which reading fdinfo can block. If the read blocks, info->err is
 * ETIMEDOUT.
 */
void fdinfo_read_helped(struct fdinfo *info, int fd, size_t limit);
void fdinfo_free(struct fdinfo *info);

/*
 * Like fdinfo_read(), if FD is a duplicate of descriptor NUMBER of the process or thread PID. If NUMBER still refers to
 * the same file, reads the fdinfo of NUMBER in that process, which also lists its fcntl(2) locks.
 */
void fdinfo_read_in(struct fdinfo *info, int fd, pid_t pid, int number, size_t limit);

/* An iterator over the lines of the text of an fdinfo file. */
struct fdinfo_lines {
	const struct fdinfo *info;
	size_t at;
	/*
	 * The current line. KEY and VALUE are NUL-terminated. If the line contains no colon, KEY is the entire line and
	 * VALUE is "".
	 */
	const char *key, *value;
	char line[FDINFO_LINE];
};

/* Moves the iterator before the first line. */
void fdinfo_begin(struct fdinfo_lines *lines, const struct fdinfo *info);

/* Moves the iterator to the next line. Returns false if there are no more lines. */
bool fdinfo_next(struct fdinfo_lines *lines);

/*
 * TEXT has the form "\nWORD:". Returns false if no line after the first line begins with "WORD:". Calling this function
 * is cheaper than parsing every line.
 */
bool fdinfo_may_have(const struct fdinfo *info, const char *text);

/*
 * Determines whether descriptor FD of process PID is close-on-exec. MAY_HANG must be true if reading the fdinfo of FD
 * can block. Returns false if the flag cannot be determined.
 */
bool fdinfo_cloexec(pid_t pid, int fd, bool may_hang, bool *cloexec);

/*
 * Like fdinfo_cloexec(), for the process or thread whose directory in /proc is open as DIRECTORY. Returns false if
 * DIRECTORY is -1.
 */
bool fdinfo_cloexec_at(int directory, int fd, bool may_hang, bool *cloexec);

/* Determines the mount ID of descriptor FD of this process. Returns false if the mount ID is unknown. */
bool fdinfo_mount(int fd, uint64_t *mnt_id);

/* Determines the descriptor's file offset from the first line ("pos:"). Returns false if the offset is unknown. */
bool fdinfo_offset(const struct fdinfo *info, int64_t *offset);

/* Parses the number at the beginning of TEXT. If there is no number, returns false and leaves *N unchanged. */
bool fdinfo_number(const char *text, int base, uint64_t *n);

/*
 * Parses the number after "WORD:" or "WORD: " in TEXT. If WORD is the end of a longer word in TEXT, it does not match.
 * Returns the same as fdinfo_number().
 */
bool fdinfo_field(const char *text, const char *word, int base, uint64_t *n);

#endif
