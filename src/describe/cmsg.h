/* SPDX-License-Identifier: ISC */
/*
 * Tables of control messages. Each row contains the name of a control message type and specifies how the data of this
 * type is described. To support a new control message type, add a row to the table of its level. If the data of the
 * type is a plain struct, the row only lists the fields of this struct; no code is needed.
 */
#ifndef DESCRIBE_CMSG_H
#define DESCRIBE_CMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emit/emit.h"
#include "inspect/message.h"
#include "describe/names.h"

struct cmsg_type;

/* A control message to describe. */
struct cmsg_item {
	const struct message *message;
	const struct cmsg_type *type; /* NULL: the type is unknown */
	int level, type_value;
	const unsigned char *data; /* the data of the control message, which can be unaligned */
	size_t length, wanted;	   /* number of received data bytes, and number of data bytes according to the header */
	size_t first_slot;	   /* for SCM_RIGHTS: index of the first descriptor, for fdpass_msg_fd() */
	bool cut;		   /* the data was truncated */
};

enum cmsg_form {
	FORM_UNSIGNED,
	FORM_SIGNED,
	FORM_NETWORK,	/* unsigned integer, most significant byte first */
	FORM_NAME,	/* unsigned integer; the description is its name, or null if it has no name */
	FORM_INTERFACE, /* number of a network interface; the description is its name, or null */
	FORM_ADDRESS,	/* an IPv4 or IPv6 address (4 or 16 bytes) */
	FORM_HARDWARE	/* a hardware address */
};

/*
 * A field of the struct in the data of a control message. If the data ends before the end of the field, the field is
 * described as null.
 */
struct cmsg_field {
	const char *key; /* NULL: the data is a single value, and the key of the type is used */
	const char *text;
	uint8_t offset;
	uint8_t width;
	uint8_t form; /* enum cmsg_form */
	const struct names *names;
};

struct cmsg_type {
	int type;
	const char *name;
	const char *key;
	/*
	 * Describes the data. If the type can only be sent, this member is NULL, and only the name of the type is
	 * described.
	 */
	void (*describe)(struct emit *, const struct cmsg_item *);
	const struct cmsg_field *fields; /* the fields that cmsg_describe_fields() describes */
	size_t count;
	/*
	 * If a user could misunderstand the data, writes a note to TEXT and returns true; otherwise returns false. Can
	 * be NULL.
	 */
	bool (*note)(const struct cmsg_item *, char *text, size_t size);
};

/* A level of control messages: its types, and the address family of its sockets (see cmsg_family_fits()). */
struct cmsg_level {
	int level;
	int family;
	const char *name;
	const struct cmsg_type *types;
	size_t count;
};

/* The tables. The last row of each table has no name. */
extern const struct cmsg_level cmsg_levels_socket[]; /* cmsg_socket.c */
extern const struct cmsg_level cmsg_levels_ip[];     /* cmsg_ip.c */
extern const struct cmsg_level cmsg_levels_ipv6[];   /* cmsg_ipv6.c */
extern const struct cmsg_level cmsg_levels_packet[]; /* cmsg_packet.c: link layers and local buses */
extern const struct cmsg_level cmsg_levels_other[];  /* cmsg_other.c */
extern const struct cmsg_level cmsg_levels_named[];  /* cmsg.c: levels without types */

/* Returns the row of the level with number LEVEL for sockets of the address family FAMILY, or NULL. */
const struct cmsg_level *cmsg_find_level(int level, int family);

/* Returns the row of the type with number TYPE in LEVEL. Returns NULL if the type is unknown or LEVEL is NULL. */
const struct cmsg_type *cmsg_find_type(const struct cmsg_level *level, int type);

/*
 * Fills *ITEM with the control message at INDEX. *SLOT must be 0 for the first call. Each call increases *SLOT by the
 * number of descriptors in the control message.
 */
void cmsg_item_get(const struct message *message, size_t index, size_t *slot, struct cmsg_item *item);

/* Returns the number in the WIDTH bytes at DATA, in this machine's byte order. */
uint64_t cmsg_number(const unsigned char *data, size_t width);

/*
 * Stores the number in the WIDTH bytes at OFFSET in *VALUE and returns true. If the data is too short, returns false.
 */
bool cmsg_get(const struct cmsg_item *item, size_t offset, size_t width, uint64_t *value);

/* Describes the data of ITEM according to the fields of its type, as an object or as a single value. */
void cmsg_describe_fields(struct emit *e, const struct cmsg_item *item);

/* Describes the COUNT elements of FIELDS as members of the current object. */
void cmsg_describe_members(struct emit *e, const struct cmsg_item *item, const struct cmsg_field *fields, size_t count);

/*
 * Describes the socket address of SIZE bytes at OFFSET in the data. An incomplete address, or an address without a
 * family, is described as null.
 */
void cmsg_describe_address(
    struct emit *e, const char *key, const char *text, const struct cmsg_item *item, size_t offset, size_t size);

/* Describes the data as arbitrary bytes, with the key of the type. */
void cmsg_describe_bytes(struct emit *e, const struct cmsg_item *item);

/*
 * Describes a struct sock_extended_err. If SIZE is not 0, the structure is followed by the socket address (SIZE bytes)
 * of the host that reported the error (cmsg_error.c).
 */
void cmsg_describe_error(struct emit *e, const struct cmsg_item *item, size_t size);

/* Like cmsg_describe_error() with SIZE 0. */
void cmsg_describe_plain_error(struct emit *e, const struct cmsg_item *item);

/*
 * cmsg_describe_time() describes a timeval or timespec, depending on the type of ITEM. cmsg_describe_timestamping()
 * describes the three timespecs of SCM_TIMESTAMPING (cmsg_time.c).
 */
void cmsg_describe_time(struct emit *e, const struct cmsg_item *item);
void cmsg_describe_timestamping(struct emit *e, const struct cmsg_item *item);

/* These functions describe the options of an IPv4 header, and IPv6 extension headers (cmsg_options.c). */
void cmsg_describe_ip_options(struct emit *e, const struct cmsg_item *item);
void cmsg_describe_ip6_options(struct emit *e, const struct cmsg_item *item);
void cmsg_describe_routing(struct emit *e, const struct cmsg_item *item);

/* Describes netlink attributes by their names, as in SCM_TIMESTAMPING_OPT_STATS (cmsg_nla.c). */
void cmsg_describe_stats(struct emit *e, const struct cmsg_item *item);

#define CMSG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The last members of a table row for a type whose data consists of the fields in ARRAY. */
#define CMSG_FIELDS(array) .describe = cmsg_describe_fields, .fields = (array), .count = CMSG_COUNT(array)

/* The table row of a level, with the types in ARRAY. */
#define CMSG_LEVEL(number, domain, word, array) \
	{ \
		.level = (number), .family = (domain), .name = (word), .types = (array), .count = CMSG_COUNT(array) \
	}

/* Fields for data that is a single value, used by many types. */
extern const struct cmsg_field cmsg_field_int[1], cmsg_field_u8[1], cmsg_field_u16[1], cmsg_field_u32[1],
    cmsg_field_u64[1];

#endif
