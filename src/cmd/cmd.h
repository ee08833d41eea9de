/* SPDX-License-Identifier: ISC */
/* Verbs: what each file in cmd/ ends with, and how it speaks to the user. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdarg.h>
#include <stddef.h>

#include "base/fail.h"

struct options;

/* One bit a verb, for the option table. */
enum {
	VERB_RECV = 1 << 0,
	VERB_SEND = 1 << 1,
	VERB_RELAY = 1 << 2,
	VERB_RUN = 1 << 3,
	VERB_SHOW = 1 << 4,
	VERB_TTY = 1 << 5,
	VERB_ALL = (1 << 6) - 1
};

struct cmd {
	const char *name;
	unsigned int verb;
	const char *operands; /* "ADDRESS [COMMAND [ARG]...]" */
	const char *summary;
	const char *const *examples; /* for --help, NULL at the end */
	int command_after;	     /* operands before COMMAND begins, where options end; -1 if there is no such place */
	int (*run)(const struct options *options, int argc, char **argv); /* the operands; returns the exit status */
};

extern const struct cmd cmd_recv, cmd_send, cmd_relay, cmd_run, cmd_show, cmd_tty;

/* All verbs, NULL at the end; the first one is meant when none is named. */
extern const struct cmd *const cmds[];

const struct cmd *cmd_find(const char *name);

/*
 * One line on standard error: "fdpass: VERB: …", escaped so that nobody's bytes reach the terminal raw. complain_fail() tells
 * FAIL and returns the exit status that it deserves; complain_usage() adds where to look and returns EXIT_FAILED.
 * complain_prepare() makes LINE of TEXT, for a signal handler to write.
 */
void complain_verb(const char *verb);
void complain_prepare(char *line, size_t size, const char *text);
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
int complain_fail(const struct fail *fail);
int complain_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --help and --version, on standard output. Return the exit status. */
int help_verb(const struct cmd *cmd);
int help_all(void);
int help_version(void);

/* The version, what was built in, and what the running kernel adds to it. */
void version_tell(void);

#endif
