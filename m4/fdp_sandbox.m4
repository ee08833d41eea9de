dnl SPDX-License-Identifier: ISC
dnl FDP_SANDBOX: determines whether verbs that execute no command confine themselves. A program that is linked with
dnl libseccomp generates the system call filters during the build. It runs on the build machine; fdpass itself is not
dnl linked with libseccomp.
AC_DEFUN([FDP_SANDBOX], [
AC_ARG_WITH([seccomp], [AS_HELP_STRING([--without-seccomp], [do not filter system calls])], [], [with_seccomp=auto])
AC_ARG_ENABLE([landlock], [AS_HELP_STRING([--disable-landlock], [do not restrict access to files with Landlock])], [],
	[enable_landlock=auto])
AC_ARG_VAR([CC_FOR_BUILD], [C compiler for programs that run during the build])
AC_ARG_VAR([SECCOMP_LIBS], [linker flags for libseccomp, for CC_FOR_BUILD])

dnl Sanitizers and profiling make system calls at the exit of a program that the filters do not allow.
AS_CASE(["$enable_sanitizers$enable_coverage $CC $CFLAGS"], [*yes*|*-fsanitize*|*--coverage*|*-fprofile-arcs*|*-fprofile-generate*|*-fprofile-instr-generate*], [
	AS_IF([test "x$with_seccomp" = xauto], [with_seccomp=no])
	AS_IF([test "x$enable_landlock" = xauto], [enable_landlock=no])
])

AS_IF([test "x$with_seccomp" != xno], [
	AC_MSG_CHECKING([for a compiler that links with libseccomp])
	fdp_builder=
	fdp_save_CC=$CC fdp_save_CFLAGS=$CFLAGS fdp_save_CPPFLAGS=$CPPFLAGS fdp_save_LDFLAGS=$LDFLAGS fdp_save_LIBS=$LIBS
	: ${SECCOMP_LIBS=-lseccomp}
	AS_IF([test -n "$CC_FOR_BUILD"], [fdp_candidates=$CC_FOR_BUILD],
		[test "$cross_compiling" = yes], [fdp_candidates="cc gcc clang"], [fdp_candidates="$CC cc gcc clang"])
	CFLAGS= CPPFLAGS= LDFLAGS= LIBS=$SECCOMP_LIBS
	for CC in $fdp_candidates; do
		AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>]], [[return seccomp_init(SCMP_ACT_KILL_PROCESS) == (void *)0 || SCMP_FLTATR_API_TSKIP == 0;]])],
			[fdp_builder=$CC; break])
	done
	CC=$fdp_save_CC CFLAGS=$fdp_save_CFLAGS CPPFLAGS=$fdp_save_CPPFLAGS LDFLAGS=$fdp_save_LDFLAGS LIBS=$fdp_save_LIBS
	AC_MSG_RESULT([${fdp_builder:-no}])
	AS_IF([test -n "$fdp_builder"], [with_seccomp=yes; CC_FOR_BUILD=$fdp_builder],
		[test "x$with_seccomp" = xyes], [AC_MSG_ERROR([*** libseccomp not found: install libseccomp-dev])],
		[with_seccomp=no])
])
AS_IF([test "x$enable_landlock" != xno], [enable_landlock=yes])
AM_CONDITIONAL([SECCOMP], [test "x$with_seccomp" = xyes])
AS_IF([test "x$with_seccomp" = xyes], [fdp_yes=1], [fdp_yes=0])
AC_DEFINE_UNQUOTED([FDPASS_SECCOMP], [$fdp_yes], [whether system calls are filtered])
AS_IF([test "x$enable_landlock" = xyes], [fdp_yes=1], [fdp_yes=0])
AC_DEFINE_UNQUOTED([FDPASS_LANDLOCK], [$fdp_yes], [whether Landlock restricts access to files])
])
