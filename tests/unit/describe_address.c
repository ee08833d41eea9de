/* SPDX-License-Identifier: ISC */
/*
 * Tests of descriptions of socket addresses. The tests cover every family, complete and truncated addresses, and
 * families for which no test can create a socket.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/outbuf.h"
#include "describe/sockaddr.h"
#include "render/render.h"
#include "tap.h"

static char description[8192];

static void
describe(bool as_json, const void *address, size_t length)
{
	_Alignas(16) unsigned char bytes[sizeof(struct sockaddr_storage)];
	const struct sockaddr *sa = (const struct sockaddr *)(const void *)bytes;
	struct json json;
	struct text text;
	struct outbuf out;
	struct emit *e;

	memcpy(bytes, address, length);
	outbuf_init(&out, -1, description, sizeof(description) - 1);
	if (as_json) {
		json_init(&json, &out);
		e = &json.emit;
	} else {
		text_init(&text, &out, false);
		e = &text.emit;
	}
	emit_object(e, NULL, NULL);
	sockaddr_describe(e, "address", "at ", sa, (socklen_t)length);
	emit_end(e, NULL);
	description[out.used] = '\0';
}

/* Checks that the description of the LENGTH bytes at ADDRESS contains WORDS in text and MEMBERS in JSON. */
static void
is_described(const void *address, size_t length, const char *words, const char *members)
{
	describe(false, address, length);
	if (!ok(strstr(description, words) != NULL, "text contains %s", words))
		diag("described as %s", description);
	describe(true, address, length);
	if (!ok(strstr(description, members) != NULL, "JSON contains %s", members))
		diag("described as %s", description);
}

/*
 * Checks an address that consists of the family and, at offset 4, two 32-bit numbers. Several families use this layout.
 */
static void
is_described_pair(uint16_t family, uint32_t first, uint32_t second, const char *words, const char *members)
{
	unsigned char raw[16] = { 0 };

	memcpy(raw, &family, sizeof(family));
	memcpy(raw + 4, &first, sizeof(first));
	memcpy(raw + 8, &second, sizeof(second));
	is_described(raw, sizeof(raw), words, members);
}

static void
test_inet(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(258) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(258), .sin6_scope_id = 7 };

	sin.sin_addr.s_addr = htonl(0x7f000001);
	is_described(&sin, sizeof(sin), "at 127.0.0.1:258", "\"host\":\"127.0.0.1\",\"port\":258");
	is_described(&sin, sizeof(sin) - 1, "AF_INET address of 15 bytes", "\"host\":null,\"port\":null");
	sin6.sin6_addr.s6_addr[15] = 1;
	is_described(&sin6, sizeof(sin6), "at [::1%7]:258", "\"host\":\"::1\",\"port\":258,\"scope_id\":7");
	sin6.sin6_scope_id = 0;
	is_described(&sin6, sizeof(sin6), "at [::1]:258", "\"scope_id\":0");
	is_described(&sin6, sizeof(sin6) - 1, "AF_INET6 address of 27 bytes", "\"host\":null");
}

static void
test_unix(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "/x" };
	size_t start = offsetof(struct sockaddr_un, sun_path);

	is_described(&sun, start, "at unnamed", "\"path\":null");
	is_described(&sun, start + 3, "at \"/x\"", "\"path\":\"/x\"");
	memcpy(sun.sun_path, "\0ab", 3);
	is_described(&sun, start + 3, "at @\"ab\"", "\"abstract\":\"ab\"");
}

static void
test_packet(void)
{
	unsigned char raw[20] = { 0 };
	uint16_t family = 17;
	uint32_t interface = 3;

	memcpy(raw, &family, sizeof(family));
	raw[2] = 0x08;
	memcpy(raw + 4, &interface, sizeof(interface));
	is_described(raw, 12, "interface 3, protocol ETH_P_IP", "\"hardware_address\":null");
	raw[11] = 200;
	memcpy(raw + 12, "\x02\x00\x5e\x10\x00\xff\x01\x02", 8);
	is_described(raw, 18, "hardware address 02:00:5e:10:00:ff", "\"hardware_address\":\"02:00:5e:10:00:ff\"");
	is_described(raw, 20, "02:00:5e:10:00:ff:01:02", "\"interface\":3");
	is_described(raw, 11, "AF_PACKET address of 11 bytes", "\"interface\":null");
}

/* An address that is shorter than its family requires must be shown as raw bytes. */
static void
test_short(void)
{
	static const struct {
		uint16_t family;
		const char *words;
	} families[] = {
		{ 16, "AF_NETLINK address of 7 bytes" },
		{ 29, "AF_CAN address of 7 bytes" },
		{ 40, "AF_VSOCK address of 7 bytes" },
		{ 42, "AF_QIPCRTR address of 7 bytes" },
		{ 44, "AF_XDP address of 7 bytes" },
		{ 999, "unknown address of 7 bytes" },
	};
	unsigned char raw[7] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		memcpy(raw, &families[i].family, sizeof(families[i].family));
		is_described(raw, sizeof(raw), families[i].words, "0000000000\"");
	}
	is_described(raw, 1, "", "\"address\":null");
}

