/* SPDX-License-Identifier: ISC */
/* Confinement of a verb that runs no command (sandbox/sandbox.h), as its options need it. */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "net/endpoint.h"
#include "source/source.h"
#include "cli/options.h"

/*
 * From now on this process keeps what VERB still needs: to remove the paths of EP and of SOURCES (either may be NULL),
 * and what the options name. Does nothing with --no-sandbox. What the kernel lacks is said with --verbose.
 */
void confine(
    const struct options *options, unsigned int verb, const struct endpoint *ep, const struct source_list *sources);

/*
 * The same for relay. CONNECTS: to the server, for each client; CREDENTIALS: with the client's user and groups; ABSTRACT:
 * it connects or sends to abstract names.
 */
void confine_relay(
    const struct options *options, const struct endpoint *ep, bool connects, bool credentials, bool abstract);

#endif
