/* SPDX-License-Identifier: ISC */
/*
 * The description of an error: the operation, its object, and the reason from strerror(3). Layers below cli/ fill it
 * and return -1. The functions in cli/message.h print it. The text can contain bytes from untrusted peers, which
 * cli/message.h escapes.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

/* Reasons for which fdpass(1) defines separate exit statuses. */
enum fail_reason {
	FAIL_OTHER,
	FAIL_TIMEOUT,	 /* a time limit that the user has set expired */
	FAIL_CANNOT_RUN, /* COMMAND could not be executed */
	FAIL_NOT_FOUND,	 /* COMMAND does not exist */
	FAIL_READER_GONE /* standard output has no reader: the process terminates with SIGPIPE, without a message */
};

struct fail {
	int err; /* the errno that caused the error, or 0 */
	enum fail_reason reason;
	char text[5120]; /* one line without program name and newline; has room for a path of PATH_MAX bytes */
};

/* Sets the text to "FORMAT: strerror(errno)". Returns -1 and preserves errno. */
int fail_errno(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the text to FORMAT, and fail->err to 0. Returns -1 and preserves errno. */
int fail_msg(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the text to FORMAT, the reason to FAIL_TIMEOUT, and fail->err to ETIMEDOUT. Returns -1 and preserves errno. */
int fail_timeout(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The comma expression allows compilers and analyzers to see that the result is always -1. */
#define fail_errno(...)	  ((void)(fail_errno)(__VA_ARGS__), -1)
#define fail_msg(...)	  ((void)(fail_msg)(__VA_ARGS__), -1)
#define fail_timeout(...) ((void)(fail_timeout)(__VA_ARGS__), -1)

#endif
