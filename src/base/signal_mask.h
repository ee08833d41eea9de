/* SPDX-License-Identifier: ISC */
/*
 * Blocks signals, including the real-time signals that the C library reserves for threads. The C library's
 * sigprocmask(2) does not block the reserved signals. fdpass has no threads, and handles the reserved signals like
 * other signals.
 */
#ifndef BASE_SIGNAL_MASK_H
#define BASE_SIGNAL_MASK_H

#include <signal.h>
#include <stddef.h>

/* Blocks all signals except the COUNT signals in EXCEPT, and stores the previous mask in *BEFORE. */
void signal_mask_block(const int *except, size_t count, sigset_t *before);

/* Sets the mask that signal_mask_block() stored. Preserves errno. */
void signal_mask_restore(const sigset_t *before);

#endif
