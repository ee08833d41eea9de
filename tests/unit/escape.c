/* SPDX-License-Identifier: ISC */
/*
 * Tests of base/escape.c: encoding in hexadecimal, base64, JSON and vis(3) must be reversible for arbitrary bytes, and
 * must not produce control characters.
 */
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#define LIBBSD_OPENBSD_VIS
#include <vis.h>

#include "base/escape.h"

#include "tap.h"

#define ROOM 65536

static char room[ROOM];
static struct outbuf out;

static void
begin(void)
{
	outbuf_init(&out, -1, room, sizeof(room));
}

/* Returns the output as a string. */
static const char *
written(void)
{
	room[out.used] = '\0';
	return room;
}

/*
 * --- a simple UTF-8 validator for comparison: decodes a character, encodes it in the only valid way, and compares the
 * bytes
 */

static size_t
encode(uint32_t c, unsigned char *to)
{
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (unsigned char)(0xc0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (unsigned char)(0xe0 | c >> 12);
		to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (unsigned char)(0xf0 | c >> 18);
	to[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

/*
 * Returns the code point at P, decoded from at most LENGTH bytes, or -1 if the bytes are invalid. Sets *TAKEN to the
 * number of bytes decoded.
 */
static int32_t
decode(const unsigned char *p, size_t length, size_t *taken)
{
	unsigned char again[4];
	uint32_t c;
	size_t n, i;

	n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	if (n == 0 || n > length)
		return -1;
	c = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || encode(c, again) != n || memcmp(again, p, n) != 0)
		return -1;
	*taken = n;
	return (int32_t)c;
}

static bool
is_utf8(const unsigned char *p, size_t length)
{
	size_t n;

	for (; length > 0; p += n, length -= n)
		if (decode(p, length, &n) == -1)
			return false;
	return true;
}

/* Tests every sequence of up to three bytes, and sequences of four bytes with boundary values. */
static void
test_utf8_sequences(void)
{
	unsigned char b[4];
	uint32_t n, wrong[5] = { 0 };

	for (n = 0; n < 1U << 24; n++) {
		b[0] = (unsigned char)(n >> 16);
		b[1] = (unsigned char)(n >> 8);
		b[2] = (unsigned char)n;
		wrong[3] += b[0] >= 0x80 && escape_is_utf8(b, 3) != is_utf8(b, 3);
		if (b[2] == 0)
			wrong[2] += escape_is_utf8(b, 2) != is_utf8(b, 2);
		if (b[1] == 0 && b[2] == 0)
			wrong[1] += escape_is_utf8(b, 1) != is_utf8(b, 1);
	}
	is_int(wrong[1], 0, "every single byte is correctly classified as valid or invalid UTF-8");
	is_int(wrong[2], 0, "every sequence of two bytes is correctly classified as valid or invalid UTF-8");
	is_int(wrong[3], 0, "every sequence of three bytes is correctly classified as valid or invalid UTF-8");
	for (n = 0; n < 1U << 24; n++) {
		static const unsigned char last[] = { 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff };

		b[0] = (unsigned char)(0xef + (n >> 20 & 7));
		b[1] = (unsigned char)(n >> 12);
		b[2] = last[(n >> 8 & 15) % 6];
		b[3] = last[(n & 255) % 6];
		wrong[4] += escape_is_utf8(b, 4) != is_utf8(b, 4);
	}
	is_int(
	    wrong[4], 0, "sequences of four bytes with boundary values are correctly classified as valid or invalid");
	ok(escape_is_utf8("", 0), "an empty string is valid UTF-8");
}

/*
 * Tests an invalid byte at each position of a text. The text is long enough that escape_is_utf8() reads entire machine
 * words.
 */
static void
test_utf8_places(void)
{
	char text[41];
	int i, j, wrong = 0;

	for (i = 0; i < 40; i++)
		for (j = i; j <= 40; j++) {
			memset(text, 'x', sizeof(text));
			text[i] = (char)0x80;
			wrong += escape_is_utf8(text, (size_t)j) != (j <= i);
			memset(text, 'x', sizeof(text));
			memcpy(text + i, "\xc3\xa9", i < 40 ? 2 : 0);
			wrong += escape_is_utf8(text, (size_t)j) == (j == i + 1);
		}
	is_int(wrong, 0, "an invalid byte or truncated character is detected at every position");
}

/* Returns true for characters that a terminal interprets or does not show visibly. */
static bool
is_obeyed(int32_t c)
{
	static const int32_t unseen[] = { 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x200b, 0x200e,
		0x200f, 0x2800, 0x3164, 0xfeff, 0xffa0 };
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c == unseen[i])
			return true;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    (c >= 0xfff9 && c <= 0xfffb) || (c >= 0x1bca0 && c <= 0x1bca3) || (c >= 0x1d173 && c <= 0x1d17a) ||
	    (c >= 0xe0000 && c <= 0xe0fff) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

/* --- JSON: parsed according to RFC 8259 */

static int32_t
json_character(const char **p)
{
	static const char letters[] = "b\bf\fn\nr\rt\t\"\"\\\\//";
	const char *found;
	char digits[5] = "";
	size_t n;
	int32_t c;

	if (**p != '\\') {
		c = decode((const unsigned char *)*p, strlen(*p), &n);
		*p += n;
		return c < 0x20 || c == '"' ? -1 : c;
	}
	if ((*p)[1] == 'u') {
		memcpy(digits, *p + 2, 4);
		*p += 6;
		c = (int32_t)strtol(digits, NULL, 16);
		if (c < 0xd800 || c > 0xdbff || (*p)[0] != '\\' || (*p)[1] != 'u')
			return c;
		memcpy(digits, *p + 2, 4);
		*p += 6;
		return 0x10000 + ((c - 0xd800) << 10) + ((int32_t)strtol(digits, NULL, 16) - 0xdc00);
	}
	found = strchr(letters, (*p)[1]);
	*p += 2;
	return found != NULL ? found[1] : -1;
}

static void
test_json_characters(void)
{
	unsigned char bytes[4];
	int wrong = 0, raw = 0, longer = 0;
	const char *p;
	int32_t c;
	size_t n;

	for (c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		n = encode((uint32_t)c, bytes);
		begin();
		escape_json(&out, bytes, n);
		p = written();
		wrong += json_character(&p) != c || *p != '\0';
		raw += is_obeyed(c) && out.used == n;
		longer += !is_obeyed(c) && c != '"' && c != '\\' && out.used != n;
	}
	is_int(wrong, 0, "every Unicode character can be recovered from JSON");
	is_int(raw, 0, "every control character is escaped in JSON");
	is_int(longer, 0, "no printable character is escaped in JSON");
}

/*
 * escape_json() requires valid UTF-8. For invalid input, the encoder must not read past the end of the input or leave a
 * quotation mark unescaped.
 */
static void
test_json_bytes(void)
{
	int wrong = 0, i;
	unsigned char b;

	for (i = 0; i < 256; i++) {
		b = (unsigned char)i;
		begin();
		escape_json(&out, &b, 1);
		wrong += out.used == 0 || memchr(room, '"', out.used) == room || (i < 0x20 && room[0] != '\\');
	}
	is_int(wrong, 0, "no single byte terminates a JSON string");
	begin();
	escape_json(&out, "a\"b\\c\n\t\x01\x7f\xe2\x80\xa8z", 13);
	is_str(written(), "a\\\"b\\\\c\\n\\t\\u0001\\u007f\\u2028z",
	    "a text with quotes, control characters and U+2028 is escaped");
}

/*
 * Tests each ASCII character at each position of a text. The text is long enough that escape_json() reads entire
 * machine words.
 */
static void
test_json_words(void)
{
	static const char fillers[] = " !#[]~a";
	char text[17] = "", expected[64], one[8];
	int wrong = 0, c;
	size_t place, filler, length;

	for (filler = 0; fillers[filler] != '\0'; filler++)
		for (place = 0; place < 16; place++)
			for (c = 0; c < 128; c++) {
				begin();
				one[0] = (char)c;
				escape_json(&out, one, 1);
				length = out.used;
				memset(expected, fillers[filler], sizeof(expected));
				memcpy(expected + place, written(), length);
				memset(text, fillers[filler], 16);
				text[place] = (char)c;
				begin();
				escape_json(&out, text, 16);
				wrong += out.used != 15 + length || memcmp(room, expected, out.used) != 0;
			}
	is_int(wrong, 0, "a character is escaped in the same way alone and in a long text");
}

/* --- vis(3): decoded by unvis(3) */

static bool
is_clean(const char *text, size_t length, bool ascii)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 0;
	int32_t c;

	for (; length > 0; p += n, length -= n) {
		c = decode(p, length, &n);
		if (c == -1 || is_obeyed(c) || (ascii && c >= 0x80))
			return false;
	}
	return true;
}

static bool
survives(const unsigned char *bytes, size_t length, bool ascii)
{
	static char back[ROOM];

	begin();
	escape_vis(&out, bytes, length);
	return is_clean(written(), out.used, ascii) && strunvis(back, room) == (int)length &&
	    memcmp(back, bytes, length) == 0;
}

static unsigned int seed = 1;

static unsigned char
any_byte(void)
{
	seed = seed * 1103515245 + 12345;
	return (unsigned char)(seed >> 16);
}

static void
test_vis(const char *where, bool ascii)
{
	unsigned char b[1600];
	int wrong = 0, i, n;
	size_t length;

	for (i = 0; i < 256 * 256 * 8; i++) {
		static const unsigned char third[] = { '0', '7', 'x', '\\', 0x80, 0xa8, '\n', 0 };

		b[0] = (unsigned char)(i >> 8);
		b[1] = (unsigned char)i;
		b[2] = third[i >> 16];
		wrong += !survives(b, 3, ascii);
	}
	is_int(wrong, 0,
	    "%s: unvis(3) restores any three bytes from vis(3), whose output is one line without control characters",
	    where);
	wrong = 0;
	for (n = 0; n < 2000; n++) {
		length = (size_t)(any_byte() << 8 | any_byte()) % sizeof(b);
		for (i = 0; i < (int)length; i++)
			b[i] = any_byte();
		wrong += !survives(b, length, ascii);
	}
	is_int(wrong, 0, "%s: unvis(3) restores long random data from vis(3)", where);
	wrong = 0;
	for (i = 1; i <= 0x10ffff; i++)
		if (i < 0xd800 || i > 0xdfff)
			wrong += !survives(b, encode((uint32_t)i, b), ascii);
	is_int(wrong, 0, "%s: unvis(3) restores every Unicode character from vis(3)", where);
}

static void
test_vis_string(void)
{
	static const unsigned char text[] = "a\"\\\n\0001\x1b\xff\xc3\xa9\xe2\x80\xa8z";
	size_t length = sizeof(text) - 1, size, i;
	char whole[128], cut[129], back[128];
	int wrong = 0, parts = 0, n;

	escape_vis_string(whole, sizeof(whole), text, length);
	begin();
	escape_vis(&out, text, length);
	is_str(whole, written(), "escape_vis_string() produces the same text as escape_vis()");
	for (size = 0; size < sizeof(whole); size++) {
		memset(cut, '#', sizeof(cut));
		escape_vis_string(cut, size, text, length);
		for (i = size; i < sizeof(cut); i++)
			wrong += cut[i] != '#';
		if (size == 0)
			continue;
		wrong += memchr(cut, '\0', size) == NULL || strncmp(cut, whole, strlen(cut)) != 0;
		n = strunvis(back, cut);
		parts += n < 0 || memcmp(back, text, (size_t)n) != 0;
	}
	is_int(wrong, 0,
	    "escape_vis_string() truncates a text to a NUL-terminated prefix that does not exceed its buffer");
	is_int(parts, 0, "escape_vis_string() splits no escape sequence when it truncates a text");
}

/* --- hexadecimal and base64 */

static void
test_plain_forms(void)
{
	static const char *const base64[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "//79" },
		{ "\xfb\xf0", "+/A=" } };
	unsigned char all[256];
	char digits[513];
	size_t i;

	for (i = 0; i < sizeof(base64) / sizeof(base64[0]); i++) {
		begin();
		escape_base64(&out, base64[i][0], strlen(base64[i][0]));
		is_str(written(), base64[i][1], "%zu bytes are encoded in base64 as in RFC 4648, section 10",
		    strlen(base64[i][0]));
	}
	for (i = 0; i < 256; i++) {
		all[i] = (unsigned char)i;
		snprintf(digits + 2 * i, 3, "%02x", (unsigned int)i);
	}
	begin();
	escape_hex(&out, all, 256);
	is_str(written(), digits, "every byte is written as two hexadecimal digits");
	begin();
	escape_hex(&out, all, 0);
	is_int(out.used, 0, "zero bytes produce no hexadecimal output");
}

int
main(void)
{
	test_utf8_sequences();
	test_utf8_places();
	test_json_characters();
	test_json_bytes();
	test_json_words();
	test_vis("C", true);
	if (setlocale(LC_CTYPE, "C.UTF-8") != NULL)
		test_vis("C.UTF-8", false);
	else
		skip("the locale C.UTF-8 is not available", "vis(3) in another locale");
	test_vis_string();
	test_plain_forms();
	return tap_done();
}
