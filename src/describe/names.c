/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "describe/names.h"

/* clang-format off */
#define N(constant) { constant, #constant }
#define TABLE(array) { array, sizeof(array) / sizeof((array)[0]) }

static const struct name errno_list[] = {
	N(EPERM), N(ENOENT), N(ESRCH), N(EINTR), N(EIO), N(ENXIO), N(E2BIG), N(ENOEXEC), N(EBADF), N(ECHILD),
	N(EAGAIN), N(ENOMEM), N(EACCES), N(EFAULT), N(ENOTBLK), N(EBUSY), N(EEXIST), N(EXDEV), N(ENODEV), N(ENOTDIR),
	N(EISDIR), N(EINVAL), N(ENFILE), N(EMFILE), N(ENOTTY), N(ETXTBSY), N(EFBIG), N(ENOSPC), N(ESPIPE), N(EROFS),
	N(EMLINK), N(EPIPE), N(EDOM), N(ERANGE), N(EDEADLK), N(ENAMETOOLONG), N(ENOLCK), N(ENOSYS), N(ENOTEMPTY),
	N(ELOOP), N(ENOMSG), N(EIDRM), N(ECHRNG), N(EL2NSYNC), N(EL3HLT), N(EL3RST), N(ELNRNG), N(EUNATCH),
	N(ENOCSI), N(EL2HLT), N(EBADE), N(EBADR), N(EXFULL), N(ENOANO), N(EBADRQC), N(EBADSLT), N(EBFONT), N(ENOSTR),
	N(ENODATA), N(ETIME), N(ENOSR), N(ENONET), N(ENOPKG), N(EREMOTE), N(ENOLINK), N(EADV), N(ESRMNT), N(ECOMM),
	N(EPROTO), N(EMULTIHOP), N(EDOTDOT), N(EBADMSG), N(EOVERFLOW), N(ENOTUNIQ), N(EBADFD), N(EREMCHG),
	N(ELIBACC), N(ELIBBAD), N(ELIBSCN), N(ELIBMAX), N(ELIBEXEC), N(EILSEQ), N(ERESTART), N(ESTRPIPE), N(EUSERS),
	N(ENOTSOCK), N(EDESTADDRREQ), N(EMSGSIZE), N(EPROTOTYPE), N(ENOPROTOOPT), N(EPROTONOSUPPORT),
	N(ESOCKTNOSUPPORT), N(EOPNOTSUPP), N(EPFNOSUPPORT), N(EAFNOSUPPORT), N(EADDRINUSE), N(EADDRNOTAVAIL),
	N(ENETDOWN), N(ENETUNREACH), N(ENETRESET), N(ECONNABORTED), N(ECONNRESET), N(ENOBUFS), N(EISCONN),
	N(ENOTCONN), N(ESHUTDOWN), N(ETOOMANYREFS), N(ETIMEDOUT), N(ECONNREFUSED), N(EHOSTDOWN), N(EHOSTUNREACH),
	N(EALREADY), N(EINPROGRESS), N(ESTALE), N(EUCLEAN), N(ENOTNAM), N(ENAVAIL), N(EISNAM), N(EREMOTEIO),
	N(EDQUOT), N(ENOMEDIUM), N(EMEDIUMTYPE), N(ECANCELED), N(ENOKEY), N(EKEYEXPIRED), N(EKEYREVOKED),
	N(EKEYREJECTED), N(EOWNERDEAD), N(ENOTRECOVERABLE), N(ERFKILL), N(EHWPOISON),
};

static const struct name signal_list[] = {
	N(SIGHUP), N(SIGINT), N(SIGQUIT), N(SIGILL), N(SIGTRAP), N(SIGABRT), N(SIGBUS), N(SIGFPE), N(SIGKILL),
	N(SIGUSR1), N(SIGSEGV), N(SIGUSR2), N(SIGPIPE), N(SIGALRM), N(SIGTERM), N(SIGCHLD), N(SIGCONT), N(SIGSTOP),
	N(SIGTSTP), N(SIGTTIN), N(SIGTTOU), N(SIGURG), N(SIGXCPU), N(SIGXFSZ), N(SIGVTALRM), N(SIGPROF), N(SIGWINCH),
	N(SIGIO), N(SIGPWR), N(SIGSYS),
#ifdef SIGSTKFLT
	N(SIGSTKFLT),
#endif
#ifdef SIGEMT
	N(SIGEMT),
#endif
};

static const struct name clock_list[] = {
	N(CLOCK_REALTIME), N(CLOCK_MONOTONIC), N(CLOCK_PROCESS_CPUTIME_ID), N(CLOCK_THREAD_CPUTIME_ID),
	N(CLOCK_MONOTONIC_RAW), N(CLOCK_REALTIME_COARSE), N(CLOCK_MONOTONIC_COARSE), N(CLOCK_BOOTTIME),
	N(CLOCK_REALTIME_ALARM), N(CLOCK_BOOTTIME_ALARM),
	{ 11, "CLOCK_TAI" },
};
/* clang-format on */

const struct names names_errno = TABLE(errno_list);
const struct names names_signal = TABLE(signal_list);
const struct names names_clock = TABLE(clock_list);

const char *
name_of(const struct names *names, int64_t value)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (names->names[i].value == value)
			return names->names[i].name;
	return NULL;
}

bool
name_value(const struct names *names, const char *name, int64_t *value)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (strcasecmp(names->names[i].name, name) == 0) {
			*value = names->names[i].value;
			return true;
		}
	return false;
}

const char *
name_signal(int number)
{
	static const char realtime[][12] = {
		"SIGRTMIN",
		"SIGRTMIN+1",
		"SIGRTMIN+2",
		"SIGRTMIN+3",
		"SIGRTMIN+4",
		"SIGRTMIN+5",
		"SIGRTMIN+6",
		"SIGRTMIN+7",
		"SIGRTMIN+8",
		"SIGRTMIN+9",
		"SIGRTMIN+10",
		"SIGRTMIN+11",
		"SIGRTMIN+12",
		"SIGRTMIN+13",
		"SIGRTMIN+14",
		"SIGRTMIN+15",
		"SIGRTMIN+16",
		"SIGRTMIN+17",
		"SIGRTMIN+18",
		"SIGRTMIN+19",
		"SIGRTMIN+20",
		"SIGRTMIN+21",
		"SIGRTMIN+22",
		"SIGRTMIN+23",
		"SIGRTMIN+24",
		"SIGRTMIN+25",
		"SIGRTMIN+26",
		"SIGRTMIN+27",
		"SIGRTMIN+28",
		"SIGRTMIN+29",
		"SIGRTMIN+30",
	};

	/*
	 * The C library reserves the kernel's first real-time signals for its own use. Programs use the SIGRTMIN of the
	 * C library, so the numbers in the names are relative to this SIGRTMIN.
	 */
	if (number >= SIGRTMIN && number - SIGRTMIN < (int)(sizeof(realtime) / sizeof(realtime[0])))
		return realtime[number - SIGRTMIN];
	return name_of(&names_signal, number);
}
