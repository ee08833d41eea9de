/* SPDX-License-Identifier: ISC */
/* The arguments of options, each checked in full: what stands behind the "=". All return 0, or -1 with *FAIL filled. */
#ifndef CLI_OPTION_VALUES_H
#define CLI_OPTION_VALUES_H

#include "cli/options.h"

/* NAME is the option's, for the message; MIN and MAX are the bounds that make sense for it. */
int value_number(const char *name, const char *arg, uint64_t min, uint64_t max, uint64_t *value, struct fail *fail);

/* Seconds, as nanoseconds. */
int value_seconds(const char *name, const char *arg, int64_t *value, struct fail *fail);

int value_type(const char *arg, int *type, struct fail *fail);
int value_mode(const char *arg, mode_t *mode, struct fail *fail);

/* A user's or a group's name or number. */
enum id_of { ID_USER, ID_GROUP };
int value_id(const char *name, const char *arg, enum id_of of, uint32_t *id, struct fail *fail);

/* N, N+ or N-M. */
int value_fds(const char *arg, uint64_t *min, uint64_t *max, struct fail *fail);

/* N,N,… */
int value_buffers(const char *arg, size_t **sizes, size_t *count, struct fail *fail);

/* peek,waitall,… */
int value_flags(const char *arg, int *flags, struct fail *fail);

/* N[,M]...[=NAME] or $VAR[=NAME], appended. */
int value_place(const char *arg, struct options *options, struct fail *fail);

/* all, or N,N,…: each must be open now. */
int value_inherit(const char *arg, struct options *options, struct fail *fail);

/* A descriptor number below the limit on open files. */
int value_descriptor(const char *name, const char *arg, int *fd, struct fail *fail);

/* True if NAME can name an environment variable. */
bool value_variable_ok(const char *name, size_t length);

/* Appends ITEM, which must live on. */
int value_append(struct list *list, const char *item, struct fail *fail);

#endif
