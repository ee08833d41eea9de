/* SPDX-License-Identifier: ISC */
/* Whether two descriptors refer to the same open file description. */
#ifndef HOLD_SAME_FILE_H
#define HOLD_SAME_FILE_H

#include <stdbool.h>

#include "base/filestat.h"

/*
 * True if A and B, whose statx(2) are A_STAT and B_STAT, are the same open file description; false if they are not, or if
 * the kernel does not tell.
 */
bool same_open_file(int a, const struct file_stat *a_stat, int b, const struct file_stat *b_stat);

#endif
