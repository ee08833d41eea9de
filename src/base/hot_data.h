/* SPDX-License-Identifier: ISC */
/*
 * Groups small variables that every run writes in one section, instead of scattering them among large ones. The first
 * write to each page costs a page fault, about as much as ten system calls.
 */
#ifndef BASE_HOT_DATA_H
#define BASE_HOT_DATA_H

#define HOT_DATA __attribute__((section(".data.hot")))

#endif
