/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * The order of strnvis()'s arguments differs between libbsd and OpenBSD; this macro selects OpenBSD's order. This file
 * calls only strnvisx(), whose arguments have the same order in libbsd and OpenBSD.
 */
#define LIBBSD_OPENBSD_VIS
#include <vis.h>

#include "base/escape.h"

#define VIS_FLAGS (VIS_CSTYLE | VIS_TAB | VIS_NL | VIS_DQ)

/* number of bytes that are converted to hexadecimal in one step */
#define CHUNK 512

/*
 * The maximum size of one escaped character. vis(3) writes at most four characters per byte, and a multibyte character
 * has at most four bytes.
 */
#define ONE_SIZE 32

static bool
is_ascii_word(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return (word & UINT64_C(0x8080808080808080)) == 0;
}

/*
 * Returns the length of the well-formed UTF-8 character at P, which must not extend beyond END. Returns 0 if the bytes
 * at P are not well-formed UTF-8 (The Unicode Standard, table 3-7).
 */
static size_t
utf8_length(const unsigned char *p, const unsigned char *end)
{
	size_t need, i;
	unsigned char low = 0x80, high = 0xbf;

	if (*p < 0x80)
		return 1;
	if (*p >= 0xc2 && *p <= 0xdf)
		need = 2;
	else if (*p >= 0xe0 && *p <= 0xef)
		need = 3;
	else if (*p >= 0xf0 && *p <= 0xf4)
		need = 4;
	else
		return 0;
	if (*p == 0xe0)
		low = 0xa0;
	else if (*p == 0xed)
		high = 0x9f;
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xf4)
		high = 0x8f;
	if ((size_t)(end - p) < need || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

bool
escape_is_utf8(const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	const unsigned char *end = p + length;
	size_t n;

	while (p < end) {
		if (end - p >= 8 && is_ascii_word(p)) {
			p += 8;
			continue;
		}
		n = utf8_length(p, end);
		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

void
escape_hex(struct outbuf *out, const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	char *to;
	size_t i, n;

	for (; length > 0; p += n, length -= n) {
		n = length < CHUNK ? length : CHUNK;
		to = outbuf_room(out, 2 * n);
		/* cppcheck-suppress knownConditionTrueFalse ; N is not 0, because LENGTH is not 0 */
		for (i = 0; i < n; i++) {
			*to++ = digits[p[i] >> 4];
			*to++ = digits[p[i] & 15];
		}
		outbuf_advance(out, 2 * n);
	}
}

void
escape_base64(struct outbuf *out, const void *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = bytes;
	unsigned int word;
	char *to;

	for (; length > 0; p += 3, length = length > 3 ? length - 3 : 0) {
		word = (unsigned int)p[0] << 16;
		word |= length > 1 ? (unsigned int)p[1] << 8 : 0;
		word |= length > 2 ? (unsigned int)p[2] : 0;
		to = outbuf_room(out, 4);
		to[0] = digits[word >> 18];
		to[1] = digits[word >> 12 & 63];
		to[2] = length > 1 ? digits[word >> 6 & 63] : '=';
		to[3] = length > 2 ? digits[word & 63] : '=';
		outbuf_advance(out, 4);
	}
}

/*
 * Returns true if a JSON string can contain the ASCII character C without escaping. JSON requires that control
 * characters, quotes and backslashes are escaped.
 */
static bool
is_json_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/*
 * Returns a word in which the highest bit of a byte is set if this byte of WORD is zero. The highest bit can also be
 * set for a nonzero byte next to a zero byte.
 */
static uint64_t
zero_bytes(uint64_t word)
{
	return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/*
 * Returns true only if none of the eight bytes at P must be escaped in JSON. Can return false even if no byte must be
 * escaped.
 */
static bool
is_json_plain_word(const unsigned char *p)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return (((word - 0x20 * each) | word | zero_bytes(word ^ '"' * each) | zero_bytes(word ^ '\\' * each) |
		    zero_bytes(word ^ 0x7f * each)) &
		   UINT64_C(0x8080808080808080)) == 0;
}

static void
json_escape(struct outbuf *out, unsigned int character)
{
	static const char digits[] = "0123456789abcdef";
	char *to = outbuf_room(out, 6);

	to[0] = '\\';
	to[1] = 'u';
	to[2] = digits[character >> 12 & 15];
	to[3] = digits[character >> 8 & 15];
	to[4] = digits[character >> 4 & 15];
	to[5] = digits[character & 15];
	outbuf_advance(out, 6);
}

static void
json_ascii(struct outbuf *out, unsigned char c)
{
	static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	const char *found = c != '\0' ? strchr(letters, c) : NULL;

	if (found != NULL) {
		outbuf_char(out, '\\');
		outbuf_char(out, found[1]);
	} else {
		json_escape(out, c);
	}
}

/*
 * Characters that change the order of text, break lines, or are invisible. Zero-width joiners and variation selectors
 * are not in this table, because words and emoji contain them. Noncharacters are included.
 */
static const struct range {
	unsigned int first, last;
} deceptive[] = {
	{ 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180e, 0x180e },
	{ 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0x2800, 0x2800 }, /* the blank Braille pattern */
	{ 0x3164, 0x3164 }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb },
	{ 0x1bca0, 0x1bca3 },			    /* shorthand and musical format characters */
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff }, /* tag characters */
};

static bool
is_deceptive(unsigned int c)
{
	size_t i;

	for (i = 0; i < sizeof(deceptive) / sizeof(deceptive[0]) && deceptive[i].first <= c; i++)
		if (c <= deceptive[i].last)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

/*
 * P points to a UTF-8 character of N bytes. Returns the character's code point if the character could control a
 * terminal or mislead a reader. Returns 0 for all other characters.
 */
static unsigned int
terminal_control(const unsigned char *p, size_t n)
{
	unsigned int c = 0;

	if (n == 2)
		c = (p[0] & 0x1fU) << 6 | (p[1] & 0x3fU);
	else if (n == 3)
		c = (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
	else if (n == 4)
		c = (p[0] & 0x07U) << 18 | (p[1] & 0x3fU) << 12 | (p[2] & 0x3fU) << 6 | (p[3] & 0x3fU);
	return (c >= 0x80 && c < 0xa0) || is_deceptive(c) ? c : 0;
}

static void
json_wide(struct outbuf *out, const unsigned char *p, size_t n)
{
	unsigned int c = terminal_control(p, n);

	if (c == 0) {
		outbuf_bytes(out, p, n);
	} else if (c < 0x10000) {
		json_escape(out, c);
	} else {
		/* JSON escapes a character above U+FFFF as two UTF-16 surrogates. */
		json_escape(out, 0xd800 + ((c - 0x10000) >> 10));
		json_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
	}
}

void
escape_json(struct outbuf *out, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	const unsigned char *end = p + length;
	const unsigned char *plain;
	size_t n;

	while (p < end) {
		for (plain = p; end - p >= 8 && is_json_plain_word(p); p += 8)
			;
		while (p < end && is_json_plain(*p))
			p++;
		if (p > plain)
			outbuf_bytes(out, plain, (size_t)(p - plain));
		if (p == end)
			break;
		if (*p < 0x80) {
			json_ascii(out, *p++);
			continue;
		}
		n = utf8_length(p, end);
		json_wide(out, p, n > 0 ? n : 1);
		p += n > 0 ? n : 1;
	}
}

static bool
is_vis_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Returns true if the UTF-8 character at P, which has LENGTH bytes, is printable in the current locale. */
static bool
is_printable(const unsigned char *p, size_t length)
{
	mbstate_t state = { 0 };
	wchar_t wide;

	return mbrtowc(&wide, (const char *)p, length, &state) == length && iswprint((wint_t)wide) != 0;
}

/*
 * Writes the escaped form of the character at P to ONE, and returns the length of the escaped form. Sets *TAKEN to the
 * number of bytes of the character. Passes only single bytes to vis(3). If a multibyte character that the locale cannot
 * print were passed to vis(3), unvis(3) could not decode the result, and vis(3) might not escape the following byte.
 */
static size_t
vis_one(char *one, size_t size, const unsigned char *p, const unsigned char *end, size_t *taken)
{
	size_t n = utf8_length(p, end);
	char character[2] = { (char)*p };
	int made;

	*taken = 1;
	if (n > 1 && terminal_control(p, n) == 0 && is_printable(p, n)) {
		*taken = n;
		memcpy(one, p, n);
		return n;
	}
	/*
	 * A NUL byte is written as three octal digits, because a shorter escape sequence would include a following
	 * digit.
	 */
	if (*p == '\0') {
		memcpy(one, "\\000", 4);
		return 4;
	}
	/*
	 * The character is copied to a buffer with one additional byte, because strnvisx() of libbsd reads one byte too
	 * many.
	 */
	made = strnvisx(one, size, character, 1, VIS_FLAGS | VIS_NOLOCALE);
	return made > 0 ? (size_t)made : 0;
}

void
escape_vis(struct outbuf *out, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	const unsigned char *end = p + length;
	const unsigned char *plain;
	char one[ONE_SIZE];
	size_t n, taken;

	while (p < end) {
		for (plain = p; p < end && is_vis_plain(*p); p++)
			;
		if (p > plain)
			outbuf_bytes(out, plain, (size_t)(p - plain));
		if (p == end)
			break;
		n = vis_one(one, sizeof(one), p, end, &taken);
		outbuf_bytes(out, one, n);
		p += taken;
	}
}

void
escape_vis_string(char *buffer, size_t size, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	const unsigned char *end = p + length;
	char one[ONE_SIZE];
	size_t used = 0, n, taken;

	for (; p < end; p += taken) {
		if (is_vis_plain(*p)) {
			one[0] = (char)*p;
			n = taken = 1;
		} else
			n = vis_one(one, sizeof(one), p, end, &taken);
		if (used + n >= size)
			break;
		memcpy(buffer + used, one, n);
		used += n;
	}
	if (size > 0)
		buffer[used] = '\0';
}
