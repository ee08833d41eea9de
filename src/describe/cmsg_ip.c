/* SPDX-License-Identifier: ISC */
#include "describe/cmsg.h"

const struct cmsg_level cmsg_levels_ip[] = {
	{ .name = NULL },
};
