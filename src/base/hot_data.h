/* SPDX-License-Identifier: ISC */
/*
 * Small variables that every run touches lie together, in a page that is touched anyway, instead of scattered among large
 * ones that are not: the kernel makes a page at the first touch, and that costs as much as ten system calls.
 */
#ifndef BASE_HOT_DATA_H
#define BASE_HOT_DATA_H

#define HOT_DATA __attribute__((section(".data.hot")))

#endif
