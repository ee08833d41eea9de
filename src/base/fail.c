/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

int
fail_errno(struct fail *fail, const char *format, ...)
{
	int err = errno;
	size_t used;
	va_list ap;

	fail->err = err;
	fail->status = 0;
	va_start(ap, format);
	(void)vsnprintf(fail->text, sizeof(fail->text), format, ap);
	va_end(ap);
	used = strlen(fail->text);
	(void)snprintf(fail->text + used, sizeof(fail->text) - used, ": %s", strerror(err));
	errno = err;
	return -1;
}

int
fail_say(struct fail *fail, const char *format, ...)
{
	int err = errno;
	va_list ap;

	fail->err = 0;
	fail->status = 0;
	va_start(ap, format);
	(void)vsnprintf(fail->text, sizeof(fail->text), format, ap);
	va_end(ap);
	errno = err;
	return -1;
}
