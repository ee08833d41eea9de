/* SPDX-License-Identifier: ISC */
/*
 * Variables of a function are filled with zeros by the compiler (configure's hardening), so that a mistake would show no
 * old memory. For large ones that every message has, and of which little is used, that takes longer than all the rest:
 * these are marked. Whoever marks one sees to it that nothing is read of it that was not written.
 */
#ifndef BASE_NO_AUTO_INIT_H
#define BASE_NO_AUTO_INIT_H

#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define NO_AUTO_INIT __attribute__((uninitialized))
#endif
#endif
#ifndef NO_AUTO_INIT
#define NO_AUTO_INIT
#endif

#endif
