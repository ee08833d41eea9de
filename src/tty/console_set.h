/* SPDX-License-Identifier: ISC */
/* tty --keep --no-stdin: the output of many consoles at once, as it comes. */
#ifndef TTY_CONSOLE_SET_H
#define TTY_CONSOLE_SET_H

#include "receive/receiver.h"

/*
 * Accepts consoles on EP and copies what they say to standard output, until none was there for as long as --timeout
 * says. What is wrong with one is said and ends only that one. Returns the exit status.
 */
int consoles_show(struct receiver *receiver, const struct endpoint *ep, const struct addr *addr);

#endif
