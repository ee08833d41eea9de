dnl SPDX-License-Identifier: ISC
dnl Warning and hardening flags. Each flag is tested separately, by compiling or linking a program.

dnl FDP_PROBE(flags, VARIABLE, link-too): appends each flag that the compiler accepts to VARIABLE.
AC_DEFUN([FDP_PROBE], [
m4_foreach_w([fdp_flag], [$1], [
	AC_MSG_CHECKING([whether $CC accepts fdp_flag])
	fdp_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror fdp_flag"
	m4_if([$3], [link], [AC_LINK_IFELSE], [AC_COMPILE_IFELSE])([AC_LANG_PROGRAM([[#include <stddef.h>]], [[]])],
		[AC_MSG_RESULT([yes]); $2="$$2 fdp_flag"], [AC_MSG_RESULT([no])])
	CFLAGS=$fdp_save_CFLAGS
])])

AC_DEFUN([FDP_WARNINGS], [
fdp_warnings=no
AS_IF([test "x$enable_warnings" != xno], [
	fdp_warnings=yes
	FDP_PROBE([-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
		-Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wmissing-declarations -Wredundant-decls
		-Wnested-externs -Wold-style-definition -Wwrite-strings -Wundef -Wformat=2 -Wformat-signedness
		-Wvla -Walloca -Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init
		-Wimplicit-fallthrough -Wunused-macros -Wdate-time -Winit-self -Wswitch-enum],
		[WARN_CFLAGS])
	AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
])
AC_SUBST([WARN_CFLAGS])])

dnl The dynamic loader relocates the pointers of a position-independent program at each start. Packed relocations take a
dnl tenth of the space, but need support in the linker and in the loader, so a test program must be run.
AC_DEFUN([FDP_PACKED_RELOCATIONS], [
AC_MSG_CHECKING([whether packed relocations work])
fdp_save_CFLAGS=$CFLAGS
fdp_save_LDFLAGS=$LDFLAGS
CFLAGS="$CFLAGS $HARDEN_CFLAGS"
LDFLAGS="$LDFLAGS $PIE_LDFLAGS -Wl,-z,pack-relative-relocs"
AC_RUN_IFELSE([AC_LANG_PROGRAM([[static const char *const words[] = { "good", "bad" };]],
	[[const char *const *volatile word = words; return word[0][0] != 'g';]])],
	[AC_MSG_RESULT([yes]); PIE_LDFLAGS="$PIE_LDFLAGS -Wl,-z,pack-relative-relocs"],
	[AC_MSG_RESULT([no])], [AC_MSG_RESULT([unknown (cross-compiling), assuming no])])
CFLAGS=$fdp_save_CFLAGS
LDFLAGS=$fdp_save_LDFLAGS
])

AC_DEFUN([FDP_HARDENING], [
fdp_hardening=no
AS_IF([test "x$enable_hardening" != xno && test "x$enable_sanitizers" != xyes], [
	fdp_hardening=yes
	FDP_PROBE([-fstack-protector-strong -fstack-clash-protection -fcf-protection
		-ftrivial-auto-var-init=zero -fPIE], [HARDEN_CFLAGS], [link])
	FDP_PROBE([-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed], [HARDEN_LDFLAGS], [link])
	FDP_PROBE([-pie], [PIE_LDFLAGS], [link])
	FDP_PACKED_RELOCATIONS
	AS_CASE([$CFLAGS], [*-O0*|*_FORTIFY_SOURCE*], [], [*-O*], [HARDEN_CPPFLAGS="-D_FORTIFY_SOURCE=2"])
])
AC_SUBST([HARDEN_CPPFLAGS])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
AC_SUBST([PIE_LDFLAGS])])

AC_DEFUN([FDP_SANITIZERS], [
AS_IF([test "x$enable_sanitizers" = xyes], [
	FDP_PROBE([-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer], [SAN_CFLAGS], [link])
])
AC_SUBST([SAN_CFLAGS])])
