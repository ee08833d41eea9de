/* SPDX-License-Identifier: ISC */
/*
 * Makes pwritev2(2) fail with EOPNOTSUPP, as on old kernels. fdpass then calls write(2) instead, which the libraries
 * preloaded into fdpass replace.
 */
#ifndef PROOF_NO_PWRITEV2_H
#define PROOF_NO_PWRITEV2_H

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

long
syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list ap;
	int i;

#ifdef SYS_pwritev2
	if (number == SYS_pwritev2) {
		errno = EOPNOTSUPP;
		return -1;
	}
#endif
	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#endif
