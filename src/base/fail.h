/* SPDX-License-Identifier: ISC */
/*
 * Why something failed, told upwards: what was tried, on what, and the system's reason. Layers below cmd/ fill one and
 * return -1; only cmd/ prints it. The text may hold anybody's bytes: whoever prints it escapes it.
 *
 * It is large. Where a function runs once, or often, its own is static: then no page of it is touched before something
 * fails.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

struct fail {
	int err;    /* the errno that caused it, 0 if none did */
	int status; /* the exit status that it deserves; 0 means EXIT_FAILED */
	char text
	    [5120]; /* one line, with room for a path of PATH_MAX, without the program's name and without a newline */
};

/* "FORMAT: strerror(errno)". Returns -1; errno is kept. */
int fail_errno(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "FORMAT" alone, for what is not the system's word. Returns -1; errno is kept and fail->err is 0. */
int fail_msg(struct fail *fail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The compiler and the analyzers see, too, that it is always -1. */
#define fail_errno(...) ((void)(fail_errno)(__VA_ARGS__), -1)
#define fail_msg(...)	((void)(fail_msg)(__VA_ARGS__), -1)

#endif
