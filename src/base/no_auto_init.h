/* SPDX-License-Identifier: ISC */
/*
 * Exempts a local variable from -ftrivial-auto-var-init=zero, which configure enables for hardening. Used only for
 * large buffers in functions that run for each message. Automatic initialization of these buffers took 0.5 us of the
 * 9.7 us that describing a descriptor takes. The code must write each byte of the variable before it reads this byte.
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
