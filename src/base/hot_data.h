/* SPDX-License-Identifier: ISC */
/*
 * Groups small variables that every run writes in one section, instead of leaving them scattered among large ones. Each
 * first write to a page costs a page fault, as much as about ten system calls.
 */
#ifndef BASE_HOT_DATA_H
#define BASE_HOT_DATA_H

#define HOT_DATA __attribute__((section(".data.hot")))

#endif
