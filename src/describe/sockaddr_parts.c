/* SPDX-License-Identifier: ISC */
/* Parses socket addresses according to the layouts in the kernel's include/uapi/linux. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/num.h"
#include "describe/names.h"
#include "describe/sockaddr_parts.h"

/*
 * Address families and address structures from the kernel's include/uapi/linux. Some systems do not have these headers.
 */
#define FAMILY_NETLINK	 16
#define FAMILY_PACKET	 17
#define FAMILY_CAN	 29
#define FAMILY_VSOCK	 40
#define FAMILY_QIPCRTR	 42
#define FAMILY_XDP	 44
#define FAMILY_LLC	 26
#define FAMILY_TIPC	 30
#define FAMILY_BLUETOOTH 31
#define FAMILY_IUCV	 32
#define FAMILY_RXRPC	 33
#define FAMILY_PHONET	 35
#define FAMILY_ALG	 38
#define FAMILY_NFC	 39
#define FAMILY_MCTP	 45

static void
set_number(struct parts *p, enum number which, uint64_t value)
{
	p->has[which] = true;
	p->number[which] = value;
}

static void set_text(struct parts *, const char *, ...) __attribute__((format(printf, 2, 3)));

static void
set_text(struct parts *p, const char *format, ...)
{
	va_list ap;

	p->is_decoded = true;
	va_start(ap, format);
	(void)vsnprintf(p->text, sizeof(p->text), format, ap);
	va_end(ap);
}

/*
 * Reads a number at OFFSET in the raw address: raw_native() in this machine's byte order, raw_network() in network byte
 * order.
 */
static uint64_t
raw_native(const struct parts *p, size_t offset, size_t size)
{
	uint16_t n16;
	uint32_t n32;

	if (size == 2) {
		memcpy(&n16, p->raw + offset, sizeof(n16));
		return n16;
	}
	memcpy(&n32, p->raw + offset, sizeof(n32));
	return n32;
}

static uint64_t
raw_network(const struct parts *p, size_t offset)
{
	return (uint64_t)p->raw[offset] << 8 | p->raw[offset + 1];
}

static void
parse_unix(struct parts *p)
{
	size_t start = offsetof(struct sockaddr_un, sun_path);

	p->is_decoded = true;
	if (p->length <= start) {
		(void)snprintf(p->text, sizeof(p->text), "unnamed");
		return;
	}
	p->bytes = (const char *)p->raw + start;
	p->bytes_length = p->length - start;
	if (p->bytes[0] == '\0') {
		p->is_abstract = true;
		p->bytes++;
		p->bytes_length--;
		return;
	}
	p->is_path = true;
	p->bytes_length = strnlen(p->bytes, p->bytes_length);
}

static void
parse_inet(struct parts *p)
{
	struct sockaddr_in sin;

	if (p->length < sizeof(sin))
		return;
	memcpy(&sin, p->raw, sizeof(sin));
	(void)inet_ntop(AF_INET, &sin.sin_addr, p->host, sizeof(p->host));
	set_number(p, PORT, ntohs(sin.sin_port));
	set_text(p, "%s:%u", p->host, (unsigned int)ntohs(sin.sin_port));
}

static void
parse_inet6(struct parts *p)
{
	struct sockaddr_in6 sin6;
	char scope[16] = "";

	if (p->length < sizeof(sin6))
		return;
	memcpy(&sin6, p->raw, sizeof(sin6));
	(void)inet_ntop(AF_INET6, &sin6.sin6_addr, p->host, sizeof(p->host));
	set_number(p, PORT, ntohs(sin6.sin6_port));
	set_number(p, SCOPE_ID, sin6.sin6_scope_id);
	if (sin6.sin6_scope_id != 0)
		(void)snprintf(scope, sizeof(scope), "%%%u", (unsigned int)sin6.sin6_scope_id);
	set_text(p, "[%s%s]:%u", p->host, scope, (unsigned int)ntohs(sin6.sin6_port));
}

/* struct sockaddr_nl: family, pad, port id, groups */
static void
parse_netlink(struct parts *p)
{
	if (p->length < 12)
		return;
	set_number(p, PID, raw_native(p, 4, 4));
	set_number(p, GROUPS, raw_native(p, 8, 4));
	set_text(p, p->number[GROUPS] != 0 ? "netlink port %llu, groups 0x%llx" : "netlink port %llu",
	    (unsigned long long)p->number[PID], (unsigned long long)p->number[GROUPS]);
}

#define INTERFACE_SIZE 32

/*
 * Returns the name of the network interface. The interface number 0 in the address of a packet or CAN socket means all
 * interfaces.
 */
