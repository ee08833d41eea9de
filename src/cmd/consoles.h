/* SPDX-License-Identifier: ISC */
/* tty --keep --no-stdin: the output of many consoles at once, as it comes. */
#ifndef CMD_CONSOLES_H
#define CMD_CONSOLES_H

#include "cmd/receiver.h"

/*
 * Accepts consoles on EP and copies what they say to standard output, until none was there for as long as --timeout
 * says. What is wrong with one is said and ends only that one. Returns the exit status.
 */
int consoles_show(struct receiver *receiver, const struct endpoint *ep, const struct addr *addr);

#endif
