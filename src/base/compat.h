/* SPDX-License-Identifier: ISC */
/*
 * Kernel constants that the headers of older systems lack, in one place. Values: include/uapi of Linux; where an
 * architecture has numbers of its own (alpha, mips, parisc, sparc) its asm/socket.h.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif
#ifndef SCM_SECURITY
#define SCM_SECURITY 3
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#ifndef SO_PASSPIDFD
#ifdef __hppa__
#define SO_PASSPIDFD 0x404a
#elif defined(__sparc__)
#define SO_PASSPIDFD 0x0055
#else
#define SO_PASSPIDFD 76
#endif
#endif
#ifndef SO_PEERPIDFD
#ifdef __hppa__
#define SO_PEERPIDFD 0x404b
#elif defined(__sparc__)
#define SO_PEERPIDFD 0x0056
#else
#define SO_PEERPIDFD 77
#endif
#endif
#ifndef SO_PASSRIGHTS
#ifdef __hppa__
#define SO_PASSRIGHTS 0x4051
#elif defined(__sparc__)
#define SO_PASSRIGHTS 0x005c
#else
#define SO_PASSRIGHTS 83
#endif
#endif
#ifndef SO_INQ
#ifdef __hppa__
#define SO_INQ 0x4052
#elif defined(__sparc__)
#define SO_INQ 0x005d
#else
#define SO_INQ 84
#endif
#endif
#ifndef SO_RIGHTS_NOTRUNC
#define SO_RIGHTS_NOTRUNC 85
#endif

#endif
