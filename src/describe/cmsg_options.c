/* SPDX-License-Identifier: ISC */
/*
 * Describes the options of an IPv4 header, and IPv6 extension headers. IPv4 options and IPv6 extension headers contain
 * a sequence of options, each with a type, a length and a value.
 */
#include "describe/cmsg.h"

#define EXTENSION_HEADER 2
#define ROUTING_HEADER	 4

static void
describe_option(struct emit *e, const struct names *names, unsigned int type, const unsigned char *value, size_t length)
{
	const char *name = name_of(names, type);

	emit_object(e, NULL, NULL);
	emit_string(e, "option", "%", name);
	emit_u64(e, "option_value", name == NULL ? "option %" : NULL, type);
	emit_hex(e, "hex", length > 0 ? " %" : NULL, value, length);
	emit_end(e, NULL);
}

void
cmsg_describe_ip_options(struct emit *e, const struct cmsg_item *item)
{
	const unsigned char *data = item->data;
	size_t at = 0, length;

	emit_array(e, item->type->key, ": ", ", ");
	while (at < item->length && data[at] != 0) {
		length = 1;
		if (data[at] != 1) {
			if (item->length - at < 2 || data[at + 1] < 2 || data[at + 1] > item->length - at)
				break;
			length = data[at + 1];
		}
		describe_option(
		    e, &names_ip_option, data[at], data + at + (length > 1 ? 2 : 1), length > 1 ? length - 2 : 0);
		at += length;
	}
	emit_end(e, NULL);
}

static const struct cmsg_field extension_fields[] = {
	{ .key = "next_header",
	    .text = "before %",
	    .offset = 0,
	    .width = 1,
	    .form = FORM_NAME,
	    .names = &names_ipproto },
	{ .key = "next_header_value", .offset = 0, .width = 1 },
};

static const struct cmsg_field routing_fields[] = {
	{ .key = "routing_type", .text = ", type %", .offset = 2, .width = 1 },
	{ .key = "segments_left", .text = ", % segments left", .offset = 3, .width = 1 },
};

static void
describe_extension(struct emit *e, const struct cmsg_item *item)
{
	emit_object(e, item->type->key, ": ");
	cmsg_describe_members(e, item, extension_fields, CMSG_COUNT(extension_fields));
	if (item->length >= EXTENSION_HEADER)
		emit_u64(e, "header_length", ", % bytes", ((uint64_t)item->data[1] + 1) * 8);
	else
		emit_null(e, "header_length");
}

void
cmsg_describe_ip6_options(struct emit *e, const struct cmsg_item *item)
{
	const unsigned char *data = item->data;
	size_t at = EXTENSION_HEADER, length;

	describe_extension(e, item);
	emit_array(e, "options", ", ", ", ");
	while (at < item->length) {
		length = 0;
		if (data[at] != 0) {
			if (item->length - at < 2 || data[at + 1] > item->length - at - 2)
				break;
			length = data[at + 1];
		}
		describe_option(e, &names_ip6_option, data[at], length > 0 ? data + at + 2 : data + at, length);
		at += data[at] != 0 ? length + 2 : 1;
	}
	emit_end(e, NULL);
	emit_end(e, NULL);
}

void
cmsg_describe_routing(struct emit *e, const struct cmsg_item *item)
{
	describe_extension(e, item);
	cmsg_describe_members(e, item, routing_fields, CMSG_COUNT(routing_fields));
	if (item->length > ROUTING_HEADER)
		emit_hex(e, "addresses", ", %", item->data + ROUTING_HEADER, item->length - ROUTING_HEADER);
	else
		emit_null(e, "addresses");
	emit_end(e, NULL);
}