static const char *
interface_text(const struct parts *p, char text[INTERFACE_SIZE])
{
	if (p->number[INTERFACE] == 0)
		return "any interface";
	(void)snprintf(text, INTERFACE_SIZE, "interface %llu", (unsigned long long)p->number[INTERFACE]);
	return text;
}

/* struct sockaddr_ll: family, protocol (network byte order), interface, hardware type, packet type, length, address */
static void
parse_packet(struct parts *p)
{
	size_t i, n, used = 0;
	char number[16], interface[INTERFACE_SIZE];
	const char *protocol;

	if (p->length < 12)
		return;
	set_number(p, PROTOCOL, raw_network(p, 2));
	set_number(p, INTERFACE, raw_native(p, 4, 4));
	n = p->raw[11] > 8 ? 8 : p->raw[11];
	/* cppcheck-suppress knownConditionTrueFalse ; the address of a packet can have any length */
	for (i = 0; i < n && 12 + i < p->length; i++)
		used += (size_t)snprintf(p->hardware + used, sizeof(p->hardware) - used, "%s%02x", i > 0 ? ":" : "",
		    (unsigned int)p->raw[12 + i]);
	protocol = name_of(&names_ethertype, (int64_t)p->number[PROTOCOL]);
	(void)snprintf(number, sizeof(number), "0x%04llx", (unsigned long long)p->number[PROTOCOL]);
	set_text(p, "%s, protocol %s%s%s", interface_text(p, interface), protocol != NULL ? protocol : number,
	    p->hardware[0] != '\0' ? ", hardware address " : "", p->hardware);
}

/* struct sockaddr_vm: family, reserved, port, cid */
static void
parse_vsock(struct parts *p)
{
	char cid[16] = "any", port[16] = "any";

	if (p->length < 12)
		return;
	set_number(p, PORT, raw_native(p, 4, 4));
	set_number(p, CID, raw_native(p, 8, 4));
	if (p->number[PORT] != UINT32_MAX)
		(void)num_write(port, "", p->number[PORT], 10, 1);
	if (p->number[CID] != UINT32_MAX)
		(void)num_write(cid, "", p->number[CID], 10, 1);
	set_text(p, "%s:%s", cid, port);
}

/* struct sockaddr_xdp: family, flags, interface, queue, descriptor of a shared umem */
static void
parse_xdp(struct parts *p)
{
	if (p->length < 12)
		return;
	set_number(p, INTERFACE, raw_native(p, 4, 4));
	set_number(p, QUEUE, raw_native(p, 8, 4));
	set_text(p, "interface %llu, queue %llu", (unsigned long long)p->number[INTERFACE],
	    (unsigned long long)p->number[QUEUE]);
}

/* struct sockaddr_can: family, pad, interface, and protocol data, which is described only as raw bytes */
static void
parse_can(struct parts *p)
{
	char interface[INTERFACE_SIZE];

	if (p->length < 8)
		return;
	set_number(p, INTERFACE, raw_native(p, 4, 4));
	set_text(p, "%s", interface_text(p, interface));
}

/* struct sockaddr_qrtr: family, pad, node, port */
static void
parse_qipcrtr(struct parts *p)
{
	if (p->length < 12)
		return;
	set_number(p, CID, raw_native(p, 4, 4));
	set_number(p, PORT, raw_native(p, 8, 4));
	set_text(p, "node %llu, port %llu", (unsigned long long)p->number[CID], (unsigned long long)p->number[PORT]);
}

/* struct sockaddr_tipc: family, type of address, scope, three numbers */
static void
parse_tipc(struct parts *p)
{
	uint64_t a, b, c;

	if (p->length < 16)
		return;
	a = raw_native(p, 4, 4);
	b = raw_native(p, 8, 4);
	c = raw_native(p, 12, 4);
	if (p->raw[2] == 1)
		set_text(p, "service %llu, instances %llu to %llu", (unsigned long long)a, (unsigned long long)b,
		    (unsigned long long)c);
	else if (p->raw[2] == 2)
		set_text(p, "service %llu, instance %llu", (unsigned long long)a, (unsigned long long)b);
	else if (p->raw[2] == 3)
		set_text(p, "socket %llu on node %llx", (unsigned long long)a, (unsigned long long)b);
}

/*
 * Parses a Bluetooth address. The length of a Bluetooth address structure identifies the protocol: HCI, SCO, RFCOMM or
 * ISO, L2CAP. The bytes of a Bluetooth device address are in reverse order.
 */
