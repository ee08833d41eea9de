/* SPDX-License-Identifier: ISC */
/* Parsers for the arguments of options. Each parser returns 0, or -1 with *FAIL. */
#ifndef CLI_OPTION_VALUES_H
#define CLI_OPTION_VALUES_H

#include "cli/options.h"

/* Parses a number from MIN to MAX. NAME is the name of the option, for error messages. */
int value_number(const char *name, const char *arg, uint64_t min, uint64_t max, uint64_t *value, struct fail *fail);

/* Parses a duration and converts it to nanoseconds. */
int value_seconds(const char *name, const char *arg, int64_t *value, struct fail *fail);

int value_type(const char *arg, int *type, struct fail *fail);
int value_mode(const char *arg, mode_t *mode, struct fail *fail);

/* Parses the name or number of a user or a group. */
enum id_of { ID_USER, ID_GROUP };
int value_id(const char *name, const char *arg, enum id_of of, uint32_t *id, struct fail *fail);

/* Parses N, N+ or N-M. */
int value_fds(const char *arg, uint64_t *min, uint64_t *max, struct fail *fail);

/* Parses a list of buffer sizes: N,N,… */
int value_buffers(const char *arg, size_t **sizes, size_t *count, struct fail *fail);

/* Parses a list of recvmsg(2) flags: peek,waitall,… */
int value_flags(const char *arg, int *flags, struct fail *fail);

/* Parses the argument of --fd, "N[,M]...[=NAME]" or "$VAR[=NAME]", and appends the place to options->places. */
int value_place(const char *arg, struct options *options, struct fail *fail);

/* Parses the argument of --inherit, "all" or N,N,…; each descriptor N must be open. */
int value_inherit(const char *arg, struct options *options, struct fail *fail);

/* Parses a descriptor number, which must be less than RLIMIT_NOFILE. */
int value_descriptor(const char *name, const char *arg, int *fd, struct fail *fail);

/* Returns true if NAME is a valid name for an environment variable. */
bool value_variable_ok(const char *name, size_t length);

/* Appends the pointer ITEM to LIST; ITEM must stay valid as long as LIST is used. */
int value_append(struct list *list, const char *item, struct fail *fail);

#endif
