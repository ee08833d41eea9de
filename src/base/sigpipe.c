/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stddef.h>

#include "base/sigpipe.h"
#include "base/hot_data.h"

static struct sigaction before HOT_DATA;

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
