/* SPDX-License-Identifier: ISC */
/* Checks whether two descriptors refer to the same open file description. */
#ifndef HOLD_SAME_FILE_H
#define HOLD_SAME_FILE_H

#include <stdbool.h>

#include "base/filestat.h"

/*
 * Returns true if A and B refer to the same open file description. A_STAT and B_STAT are the statx(2) results of A and
 * B. Returns false if the open file descriptions differ, or if the kernel cannot compare them.
 */
bool same_open_file(int a, const struct file_stat *a_stat, int b, const struct file_stat *b_stat);

#endif