static void
test_others(void)
{
	unsigned char raw[88] = { 0 };
	uint16_t family = 30;

	memcpy(raw, &family, sizeof(family));
	raw[2] = 2;
	memcpy(raw + 4, &(uint32_t){ 18888 }, 4);
	memcpy(raw + 8, &(uint32_t){ 17 }, 4);
	is_described(raw, 16, "service 18888, instance 17", "\"text\":\"service 18888, instance 17\"");
	family = 31;
	memset(raw, 0, sizeof(raw));
	memcpy(raw, &family, sizeof(family));
	memcpy(raw + 2, "\x06\x05\x04\x03\x02\x01\x07", 7);
	is_described(raw, 10, "at 01:02:03:04:05:06", "\"hardware_address\":\"01:02:03:04:05:06\"");
	family = 26;
	memset(raw, 0, sizeof(raw));
	memcpy(raw, &family, sizeof(family));
	memcpy(raw + 7, "\x04\x01\x02\x03\x04\x05\x06", 7);
	is_described(raw, 14, "at SAP 4 at 01:02:03:04:05:06", "\"hardware_address\":\"01:02:03:04:05:06\"");
	family = 38;
	memset(raw, 0, sizeof(raw));
	memcpy(raw, &family, sizeof(family));
	memcpy(raw + 2, "hash", 4);
	memcpy(raw + 24, "sha256\033", 7);
	is_described(raw, 88, "at hash sha256?", "\"family\":\"AF_ALG\"");
}

/*
 * Checks the shortest address of each family. Each word consists of equal bytes, so that its value is the same in both
 * byte orders: the bytes 2 and 3 are "AA", the following 32-bit words are "BBBB", "CCCC" and so on. TYPE is stored at
 * offset AT.
 */
static void
test_shortest(void)
{
	static const struct {
		uint16_t family;
		size_t length, at;
		uint16_t type;
		const char *words;
	} rows[] = {
		{ 16, 12, 0, 0, "netlink port 1111638594, groups 0x43434343" },
		{ 17, 12, 0, 0, "interface 1111638594, protocol 0x4141" },
		{ 26, 14, 0, 0, "SAP 66 at 43:43:43:43:44:44" },
		{ 29, 8, 0, 0, "interface 1111638594" },
		{ 30, 16, 2, 0x0101, "service 1111638594, instances 1128481603 to 1145324612" },
		{ 30, 16, 2, 0x0202, "service 1111638594, instance 1128481603" },
		{ 30, 16, 2, 0x0303, "socket 1111638594 on node 43434343" },
		{ 31, 6, 0, 0, "device 16705, channel 16962" },
		{ 31, 8, 0, 0, "42:42:42:42:41:41" },
		{ 31, 10, 0, 0, "42:42:42:42:41:41" },
		{ 31, 14, 0, 0, "43:43:42:42:42:42" },
		{ 32, 32, 0, 0, "EEEEFFFF GGGGHHHH" },
		{ 33, 24, 8, AF_INET, "service 16705 on 68.68.68.68:17219" },
		{ 33, 36, 8, AF_INET6, "service 16705 on [4545:4545:4646:4646:4747:4747:4848:4848%1229539657]:17219" },
		{ 35, 5, 2, 0x2121, "device 0x21, object 0x21, resource 0x42" },
		{ 38, 25, 0, 0, "AABBBBCCCCDDDD G" },
		{ 38, 60, 0, 0, "AABBBBCCCCDDDD GGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOO" },
		{ 38, 88, 0, 0, "AABBBBCCCCDDDD GGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOOPPPPQQQQRRRRSSSSTTTTUUUUVVVV" },
		{ 38, 92, 0, 0, "AABBBBCCCCDDDD GGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOOPPPPQQQQRRRRSSSSTTTTUUUUVVVV" },
		{ 39, 16, 0, 0, "device 1111638594, target 1128481603, protocol 1145324612" },
		{ 40, 12, 0, 0, "1128481603:1111638594" },
		{ 42, 12, 0, 0, "node 1111638594, port 1128481603" },
		{ 44, 12, 0, 0, "interface 1111638594, queue 1128481603" },
		{ 45, 11, 0, 0, "network 1111638594, endpoint 67, type 67" },
	};
	unsigned char raw[92];
	char words[160];
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (j = 0; j < sizeof(raw); j++)
			raw[j] = (unsigned char)('A' + j / 4);
		memcpy(raw, &rows[i].family, sizeof(rows[i].family));
		if (rows[i].at != 0)
			memcpy(raw + rows[i].at, &rows[i].type, sizeof(rows[i].type));
		(void)snprintf(words, sizeof(words), "\"text\":\"%s\"", rows[i].words);
		is_described(raw, rows[i].length, rows[i].words, words);
		if (rows[i].family == 38 && rows[i].length > 25)
			continue;
		(void)snprintf(words, sizeof(words), " address of %zu bytes", rows[i].length - 1);
		is_described(raw, rows[i].length - 1, words, "\"text\":null");
	}
	memset(raw, 0, sizeof(raw));
	raw[htons(1) == 1 ? 1 : 0] = 29;
	is_described(raw, 8, "at any interface", "\"interface\":0");
}

int
main(void)
{
	test_inet();
	test_unix();
	test_packet();
	is_described_pair(16, 77, 0x11, "netlink port 77, groups 0x11", "\"pid\":77,\"groups\":17");
	is_described_pair(16, 1, 1, "netlink port 1, groups 0x1", "\"pid\":1,\"groups\":1");
	is_described_pair(16, 1, 0, "netlink port 1", "\"pid\":1,\"groups\":0");
	is_described_pair(29, 5, 0, "at interface 5", "\"interface\":5");
	is_described_pair(40, 1024, 3, "at 3:1024", "\"port\":1024");
	is_described_pair(40, UINT32_MAX, UINT32_MAX, "at any:any", "\"cid\":4294967295");
	is_described_pair(42, 9, 10, "node 9, port 10", "\"cid\":9");
	test_others();
	is_described_pair(44, 2, 4, "interface 2, queue 4", "\"queue\":4");
	test_short();
	test_shortest();
	return tap_done();
}
