/* SPDX-License-Identifier: ISC */
/*
 * Kernel constants that are missing in the headers of older systems. The values are those of Linux's include/uapi
 * headers. Architectures with different socket option numbers (alpha, mips, parisc, sparc) use the values of their
 * asm/socket.h.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
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
#ifndef SO_TIMESTAMP_OLD
#ifdef __hppa__
#define SO_TIMESTAMP_OLD    0x4012
#define SO_TIMESTAMPNS_OLD  0x4013
#define SO_TIMESTAMPING_OLD 0x4020
#elif defined(__sparc__)
#define SO_TIMESTAMP_OLD    0x001d
#define SO_TIMESTAMPNS_OLD  0x0021
#define SO_TIMESTAMPING_OLD 0x0023
#else
#define SO_TIMESTAMP_OLD    29
#define SO_TIMESTAMPNS_OLD  35
#define SO_TIMESTAMPING_OLD 37
#endif
#endif
#ifndef SO_TIMESTAMP_NEW
#ifdef __hppa__
#define SO_TIMESTAMP_NEW    0x4038
#define SO_TIMESTAMPNS_NEW  0x4039
#define SO_TIMESTAMPING_NEW 0x403a
#elif defined(__sparc__)
#define SO_TIMESTAMP_NEW    0x0046
#define SO_TIMESTAMPNS_NEW  0x0042
#define SO_TIMESTAMPING_NEW 0x0043
#else
#define SO_TIMESTAMP_NEW    63
#define SO_TIMESTAMPNS_NEW  64
#define SO_TIMESTAMPING_NEW 65
#endif
#endif
#ifndef SCM_TIMESTAMPING_OPT_STATS
#ifdef __hppa__
#define SCM_TIMESTAMPING_OPT_STATS 0x402f
#elif defined(__sparc__)
#define SCM_TIMESTAMPING_OPT_STATS 0x0038
#else
#define SCM_TIMESTAMPING_OPT_STATS 54
#endif
#endif
#ifndef SCM_TIMESTAMPING_PKTINFO
#ifdef __hppa__
#define SCM_TIMESTAMPING_PKTINFO 0x4033
#elif defined(__sparc__)
#define SCM_TIMESTAMPING_PKTINFO 0x003c
#else
#define SCM_TIMESTAMPING_PKTINFO 58
#endif
#endif
#ifndef SO_TXTIME
#ifdef __hppa__
#define SO_TXTIME 0x4036
#elif defined(__sparc__)
#define SO_TXTIME 0x003f
#else
#define SO_TXTIME 61
#endif
#endif
#ifndef SO_RCVMARK
#ifdef __hppa__
#define SO_RCVMARK 0x4049
#elif defined(__sparc__)
#define SO_RCVMARK 0x0054
#else
#define SO_RCVMARK 75
#endif
#endif
#ifndef SO_DEVMEM_LINEAR
#ifdef __hppa__
#define SO_DEVMEM_LINEAR 0x404e
#define SO_DEVMEM_DMABUF 0x404f
#elif defined(__sparc__)
#define SO_DEVMEM_LINEAR 0x0057
#define SO_DEVMEM_DMABUF 0x0058
#else
#define SO_DEVMEM_LINEAR 78
#define SO_DEVMEM_DMABUF 79
#endif
#endif
#ifndef SCM_TS_OPT_ID
#ifdef __hppa__
#define SCM_TS_OPT_ID 0x404c
#elif defined(__sparc__)
#define SCM_TS_OPT_ID 0x005a
#else
#define SCM_TS_OPT_ID 81
#endif
#endif
#ifndef SO_RCVPRIORITY
#ifdef __hppa__
#define SO_RCVPRIORITY 0x404d
#elif defined(__sparc__)
#define SO_RCVPRIORITY 0x005b
#else
#define SO_RCVPRIORITY 82
#endif
#endif
#ifndef SO_RIGHTS_NOTRUNC
#define SO_RIGHTS_NOTRUNC 85
#endif

#ifndef SO_NETNS_COOKIE
#ifdef __hppa__
#define SO_NETNS_COOKIE 0x4045
#elif defined(__sparc__)
#define SO_NETNS_COOKIE 0x0050
#else
#define SO_NETNS_COOKIE 71
#endif
#endif

/*
 * The kernel's value of O_LARGEFILE, a flag that fcntl(F_GETFL) returns. On 64-bit systems, the C library defines
 * O_LARGEFILE as 0.
 */
#if defined(__arm__) || defined(__aarch64__) || defined(__m68k__) || defined(__alpha__)
#define KERNEL_O_LARGEFILE 0400000
#elif defined(__powerpc__)
#define KERNEL_O_LARGEFILE 0200000
#elif defined(__mips__)
#define KERNEL_O_LARGEFILE 0x2000
#elif defined(__sparc__)
#define KERNEL_O_LARGEFILE 0x40000
#elif defined(__hppa__)
#define KERNEL_O_LARGEFILE 04000
#else
#define KERNEL_O_LARGEFILE 0100000
#endif

/*
 * Landlock (linux/landlock.h), since Linux 5.13. System calls added since Linux 5.1 have the same number on all
 * architectures, apart from an offset on alpha.
 */
#if defined(__alpha__)
#define CALLS_FROM 110
#elif defined(__mips__) && _MIPS_SIM == _ABIO32
#define CALLS_FROM 4000
#elif defined(__mips__) && _MIPS_SIM == _ABI64
#define CALLS_FROM 5000
#elif defined(__mips__)
#define CALLS_FROM 6000
#elif defined(__x86_64__) && defined(__ILP32__)
#define CALLS_FROM 0x40000000
#else
#define CALLS_FROM 0
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset (CALLS_FROM + 444)
#endif
#ifndef SYS_landlock_add_rule
#define SYS_landlock_add_rule (CALLS_FROM + 445)
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self (CALLS_FROM + 446)
#endif
#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION (1U << 0)
#endif
#define LANDLOCK_PATH_BENEATH 1 /* LANDLOCK_RULE_PATH_BENEATH is an enumerator, which #ifndef cannot detect */
#ifndef LANDLOCK_ACCESS_FS_WRITE_FILE
#define LANDLOCK_ACCESS_FS_EXECUTE     (1ULL << 0)
#define LANDLOCK_ACCESS_FS_WRITE_FILE  (1ULL << 1)
#define LANDLOCK_ACCESS_FS_READ_FILE   (1ULL << 2)
#define LANDLOCK_ACCESS_FS_READ_DIR    (1ULL << 3)
#define LANDLOCK_ACCESS_FS_REMOVE_FILE (1ULL << 5)
#define LANDLOCK_ACCESS_FS_MAKE_REG    (1ULL << 8)
#endif
#define LANDLOCK_FS_VERSION_1 ((1ULL << 13) - 1) /* all access rights of Landlock's first ABI version */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP	(1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#endif

/* linux/seccomp.h */
#ifndef SECCOMP_SET_MODE_FILTER
#define SECCOMP_SET_MODE_FILTER 1
#endif
#ifndef SECCOMP_GET_ACTION_AVAIL
#define SECCOMP_GET_ACTION_AVAIL 2
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif
#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif

/*
 * The type of the request argument of ioctl(2). The type differs between C libraries, and the values of some requests
 * exceed INT_MAX.
 */
#ifdef __GLIBC__
typedef unsigned long ioctl_request;
#else
typedef int ioctl_request;
#endif

#endif
