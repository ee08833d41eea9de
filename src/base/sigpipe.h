/* SPDX-License-Identifier: ISC */
/* SIGPIPE: ignored here, so that a reader who has gone is an error that can be told; a command gets it as it was. */
#ifndef BASE_SIGPIPE_H
#define BASE_SIGPIPE_H

void sigpipe_ignore(void);
void sigpipe_restore(void);

#endif
