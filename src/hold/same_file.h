/* SPDX-License-Identifier: ISC */
/* Compares descriptors: do two refer to the same open file description? */
#ifndef HOLD_SAME_FILE_H
#define HOLD_SAME_FILE_H

#include <stdbool.h>

#include "base/filestat.h"

/*
 * Returns true if A and B, with the statx(2) results A_STAT and B_STAT, are the same open file description; false if
 * they are not, or if the kernel cannot tell.
 */
bool same_open_file(int a, const struct file_stat *a_stat, int b, const struct file_stat *b_stat);

#endif
