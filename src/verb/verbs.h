/* SPDX-License-Identifier: ISC */
/* The verbs. The list in main.c has the order of the verbs in --help, and its first verb is the default. */
#ifndef VERB_VERBS_H
#define VERB_VERBS_H

#include "cli/verb.h"

extern const struct verb verb_recv, verb_send, verb_relay, verb_run, verb_show, verb_tty, verb_hold, verb_watch;

#endif
