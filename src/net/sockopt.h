/* SPDX-License-Identifier: ISC */
/*
 * Parses and sets socket options, which are specified as LEVEL:NAME[=VALUE]. LEVEL and NAME are names of constants
 * (SOL_SOCKET:SO_RCVMARK; SOL_IP and IPPROTO_IP are equivalent) or numbers. If VALUE is omitted, an int option is set
 * to 1. VALUE is
 *
 *   a number     decimal, or hexadecimal after 0x: an int
 *   NAME|NAME    for options whose value is a set of flags, such as SO_TIMESTAMPING=SOFTWARE|RX_SOFTWARE
 *   a string     for options whose value is a string, such as SO_BINDTODEVICE=eth0
 *   seconds      with a fraction, for SO_RCVTIMEO and SO_SNDTIMEO; whole, or "off", for SO_LINGER
 *   text:…       exactly these bytes, for any option
 *   hex:…        these bytes, given in hexadecimal, for any option
 */
#ifndef NET_SOCKOPT_H
#define NET_SOCKOPT_H

#include <sys/socket.h>

#include "base/fail.h"

#define SOCKOPT_VALUE_SIZE 256

struct sockopt {
	int level, name;
	socklen_t length;
	unsigned char value[SOCKOPT_VALUE_SIZE];
	char text[128]; /* the option as the user wrote it, for messages */
};

/* Parses TEXT. Returns 0 and fills *OPTION, or -1 with *FAIL. */
int sockopt_parse(const char *text, struct sockopt *option, struct fail *fail);

/* Sets OPTION on FD. Returns 0, or -1 with *FAIL. */
int sockopt_apply(int fd, const struct sockopt *option, struct fail *fail);

#endif
