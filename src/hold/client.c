/* SPDX-License-Identifier: ISC */
#include "hold/internal.h"

void
client_accept(struct watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
}

void
clients_close(struct hold *h)
{
	(void)h;
}
