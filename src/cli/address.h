/* SPDX-License-Identifier: ISC */
/* Parses an ADDRESS operand, suggests the right form in errors, and announces that a verb waits at it. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "net/addr.h"
#include "net/endpoint.h"
#include "cli/options.h"

/*
 * Calls addr_parse() for the operand TEXT of VERB ("recv"). A DESCRIPTOR, or an address of socat, gets an error message
 * of its own.
 */
int address_parse(struct addr *addr, const char *text, const char *verb, struct fail *fail);

/*
 * Calls endpoint_open() with OPTIONS and the verb's default ROLE. Signals remove a path that is created. PREPARE and
 * ARG are those of struct endpoint_options. Returns the role that was chosen, or -1 with *FAIL.
 */
int address_open(struct endpoint *ep, const struct addr *addr, const struct options *options, enum endpoint_role role,
    int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail);

/*
 * If --verbose is set or standard error is a terminal, prints once that the verb waits at ADDR: "listening on ./x" or
 * "waiting for messages on fd:3".
 */
void address_waits(const struct options *options, const struct addr *addr, const struct endpoint *ep);

#endif
