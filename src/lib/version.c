/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "lib/fdpass.h"

const char *
fdpass_version(void)
{
	return PACKAGE_VERSION;
}
