/* SPDX-License-Identifier: ISC */
/*
 * Small variables that every run touches lie together, in a page that is touched anyway, instead of scattered among large
 * ones that are not: the kernel makes a page at the first touch, and that costs as much as ten system calls.
 */
#ifndef BASE_TOGETHER_H
#define BASE_TOGETHER_H

#define TOGETHER __attribute__((section(".data.together")))

#endif
