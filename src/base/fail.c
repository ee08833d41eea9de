/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

int(fail_errno)(struct fail *fail, const char *format, ...)
{
	int err = errno, n;
	const char *reason = strerror(err);
	size_t room = sizeof(fail->text) - strlen(reason) - 3;
	va_list ap;

	fail->err = err;
	fail->reason = FAIL_OTHER;
	va_start(ap, format);
	n = vsnprintf(fail->text, room, format, ap);
	va_end(ap);
	/* If the whole text is too long, only the part before strerror(errno) is truncated. */
	if (n < 0 || (size_t)n >= room)
		memcpy(fail->text + room - 4, "...", 4);
	n = (int)strlen(fail->text);
	(void)snprintf(fail->text + n, sizeof(fail->text) - (size_t)n, ": %s", reason);
	errno = err;
	return -1;
}

static void __attribute__((format(printf, 4, 0)))
set(struct fail *fail, int err, enum fail_reason reason, const char *format, va_list ap)
{
	int saved = errno;

	fail->err = err;
	fail->reason = reason;
	(void)vsnprintf(fail->text, sizeof(fail->text), format, ap);
	errno = saved;
}

int(fail_msg)(struct fail *fail, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(fail, 0, FAIL_OTHER, format, ap);
	va_end(ap);
	return -1;
}

int(fail_timeout)(struct fail *fail, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(fail, ETIMEDOUT, FAIL_TIMEOUT, format, ap);
	va_end(ap);
	return -1;
}
