/* SPDX-License-Identifier: ISC */
/*
 * Declarations shared by the files of this layer. Error messages begin with the DESCRIPTOR operand as the user wrote
 * it.
 */
#ifndef SOURCE_INTERNAL_H
#define SOURCE_INTERNAL_H

#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "source/source.h"

/*
 * A row of the table of DESCRIPTOR kinds in source.c.
 *
 * check() checks the text of list->items[index] before any descriptor is opened, and can add items to the list. open()
 * opens the descriptor of an item. open is NULL if check() sets the descriptor. open() is not called for items that
 * check() has added.
 */
struct source_kind {
	const char *word; /* the prefix with its colon */
	int (*check)(struct source_list *list, size_t index, const struct source_options *options, struct fail *fail);
	int (*open)(struct source *source, const struct source_options *options, struct fail *fail);
	int argument; /* argument of open: flags or a socket type */
};

/*
 * Appends a copy of item INDEX to LIST, without the descriptor and the name of that item. Returns 0, or -1 with *FAIL.
 */
int source_add(struct source_list *list, size_t index, struct fail *fail);

/* Sets SOURCE to the inherited descriptor FD. Returns 0, or -1 with *FAIL if FD is not open. */
int source_take(struct source *source, int fd, struct fail *fail);

/*
 * Derives the names of items INDEX and INDEX + 1 from the name of item INDEX: appends FIRST for item INDEX, and SECOND
 * for item INDEX + 1.
 */
int source_name_pair(struct source_list *list, size_t index, const char *first, const char *second, struct fail *fail);

/* file.c */
/*
 * Returns the DESCRIPTOR prefix (such as "tcp-listen:") that is most similar to the LENGTH characters at WORD, or NULL
 * if no prefix is similar.
 */
const char *source_nearest(const char *word, size_t length);

int file_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int file_open(struct source *, const struct source_options *, struct fail *);
int file_truncate(const struct source *, struct fail *);
void file_unmake(const struct source *);

/* process.c */
int process_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int process_fd_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int process_open(struct source *, const struct source_options *, struct fail *);
int process_fd_open(struct source *, const struct source_options *, struct fail *);

/* Returns a pidfd of the process that the source specifies, or -1 with *FAIL. */
int process_get(const struct source *, struct fail *);

/* Sets *FAIL after duplicating a descriptor from the source's process has failed with the errno ERR. Returns -1. */
int process_fd_failed(const struct source *, int err, struct fail *);

/*
 * process_select.c: opens the descriptors that match the selector of list->items[INDEX]. Stores the first descriptor in
 * this item, and adds an item for each further descriptor.
 */
int process_expand(struct source_list *list, size_t index, struct fail *fail);

/* create.c */
int memfd_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int memfd_open(struct source *, const struct source_options *, struct fail *);
int pipe_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int pipe_open(struct source *, const struct source_options *, struct fail *);
int socketpair_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int socketpair_open(struct source *, const struct source_options *, struct fail *);

/* inet.c */
#define PLACE_SIZE (NI_MAXHOST + NI_MAXSERV + 4)
int inet_connect_finish(int fd, int64_t deadline);

/* Writes an IPv4 or IPv6 address and its port to TEXT, as in "127.0.0.1:80" or "[::1]:80". Preserves errno. */
void inet_place(const struct sockaddr *address, socklen_t length, char text[PLACE_SIZE]);
int inet_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int inet_connect(struct source *, const struct source_options *, struct fail *);
int inet_listen(struct source *, const struct source_options *, struct fail *);

/* vsock.c */
int vsock_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int vsock_connect(struct source *, const struct source_options *, struct fail *);
int vsock_listen(struct source *, const struct source_options *, struct fail *);

/* inherited.c */
int number_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int listenfds_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int unix_check(struct source_list *, size_t, const struct source_options *, struct fail *);
int unix_open(struct source *, const struct source_options *, struct fail *);

#endif
