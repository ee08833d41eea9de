/* SPDX-License-Identifier: ISC */
/*
 * Places small variables that every run modifies in one section, so that they share few memory pages. The first write
 * to each page causes a page fault, which takes about as long as ten system calls.
 */
#ifndef BASE_HOT_DATA_H
#define BASE_HOT_DATA_H

#define HOT_DATA __attribute__((section(".data.hot")))

#endif