static void
parse_bluetooth(struct parts *p)
{
	const unsigned char *a;

	if (p->length == 6) {
		set_text(p, "device %llu, channel %llu", (unsigned long long)raw_native(p, 2, 2),
		    (unsigned long long)raw_native(p, 4, 2));
		return;
	}
	if (p->length != 8 && p->length != 10 && p->length != 14)
		return;
	a = p->raw + (p->length == 14 ? 4 : 2);
	(void)snprintf(
	    p->hardware, sizeof(p->hardware), "%02x:%02x:%02x:%02x:%02x:%02x", a[5], a[4], a[3], a[2], a[1], a[0]);
	set_text(p, "%s", p->hardware);
}

/* struct sockaddr_llc: family, hardware type, test, xid, ua, sap, mac */
static void
parse_llc(struct parts *p)
{
	const unsigned char *a = p->raw + 8;

	if (p->length < 14)
		return;
	(void)snprintf(
	    p->hardware, sizeof(p->hardware), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
	set_text(p, "SAP %u at %s", (unsigned int)p->raw[7], p->hardware);
}

/* struct sockaddr_rxrpc: family, service, type and length of the transport's address, and that address */
static void
parse_rxrpc(struct parts *p)
{
	struct parts transport = { .raw = p->raw + 8, .length = p->length > 8 ? p->length - 8 : 0 };
	sa_family_t family;

	if (p->length < 8 + sizeof(struct sockaddr_in))
		return;
	memcpy(&family, transport.raw, sizeof(family));
	if (family == AF_INET)
		parse_inet(&transport);
	else if (family == AF_INET6)
		parse_inet6(&transport);
	if (!transport.is_decoded)
		return;
	set_text(p, "service %llu on %.200s", (unsigned long long)raw_native(p, 2, 2), transport.text);
}

/* struct sockaddr_alg: family, 14 bytes of type, feat, mask, 64 bytes of name */
static void
parse_alg(struct parts *p)
{
	if (p->length < 25)
		return;
	set_text(p, "%.14s %.*s", (const char *)p->raw + 2, (int)(p->length - 24 > 64 ? 64 : p->length - 24),
	    (const char *)p->raw + 24);
}

/* struct sockaddr_iucv: family, port, address, 8 bytes each of node, user, name */
static void
parse_iucv(struct parts *p)
{
	if (p->length >= 32)
		set_text(p, "%.8s %.8s", (const char *)p->raw + 16, (const char *)p->raw + 24);
}

static void
parse_phonet(struct parts *p)
{
	if (p->length >= 5)
		set_text(p, "device 0x%02x, object 0x%02x, resource 0x%02x", (unsigned int)p->raw[3],
		    (unsigned int)p->raw[2], (unsigned int)p->raw[4]);
}

static void
parse_nfc(struct parts *p)
{
	if (p->length >= 16)
		set_text(p, "device %llu, target %llu, protocol %llu", (unsigned long long)raw_native(p, 4, 4),
		    (unsigned long long)raw_native(p, 8, 4), (unsigned long long)raw_native(p, 12, 4));
}

/* struct sockaddr_mctp: family, pad, network, address, type, tag */
static void
parse_mctp(struct parts *p)
{
	if (p->length >= 11)
		set_text(p, "network %llu, endpoint %u, type %u", (unsigned long long)raw_native(p, 4, 4),
		    (unsigned int)p->raw[8], (unsigned int)p->raw[9]);
}

void
sockaddr_parse(struct parts *p, int family)
{
	static const struct {
		int family;
		void (*parse)(struct parts *);
	} table[] = {
		{ AF_UNIX, parse_unix },
		{ AF_INET, parse_inet },
		{ AF_INET6, parse_inet6 },
		{ FAMILY_NETLINK, parse_netlink },
		{ FAMILY_PACKET, parse_packet },
		{ FAMILY_VSOCK, parse_vsock },
		{ FAMILY_XDP, parse_xdp },
		{ FAMILY_CAN, parse_can },
		{ FAMILY_QIPCRTR, parse_qipcrtr },
		{ FAMILY_TIPC, parse_tipc },
		{ FAMILY_BLUETOOTH, parse_bluetooth },
		{ FAMILY_LLC, parse_llc },
		{ FAMILY_RXRPC, parse_rxrpc },
		{ FAMILY_ALG, parse_alg },
		{ FAMILY_IUCV, parse_iucv },
		{ FAMILY_PHONET, parse_phonet },
		{ FAMILY_NFC, parse_nfc },
		{ FAMILY_MCTP, parse_mctp },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].family == family)
			table[i].parse(p);
	/* Another process has chosen the name, so the name can contain any bytes. */
	for (i = 0; p->text[i] != '\0'; i++)
		if (p->text[i] < ' ' || p->text[i] > '~')
			p->text[i] = '?';
}
