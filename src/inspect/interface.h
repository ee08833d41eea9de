/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_INTERFACE_H
#define INSPECT_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#define INTERFACE_NAME 16 /* IFNAMSIZ */

/*
 * Determines the name of the network interface with number INDEX in the network namespace of the socket FD. Returns
 * false if the name is unknown.
 */
bool interface_name(int fd, uint32_t index, char name[INTERFACE_NAME]);

#endif
