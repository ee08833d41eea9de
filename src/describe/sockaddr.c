/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "describe/names.h"
#include "describe/sockaddr.h"
#include "describe/sockaddr_parts.h"
#include "describe/text_only.h"

static const char *const number_keys[NUMBERS] = { "port", "scope_id", "interface", "protocol", "cid", "pid", "groups",
	"queue" };

/* Writes the parts of an address as text. */
static void
parts_text(struct emit *e, const struct parts *p, const char *family)
{
	if (p->is_path)
		text_only_bytes(e, "", p->bytes, p->bytes_length);
	else if (p->is_abstract)
		text_only_bytes(e, "@", p->bytes, p->bytes_length);
	else if (p->is_decoded)
		emit_words(e, p->text);
	else
		text_only(e, "%s address of %zu bytes", family != NULL ? family : "unknown", p->length);
}

void
sockaddr_describe(struct emit *e, const char *key, const char *before, const struct sockaddr *sa, socklen_t length)
{
	sockaddr_describe_host(e, key, before, sa, length, false);
}

void
sockaddr_describe_host(
    struct emit *e, const char *key, const char *before, const struct sockaddr *sa, socklen_t length, bool without_port)
{
	struct parts p = { .raw = (const unsigned char *)sa, .length = length };
	const char *family;
	int i;

	if (sa == NULL || length < sizeof(sa->sa_family)) {
		emit_null(e, key);
		return;
	}
	sockaddr_parse(&p, sa->sa_family);
	if (without_port && p.has[PORT]) {
		p.has[PORT] = false;
		(void)strlcpy(p.text, p.host, sizeof(p.text));
	}
	family = name_family(sa->sa_family);
	emit_object(e, key, before);
	if (before != NULL)
		parts_text(e, &p, family);
	emit_string(e, "family", NULL, family);
	emit_u64(e, "family_value", NULL, sa->sa_family);
	emit_bytes(e, "path", NULL, p.is_path ? p.bytes : NULL, p.bytes_length);
	emit_bytes(e, "abstract", NULL, p.is_abstract ? p.bytes : NULL, p.bytes_length);
	emit_string(e, "host", NULL, p.host[0] != '\0' ? p.host : NULL);
	for (i = 0; i < NUMBERS; i++) {
		if (p.has[i])
			emit_u64(e, number_keys[i], NULL, p.number[i]);
		else
			emit_null(e, number_keys[i]);
	}
	emit_string(e, "hardware_address", NULL, p.hardware[0] != '\0' ? p.hardware : NULL);
	emit_hex(e, "hex", NULL, p.raw, p.length);
	emit_string(e, "text", NULL, p.is_decoded && sa->sa_family != AF_UNIX ? p.text : NULL);
	emit_end(e, NULL);
}
