/* SPDX-License-Identifier: ISC */
/*
 * Variables of a function are filled with zeros by the compiler (configure's hardening), so that a mistake would show no
 * old memory. For large ones that every message has, and of which little is used, that takes longer than all the rest:
 * these are marked. Whoever marks one sees to it that nothing is read of it that was not written.
 */
#ifndef BASE_UNFILLED_H
#define BASE_UNFILLED_H

#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define UNFILLED __attribute__((uninitialized))
#endif
#endif
#ifndef UNFILLED
#define UNFILLED
#endif

#endif
