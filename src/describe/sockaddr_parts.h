/* SPDX-License-Identifier: ISC */
/* Parses socket addresses for sockaddr.c. */
#ifndef DESCRIBE_SOCKADDR_PARTS_H
#define DESCRIBE_SOCKADDR_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum number { PORT, SCOPE_ID, INTERFACE, PROTOCOL, CID, PID, GROUPS, QUEUE, NUMBERS };

/* The components that the address of any family can have. A component that is not set is described as null. */
struct parts {
	const unsigned char *raw;
	size_t length;
	bool is_path, is_abstract, is_decoded;
	const char *bytes; /* the path or abstract name */
	size_t bytes_length;
	char host[64];
	char hardware[3 * 8 + 1];
	bool has[NUMBERS];
	uint64_t number[NUMBERS];
	char text[256];
};

/*
 * Parses an address of FAMILY and stores its components in *PARTS. The members raw and length of *PARTS must be set
 * before this call.
 */
void sockaddr_parse(struct parts *parts, int family);

#endif
