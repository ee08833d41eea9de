# SPDX-License-Identifier: ISC
# FDP_PKGCONFIG: sets the directories of the pkg-config file relative to the file's own directory, so that the installed
# tree can be moved. With prefix /usr, and for directories outside prefix, they are absolute.
AC_DEFUN([FDP_PKGCONFIG], [
	fdp_expand() {
		(
			test "x$prefix" != xNONE || prefix=$ac_default_prefix
			test "x$exec_prefix" != xNONE || exec_prefix=$prefix
			fdp_value=$[]1
			while :; do
				eval "fdp_next=\"$fdp_value\""
				test "x$fdp_next" != "x$fdp_value" || break
				fdp_value=$fdp_next
			done
			AS_ECHO(["$fdp_value"])
		)
	}
	fdp_prefix=`fdp_expand '${prefix}'`
	fdp_directory=`fdp_expand "$pkgconfigdir"`
	PC_PREFIX=$fdp_prefix
	PC_LIBDIR=`fdp_expand "$libdir"`
	PC_INCLUDEDIR=`fdp_expand "$includedir"`
	AS_CASE(["$fdp_directory"], ["$fdp_prefix"/*],
		[AS_IF([test "x$fdp_prefix" != x/usr],
			[PC_PREFIX='${pcfiledir}/'`AS_ECHO(["${fdp_directory@%:@"$fdp_prefix"/}"]) | sed 's,[[^/]][[^/]]*,..,g'`])])
	AS_CASE(["$PC_LIBDIR"], ["$fdp_prefix"/*], [PC_LIBDIR='${prefix}/'${PC_LIBDIR@%:@"$fdp_prefix"/}])
	AS_CASE(["$PC_INCLUDEDIR"], ["$fdp_prefix"/*], [PC_INCLUDEDIR='${prefix}/'${PC_INCLUDEDIR@%:@"$fdp_prefix"/}])
	AC_SUBST([PC_PREFIX])
	AC_SUBST([PC_LIBDIR])
	AC_SUBST([PC_INCLUDEDIR])
])
