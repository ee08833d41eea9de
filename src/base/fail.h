/* SPDX-License-Identifier: ISC */
/*
 * The description of an error: the failed operation, its object, and the reason from strerror(3). If a function in a
 * layer below cli/ fails, the function fills a struct fail and returns -1. The functions in cli/message.h print a
 * struct fail. The text can contain bytes from untrusted peers; cli/message.h escapes these bytes.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

/* Reasons to which fdpass(1) assigns separate exit statuses. */
enum fail_reason {
	FAIL_OTHER,
	FAIL_TIMEOUT,	 /* a time limit that the user has set has expired */
	FAIL_CANNOT_RUN, /* COMMAND was found, but could not be executed */
	FAIL_NOT_FOUND,	 /* COMMAND does not exist */
	FAIL_READER_GONE /* standard output has no reader: the process terminates with SIGPIPE, without a message */
};

struct fail {
	int err; /* the errno value that caused the error, or 0 */
	enum fail_reason reason;
	char text[5120]; /* one line without program name and newline; long enough for a path of PATH_MAX bytes */
};

/* Sets fail->text to "FORMAT: strerror(errno)", and fail->err to errno. Returns -1 and preserves errno. */
int fail_errno(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets fail->text to FORMAT, and fail->err to 0. Returns -1 and preserves errno. */
int fail_msg(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Sets fail->text to FORMAT, fail->reason to FAIL_TIMEOUT, and fail->err to ETIMEDOUT. Returns -1 and preserves errno.
 */
int fail_timeout(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The comma expressions let compilers and analyzers see that these functions always return -1. */
#define fail_errno(...)	  ((void)(fail_errno)(__VA_ARGS__), -1)
#define fail_msg(...)	  ((void)(fail_msg)(__VA_ARGS__), -1)
#define fail_timeout(...) ((void)(fail_timeout)(__VA_ARGS__), -1)

#endif
