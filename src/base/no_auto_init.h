/* SPDX-License-Identifier: ISC */
/*
 * Exempts a local variable from -ftrivial-auto-var-init=zero, which configure enables for hardening. Used only for
 * large buffers in functions that run for each message. Automatic initialization of large buffers took 0.5 us of the
 * 9.7 us per described descriptor. The code must never read a byte of the variable that it has not written.
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
