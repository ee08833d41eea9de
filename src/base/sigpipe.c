/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base/sigpipe.h"
#include "base/hot_data.h"

static struct sigaction inherited HOT_DATA;

void
sigpipe_ignore(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, &inherited);
}

void
sigpipe_restore(void)
{
	(void)sigaction(SIGPIPE, &inherited, NULL);
}

int
sigpipe_output_failed(struct fail *fail)
{
	(void)fail_errno(fail, "cannot write to standard output");
	if (fail->err == EPIPE && inherited.sa_handler == SIG_DFL)
		fail->reason = FAIL_READER_GONE;
	return -1;
}

void
sigpipe_raise(void)
{
	(void)signal(SIGPIPE, SIG_DFL);
	(void)raise(SIGPIPE);
}
