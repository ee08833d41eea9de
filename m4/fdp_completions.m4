dnl SPDX-License-Identifier: ISC
dnl FDP_COMPLETION_DIR(SHELL, DEFAULT): adds an option for the directory in which completions for SHELL are installed;
dnl "no" installs none. Sets SHELLcompletiondir.
AC_DEFUN([FDP_COMPLETION_DIR], [
	AC_ARG_WITH([$1-completion-dir],
		[AS_HELP_STRING([--with-$1-completion-dir=DIR], [directory for the completion for $1, or no])],
		[], [with_$1_completion_dir=yes])
	AS_CASE([$with_$1_completion_dir],
		[yes], [$1completiondir=$2],
		[no], [$1completiondir=],
		[$1completiondir=$with_$1_completion_dir])
	AC_SUBST([$1completiondir])
])

dnl The pkg-config file of bash-completion contains its directory. Our own prefix replaces that of bash-completion, so
dnl that "make install" does not need privileges.
AC_DEFUN([FDP_COMPLETIONS], [
	fdp_bash=`$PKG_CONFIG --define-variable=prefix='${prefix}' --define-variable=datadir='${datarootdir}' \
	    --variable=completionsdir bash-completion 2>/dev/null`
	AS_IF([test -z "$fdp_bash"], [fdp_bash='${datarootdir}/bash-completion/completions'])
	FDP_COMPLETION_DIR([bash], [$fdp_bash])
	FDP_COMPLETION_DIR([zsh], ['${datarootdir}/zsh/site-functions'])
	FDP_COMPLETION_DIR([fish], ['${datarootdir}/fish/vendor_completions.d'])
])
