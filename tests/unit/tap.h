/* SPDX-License-Identifier: ISC */
/*
 * Functions for a test program that prints TAP (Test Anything Protocol): one line for each ok(), is_int(), is_str(),
 * is_mem() or skip(), and the plan at the end.
 *
 * int main(void) { is_int(1 + 1, 2, "one and one"); return tap_done(); }
 *
 * If a test fails, its file, line and value are printed as a TAP comment.
 */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ok(condition, ...)		 tap_ok((condition) ? 1 : 0, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, wanted, ...)	 tap_is_int((intmax_t)(got), (intmax_t)(wanted), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, wanted, ...)	 tap_is_str((got), (wanted), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, wanted, length, ...) tap_is_mem((got), (wanted), (length), __FILE__, __LINE__, __VA_ARGS__)

static int tap_count;
static int tap_failed;

static inline void tap_line(int passed, const char *file, int line, const char *format, va_list ap)
    __attribute__((__format__(__printf__, 4, 0)));
static inline int tap_ok(int passed, const char *file, int line, const char *format, ...)
    __attribute__((__format__(__printf__, 4, 5)));
static inline int tap_is_int(intmax_t got, intmax_t wanted, const char *file, int line, const char *format, ...)
    __attribute__((__format__(__printf__, 5, 6)));
static inline int tap_is_str(const char *got, const char *wanted, const char *file, int line, const char *format, ...)
    __attribute__((__format__(__printf__, 5, 6)));
static inline int tap_is_mem(const void *got, const void *wanted, size_t length, const char *file, int line,
    const char *format, ...) __attribute__((__format__(__printf__, 6, 7)));
static inline void diag(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
static inline void skip(const char *reason, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));

static inline void
tap_line(int passed, const char *file, int line, const char *format, va_list ap)
{
	tap_count++;
	printf("%sok %d - ", passed ? "" : "not ", tap_count);
	vprintf(format, ap);
	putchar('\n');
	if (!passed) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
}

static inline int
tap_ok(int passed, const char *file, int line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tap_line(passed, file, line, format, ap);
	va_end(ap);
	return passed;
}

static inline int
tap_is_int(intmax_t got, intmax_t wanted, const char *file, int line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tap_line(got == wanted, file, line, format, ap);
	va_end(ap);
	if (got != wanted)
		printf("#      got: %" PRIdMAX "\n#   wanted: %" PRIdMAX "\n", got, wanted);
	fflush(stdout);
	return got == wanted;
}

static inline int
tap_is_str(const char *got, const char *wanted, const char *file, int line, const char *format, ...)
{
	int same = got != NULL && wanted != NULL ? strcmp(got, wanted) == 0 : got == wanted;
	va_list ap;

	va_start(ap, format);
	tap_line(same, file, line, format, ap);
	va_end(ap);
	if (!same)
		printf(
		    "#      got: %s\n#   wanted: %s\n", got != NULL ? got : "NULL", wanted != NULL ? wanted : "NULL");
	fflush(stdout);
	return same;
}

static inline void
tap_bytes(const char *title, const void *bytes, size_t length)
{
	size_t i;

	printf("# %s:", title);
	for (i = 0; bytes != NULL && i < length && i < 64; i++)
		printf(" %02x", ((const unsigned char *)bytes)[i]);
	putchar('\n');
}

static inline int
tap_is_mem(const void *got, const void *wanted, size_t length, const char *file, int line, const char *format, ...)
{
	int same = length == 0 || (got != NULL && wanted != NULL && memcmp(got, wanted, length) == 0);
	va_list ap;

	va_start(ap, format);
	tap_line(same, file, line, format, ap);
	va_end(ap);
	if (!same) {
		tap_bytes("     got", got, length);
		tap_bytes("  wanted", wanted, length);
	}
	fflush(stdout);
	return same;
}

/* Prints a TAP comment, which appears in the log. */
static inline void
diag(const char *format, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* Prints that a test cannot run on this system, and the reason. */
static inline void
skip(const char *reason, const char *format, ...)
{
	va_list ap;

	tap_count++;
	printf("ok %d - ", tap_count);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf(" # SKIP %s\n", reason);
	fflush(stdout);
}

/* Ends the tests: prints the plan, and returns the exit status for main(). */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed != 0;
}

#endif
