/* SPDX-License-Identifier: ISC */
/*
 * Finds the table row for the type of a control message. Describes the data of a control message if the data is a plain
 * struct.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/message_details.h"
#include "describe/cmsg.h"
#include "describe/sockaddr.h"

const struct cmsg_field cmsg_field_int[1] = { { .text = ": %", .width = 4, .form = FORM_SIGNED } };
const struct cmsg_field cmsg_field_u8[1] = { { .text = ": %", .width = 1, .form = FORM_UNSIGNED } };
const struct cmsg_field cmsg_field_u16[1] = { { .text = ": %", .width = 2, .form = FORM_UNSIGNED } };
const struct cmsg_field cmsg_field_u32[1] = { { .text = ": %", .width = 4, .form = FORM_UNSIGNED } };
const struct cmsg_field cmsg_field_u64[1] = { { .text = ": %", .width = 8, .form = FORM_UNSIGNED } };

/* Levels for which no control message types are known. The level numbers are the same on all architectures. */
const struct cmsg_level cmsg_levels_named[] = {
	{ .level = 58, .family = FAMILY_INET, .name = "SOL_ICMPV6" },
	{ .level = 102, .name = "SOL_CAN_BCM" },
	{ .level = 106, .name = "SOL_CAN_ISOTP" },
	{ .level = 136, .family = FAMILY_INET, .name = "SOL_UDPLITE" },
	{ .level = 255, .family = FAMILY_INET, .name = "SOL_RAW" },
	{ .level = 256, .name = "SOL_IPX" },
	{ .level = 257, .name = "SOL_AX25" },
	{ .level = 258, .name = "SOL_ATALK" },
	{ .level = 259, .name = "SOL_NETROM" },
	{ .level = 260, .name = "SOL_ROSE" },
	{ .level = 261, .name = "SOL_DECNET" },
	{ .level = 262, .name = "SOL_X25" },
	{ .level = 264, .name = "SOL_ATM" },
	{ .level = 265, .name = "SOL_AAL" },
	{ .level = 266, .name = "SOL_IRDA" },
	{ .level = 267, .name = "SOL_NETBEUI" },
	{ .level = 269, .name = "SOL_DCCP" },
	{ .level = 273, .name = "SOL_PPPOL2TP" },
	{ .level = 275, .name = "SOL_PNPIPE" },
	{ .level = 278, .name = "SOL_CAIF" },
	{ .level = 280, .name = "SOL_NFC" },
	{ .level = 281, .name = "SOL_KCM" },
	{ .level = 283, .name = "SOL_XDP" },
	{ .level = 284, .name = "SOL_MPTCP" },
	{ .level = 285, .name = "SOL_MCTP" },
	{ .level = 286, .name = "SOL_SMC" },
	{ .name = NULL },
};

static const struct cmsg_level *const tables[] = { cmsg_levels_socket, cmsg_levels_ip, cmsg_levels_ipv6,
	cmsg_levels_packet, cmsg_levels_other, cmsg_levels_named };

const struct cmsg_level *
cmsg_find_level(int level, int family)
{
	const struct cmsg_level *row;
	size_t i;

	for (i = 0; i < CMSG_COUNT(tables); i++)
		for (row = tables[i]; row->name != NULL; row++)
			if (row->level == level && cmsg_family_fits(row->family, family))
				return row;
	return NULL;
}

const struct cmsg_type *
cmsg_find_type(const struct cmsg_level *level, int type)
{
	size_t i;

	if (level == NULL)
		return NULL;
	for (i = 0; i < level->count; i++)
		if (level->types[i].type == type)
			return &level->types[i];
	return NULL;
}

void
cmsg_item_get(const struct message *message, size_t index, size_t *slot, struct cmsg_item *item)
{
	struct message_item raw;

	message_item(message, index, slot, &raw);
	*item = (struct cmsg_item){ .message = message,
		.type = cmsg_find_type(cmsg_find_level(raw.raw.level, message->domain), raw.raw.type),
		.level = raw.raw.level,
		.type_value = raw.raw.type,
		.data = raw.raw.data,
		.length = raw.raw.length,
		.wanted = raw.wanted,
		.first_slot = raw.first_slot,
		.cut = raw.cut };
}

