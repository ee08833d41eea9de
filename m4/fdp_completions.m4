dnl SPDX-License-Identifier: ISC
dnl FDP_COMPLETION_DIR(SHELL, DEFAULT): where that shell looks for completions; "no" installs none. Sets SHELLcompletiondir.
AC_DEFUN([FDP_COMPLETION_DIR], [
	AC_ARG_WITH([$1-completion-dir],
		[AS_HELP_STRING([--with-$1-completion-dir=DIR], [install the completion for $1 there (or no)])],
		[], [with_$1_completion_dir=yes])
	AS_CASE([$with_$1_completion_dir],
		[yes], [$1completiondir=$2],
		[no], [$1completiondir=],
		[$1completiondir=$with_$1_completion_dir])
	AC_SUBST([$1completiondir])
])

dnl bash-completion tells where; it is asked below our own prefix, so that an unprivileged "make install" works.
AC_DEFUN([FDP_COMPLETIONS], [
	fdp_bash=`$PKG_CONFIG --define-variable=prefix='${prefix}' --define-variable=datadir='${datarootdir}' \
	    --variable=completionsdir bash-completion 2>/dev/null`
	AS_IF([test -z "$fdp_bash"], [fdp_bash='${datarootdir}/bash-completion/completions'])
	FDP_COMPLETION_DIR([bash], [$fdp_bash])
	FDP_COMPLETION_DIR([zsh], ['${datarootdir}/zsh/site-functions'])
	FDP_COMPLETION_DIR([fish], ['${datarootdir}/fish/vendor_completions.d'])
])
