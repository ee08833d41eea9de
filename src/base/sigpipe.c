/* SPDX-License-Identifier: ISC */
#include <signal.h>

#include "base/sigpipe.h"

static struct sigaction before;

void
sigpipe_ignore(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, &before);
}

void
sigpipe_restore(void)
{
	(void)sigaction(SIGPIPE, &before, NULL);
}