uint64_t
cmsg_number(const unsigned char *data, size_t width)
{
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;

	switch (width) {
	case sizeof(n64):
		memcpy(&n64, data, sizeof(n64));
		return n64;
	case sizeof(n32):
		memcpy(&n32, data, sizeof(n32));
		return n32;
	case sizeof(n16):
		memcpy(&n16, data, sizeof(n16));
		return n16;
	default:
		return data[0];
	}
}

bool
cmsg_get(const struct cmsg_item *item, size_t offset, size_t width, uint64_t *value)
{
	if (offset > item->length || item->length - offset < width)
		return false;
	*value = cmsg_number(item->data + offset, width);
	return true;
}

static int64_t
signed_number(const unsigned char *data, size_t width)
{
	uint64_t value = cmsg_number(data, width);

	switch (width) {
	case 4:
		return (int32_t)(uint32_t)value;
	case 2:
		return (int16_t)(uint16_t)value;
	case 1:
		return (int8_t)(uint8_t)value;
	default:
		return (int64_t)value;
	}
}

static uint64_t
network_number(const unsigned char *data, size_t width)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < width; i++)
		value = value << 8 | data[i];
	return value;
}

static void
describe_hardware(struct emit *e, const char *key, const char *text, const unsigned char *data, size_t width)
{
	char address[3 * 16];
	size_t i;

	for (i = 0; i < width && i < sizeof(address) / 3; i++)
		(void)snprintf(address + 3 * i, 4, "%02x%s", data[i], i + 1 < width ? ":" : "");
	emit_string(e, key, text, address);
}

static void
describe_field(struct emit *e, const struct cmsg_item *item, const struct cmsg_field *field, const char *key)
{
	char address[INET6_ADDRSTRLEN];
	const unsigned char *data;

	if ((size_t)field->offset + field->width > item->length) {
		emit_null(e, key);
		return;
	}
	data = item->data + field->offset;
	switch ((enum cmsg_form)field->form) {
	case FORM_UNSIGNED:
		emit_u64(e, key, field->text, cmsg_number(data, field->width));
		break;
	case FORM_SIGNED:
		emit_i64(e, key, field->text, signed_number(data, field->width));
		break;
	case FORM_NETWORK:
		emit_u64(e, key, field->text, network_number(data, field->width));
		break;
	case FORM_NAME:
		emit_string(e, key, field->text, name_of(field->names, (int64_t)cmsg_number(data, field->width)));
		break;
	case FORM_INTERFACE:
		emit_string(e, key, field->text,
		    message_details_interface(item->message->details, (uint32_t)cmsg_number(data, field->width)));
		break;
	case FORM_ADDRESS:
		emit_string(e, key, field->text,
		    inet_ntop(field->width == 4 ? AF_INET : AF_INET6, data, address, sizeof(address)));
		break;
	case FORM_HARDWARE:
		describe_hardware(e, key, field->text, data, field->width);
		break;
	}
}

void
cmsg_describe_members(struct emit *e, const struct cmsg_item *item, const struct cmsg_field *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		describe_field(e, item, &fields[i], fields[i].key);
}

void
cmsg_describe_fields(struct emit *e, const struct cmsg_item *item)
{
	const struct cmsg_type *type = item->type;

	if (type->count == 1 && type->fields[0].key == NULL) {
		describe_field(e, item, type->fields, type->key);
		return;
	}
	emit_object(e, type->key, ": ");
	cmsg_describe_members(e, item, type->fields, type->count);
	emit_end(e, NULL);
}

void
cmsg_describe_address(
    struct emit *e, const char *key, const char *text, const struct cmsg_item *item, size_t offset, size_t size)
{
	struct sockaddr_storage address;

	if (offset > item->length || item->length - offset < size || size > sizeof(address)) {
		emit_null(e, key);
		return;
	}
	memset(&address, 0, sizeof(address));
	memcpy(&address, item->data + offset, size);
	if (address.ss_family == AF_UNSPEC)
		emit_null(e, key);
	else
		sockaddr_describe(e, key, text, (const struct sockaddr *)&address, (socklen_t)size);
}

void
cmsg_describe_bytes(struct emit *e, const struct cmsg_item *item)
{
	emit_bytes(e, item->type->key, ": %", item->data, item->length);
}
