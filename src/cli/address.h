/* SPDX-License-Identifier: ISC */
/* Parses an ADDRESS operand and opens its socket. Error messages suggest the correct form of the ADDRESS. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "net/addr.h"
#include "net/endpoint.h"
#include "cli/options.h"

/*
 * Calls addr_parse() for TEXT, an ADDRESS operand of VERB ("recv"). If TEXT is a DESCRIPTOR or an address in socat's
 * syntax, the error message suggests an alternative.
 */
int address_parse(struct addr *addr, const char *text, const char *verb, struct fail *fail);

/*
 * Opens the endpoint ADDR with endpoint_open() and the socket options in OPTIONS. ROLE is the verb's default role.
 * Registers the path that is created for the socket, so that it is removed if a signal terminates the process. PREPARE
 * and ARG are the members prepare and arg of struct endpoint_options. Returns the role that the endpoint has (listen or
 * connect), or -1 with *FAIL.
 */
int address_open(struct endpoint *ep, const struct addr *addr, const struct options *options, enum endpoint_role role,
    int (*prepare)(int fd, void *arg, struct fail *fail), void *arg, struct fail *fail);

/*
 * Prints a message such as "listening on ./x" or "waiting for messages on fd:3", if --verbose is set or standard error
 * is a terminal. Prints the message only once.
 */
void address_waits(const struct options *options, const struct addr *addr, const struct endpoint *ep);

/* Prints "waiting for a reply from ./x" if --verbose is set or standard error is a terminal. */
void address_waits_for_reply(const struct options *options, const struct addr *addr);

#endif
