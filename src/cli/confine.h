/* SPDX-License-Identifier: ISC */
/* Confinement of a verb that runs no command (sandbox/sandbox.h), as its options need it. */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "net/endpoint.h"
#include "source/source.h"
#include "relay/relay.h"
#include "cli/options.h"

/*
 * From now on this process keeps what VERB still needs: to remove the paths of EP and of SOURCES (either may be NULL),
 * and what the options name. Does nothing with --no-sandbox. What the kernel lacks is said with --verbose.
 */
void confine(
    const struct options *options, unsigned int verb, const struct endpoint *ep, const struct source_list *sources);

/* The same for relay, whose needs depend on its ADDRESSes. EP is the one that it listens on. */
void confine_relay(const struct options *options, const struct endpoint *ep, const struct relay_needs *needs);

#endif
