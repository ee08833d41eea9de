/* SPDX-License-Identifier: ISC */
#include "describe/cmsg.h"

const struct cmsg_level cmsg_levels_ipv6[] = {
	{ .name = NULL },
};
