/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stddef.h>

#include "base/sigpipe.h"
#include "base/together.h"

static struct sigaction before TOGETHER;

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
