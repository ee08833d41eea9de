/* SPDX-License-Identifier: ISC */
/* SIGPIPE is ignored, so that a closed pipe is an error that can be reported. A COMMAND gets the inherited disposition. */
#ifndef BASE_SIGPIPE_H
#define BASE_SIGPIPE_H

void sigpipe_ignore(void);
void sigpipe_restore(void);

#endif
