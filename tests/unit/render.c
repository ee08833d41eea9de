/* SPDX-License-Identifier: ISC */
/* Tests of render/: the same calls of emit_*() must produce the expected JSON object and the expected text. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "render/render.h"

#include "tap.h"

#define ROOM 65536

static char json_room[ROOM], text_room[ROOM];
static struct outbuf json_out, text_out;
static struct json json;
static struct text text;

/* Makes the emit_*() call CALL for both renderers. */
#define EMIT(call) \
	do { \
		struct emit *e; \
		e = &json.emit; \
		call; \
		e = &text.emit; \
		call; \
	} while (0)

static void
begin_with(bool colour)
{
	outbuf_init(&json_out, -1, json_room, sizeof(json_room));
	outbuf_init(&text_out, -1, text_room, sizeof(text_room));
	json_init(&json, &json_out);
	text_init(&text, &text_out, colour);
}

static void
begin(void)
{
	begin_with(false);
}

static void
check_output(const char *json_wanted, const char *text_wanted, const char *what)
{
	json_room[json_out.used] = '\0';
	text_room[text_out.used] = '\0';
	is_str(json_room, json_wanted, "JSON: %s", what);
	is_str(text_room, text_wanted, "text: %s", what);
}

static void
test_values(void)
{
	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_i64(e, "least", "i %", INT64_MIN));
	EMIT(emit_i64(e, "most", ", %", INT64_MAX));
	EMIT(emit_i64(e, "zero", ", %", 0));
	EMIT(emit_u64(e, "all", ", u %.", UINT64_MAX));
	EMIT(emit_u64(e, "silent", NULL, 5));
	EMIT(emit_end(e, "\n"));
	check_output(
	    "{\"least\":-9223372036854775808,\"most\":9223372036854775807,\"zero\":0,\"all\":18446744073709551615,"
	    "\"silent\":5}\n",
	    "i -9223372036854775808, 9223372036854775807, 0, u 18446744073709551615.\n",
	    "integers up to the limits of their types are written");

	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_bool(e, "yes", "so", true));
	EMIT(emit_bool(e, "no", ", not so", false));
	EMIT(emit_string(e, "word", ", %!", "wor\"d"));
	EMIT(emit_string(e, "none", ", none %", NULL));
	EMIT(emit_null(e, "null"));
	EMIT(emit_words(e, " and words"));
	EMIT(emit_hex(e, "hex", ", 0x%)", "\x00\xff", 2));
	EMIT(emit_string(e, "empty", "", "x"));
	EMIT(emit_end(e, NULL));
	check_output("{\"yes\":true,\"no\":false,\"word\":\"wor\\\"d\",\"none\":null,\"null\":null,\"hex\":\"00ff\","
		     "\"empty\":\"x\"}\n",
	    "so, wor\"d! and words, 0x00ff)", "booleans, strings, nulls, words and hexadecimal are written");
}

static void
test_bytes(void)
{
	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_bytes(e, "good", "good %", "a\nb", 3));
	EMIT(emit_bytes(e, "bad", ", bad %;", "\xff\x00z", 3));
	EMIT(emit_bytes(e, "empty", ", empty %", "", 0));
	EMIT(emit_bytes(e, "none", ", none %", NULL, 0));
	EMIT(emit_bytes(e, "silent", NULL, "\xff", 1));
	EMIT(emit_end(e, NULL));
	check_output(
	    "{\"good\":\"a\\nb\",\"good_base64\":null,\"bad\":null,\"bad_base64\":\"/wB6\",\"empty\":\"\","
	    "\"empty_base64\":null,\"none\":null,\"none_base64\":null,\"silent\":null,\"silent_base64\":\"/w==\"}\n",
	    "good \"a\\nb\", bad \"\\M^?\\000z\";, empty \"\"", "bytes are written either as a string or in base64");

	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_array(e, "buffers", "buffers ", ", "));
	EMIT(emit_bytes(e, NULL, "%", "a", 1));
	EMIT(emit_bytes(e, NULL, "%", "\xff", 1));
	EMIT(emit_end(e, NULL));
	EMIT(emit_array(e, "buffers_base64", NULL, NULL));
	EMIT(emit_base64(e, "a", 1));
	EMIT(emit_base64(e, "\xff", 1));
	EMIT(emit_end(e, NULL));
	EMIT(emit_end(e, NULL));
	check_output("{\"buffers\":[\"a\",null],\"buffers_base64\":[null,\"/w==\"]}\n", "buffers \"a\", \"\\M^?\"",
	    "each element of an array of strings has a counterpart in the base64 array");
}

static void
test_lazy(void)
{
	begin();
	EMIT(emit_object(e, NULL, "outer("));
	EMIT(emit_object(e, "silent", " inner["));
	EMIT(emit_u64(e, "n", NULL, 1));
	EMIT(emit_array(e, "none", " list<", ","));
	EMIT(emit_end(e, ">"));
	EMIT(emit_end(e, "]"));
	EMIT(emit_end(e, ")"));
	check_output("{\"silent\":{\"n\":1,\"none\":[]}}\n", "", "the text around an object without text is omitted");

	begin();
	EMIT(emit_object(e, NULL, "outer("));
	EMIT(emit_object(e, "a", "a["));
	EMIT(emit_object(e, "b", "b{"));
	EMIT(emit_u64(e, "n", "%", 1));
	EMIT(emit_u64(e, "m", "+%", 2));
	EMIT(emit_end(e, "}"));
	EMIT(emit_end(e, "]"));
	EMIT(emit_object(e, "c", "c["));
	EMIT(emit_end(e, "]"));
	EMIT(emit_end(e, ")"));
	check_output("{\"a\":{\"b\":{\"n\":1,\"m\":2}},\"c\":{}}\n", "outer(a[b{1+2}])",
	    "the text around nested objects is written once, in order");

	begin();
	EMIT(emit_object(e, NULL, "outer("));
	EMIT(emit_object(e, "a", NULL));
	EMIT(emit_words(e, "words"));
	EMIT(emit_end(e, NULL));
	EMIT(emit_end(e, ")"));
	check_output("{\"a\":{}}\n", "outer(words)", "words without values are written");

	begin();
	EMIT(emit_object(e, NULL, "outer("));
	EMIT(emit_bool(e, "no", "no", false));
	EMIT(emit_string(e, "none", "none", NULL));
	EMIT(emit_bytes(e, "bytes", "bytes %", NULL, 0));
	EMIT(emit_end(e, ")"));
	check_output("{\"no\":false,\"none\":null,\"bytes\":null,\"bytes_base64\":null}\n", "",
	    "false and null values are omitted from text output");
}

static void
test_separators(void)
{
	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_array(e, "list", "list ", ", "));
	EMIT(emit_u64(e, NULL, "%", 1));
	EMIT(emit_u64(e, NULL, NULL, 2));
	EMIT(emit_u64(e, NULL, "%", 3));
	EMIT(emit_null(e, NULL));
	EMIT(emit_u64(e, NULL, "%", 4));
	EMIT(emit_end(e, "."));
	EMIT(emit_end(e, NULL));
	check_output(
	    "{\"list\":[1,2,3,null,4]}\n", "list 1, 3, 4.", "separators are written only between items that have text");

	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_array(e, "list", "list ", "; "));
	EMIT(emit_object(e, NULL, "("));
	EMIT(emit_u64(e, "a", "a%", 1));
	EMIT(emit_u64(e, "b", " b%", 2));
	EMIT(emit_end(e, ")"));
	EMIT(emit_object(e, NULL, "("));
	EMIT(emit_u64(e, "a", NULL, 3));
	EMIT(emit_end(e, ")"));
	EMIT(emit_object(e, NULL, "("));
	EMIT(emit_u64(e, "a", "a%", 5));
	EMIT(emit_end(e, ")"));
	EMIT(emit_array(e, NULL, "[", ","));
	EMIT(emit_u64(e, NULL, "%", 6));
	EMIT(emit_u64(e, NULL, "%", 7));
	EMIT(emit_end(e, "]"));
	EMIT(emit_end(e, NULL));
	EMIT(emit_u64(e, "after", ", after %", 8));
	EMIT(emit_end(e, NULL));
	check_output("{\"list\":[{\"a\":1,\"b\":2},{\"a\":3},{\"a\":5},[6,7]],\"after\":8}\n",
	    "list (a1 b2); (a5); [6,7], after 8", "an element of several parts is one item of the list");

	begin();
	EMIT(emit_object(e, NULL, NULL));
	EMIT(emit_array(e, "list", NULL, NULL));
	EMIT(emit_string(e, NULL, " %", "a"));
	EMIT(emit_string(e, NULL, " %", "b"));
	EMIT(emit_end(e, NULL));
	EMIT(emit_end(e, NULL));
	check_output("{\"list\":[\"a\",\"b\"]}\n", " a b", "no separator is written if none is specified");
}

static void
test_emphasis(void)
{
	int colour;

	for (colour = 0; colour < 2; colour++) {
		begin_with(colour != 0);
		EMIT(emit_object(e, NULL, EMIT_STRONG "head" EMIT_PLAIN " "));
		EMIT(emit_string(e, "a", EMIT_ALARM "%" EMIT_PLAIN, "x"));
		EMIT(emit_bytes(e, "b", " %", "\1\2\3\033[1m", 7));
		EMIT(emit_end(e, EMIT_PLAIN "\n"));
		check_output("{\"a\":\"x\",\"b\":\"\\u0001\\u0002\\u0003\\u001b[1m\",\"b_base64\":null}\n",
		    colour ? "\033[1mhead\033[0m \033[1;31mx\033[0m \"\\^A\\^B\\^C\\^[[1m\"\033[0m\n" :
			     "head x \"\\^A\\^B\\^C\\^[[1m\"\n",
		    colour ? "emphasis is written as colour, but bytes in values are escaped" :
			     "text output without colors contains no emphasis marks");
	}
}

/* Tests consecutive objects, and a value that contains "%", because "%" marks the position of the value in a phrase. */
static void
test_lines(void)
{
	begin();
	EMIT(emit_object(e, NULL, "one "));
	EMIT(emit_string(e, "a", "<%>", "100%"));
	EMIT(emit_end(e, "\n"));
	EMIT(emit_object(e, NULL, "two "));
	EMIT(emit_string(e, "a", "no place for it", "%"));
	EMIT(emit_end(e, "\n"));
	check_output("{\"a\":\"100%\"}\n{\"a\":\"%\"}\n", "one <100%>\ntwo no place for it\n",
	    "each outermost object is one line");
}

/* Tests nesting that is deeper than in any description. Objects may be omitted, but the output must be well-formed. */
static void
test_depth(void)
{
	char wanted[512] = "";
	int i;

	for (i = 0; i < RENDER_DEPTH; i++)
		strcat(wanted, i == 0 ? "{" : "\"k\":{");
	strcat(wanted, "\"k\":null");
	for (i = 0; i < RENDER_DEPTH; i++)
		strcat(wanted, "}");
	strcat(wanted, "\n{\"a\":1,\"b\":2}\n");
	begin();
	for (i = 0; i < RENDER_DEPTH + 6; i++)
		EMIT(emit_object(e, i == 0 ? NULL : "k", i == 0 ? "deep " : NULL));
	EMIT(emit_u64(e, "n", "%", 1));
	EMIT(emit_u64(e, "m", " %", 2));
	EMIT(emit_bytes(e, "o", " %", "\xff", 1));
	EMIT(emit_hex(e, "p", NULL, "x", 1));
	EMIT(emit_base64(e, "\xff", 1));
	EMIT(emit_string(e, "q", NULL, "x"));
	EMIT(emit_string(e, "r", NULL, NULL));
	EMIT(emit_bool(e, "s", NULL, true));
	EMIT(emit_i64(e, "t", NULL, -1));
	for (i = 0; i < RENDER_DEPTH + 6; i++)
		EMIT(emit_end(e, i == RENDER_DEPTH + 5 ? "\n" : NULL));
	EMIT(emit_object(e, NULL, "next "));
	EMIT(emit_u64(e, "a", "%", 1));
	EMIT(emit_u64(e, "b", " %", 2));
	EMIT(emit_end(e, NULL));
	check_output(wanted, "deep 1 2 \"\\M^?\"\nnext 1 2", "objects that are nested too deeply are omitted");
}

/*
 * Tests output to a pipe that poll(2) does not report as writable, although its last page has space for a short write.
 */
static void
test_stop(void)
{
	static char bytes[ROOM];
	struct outbuf out;
	int output[2], stop[2];
	int64_t deadline;

	if (pipe2(output, O_NONBLOCK) == -1 || pipe(stop) == -1 || write(stop[1], "", 1) != 1)
		abort();
	while (write(output[1], bytes, 4096) == 4096 && read(output[0], bytes, 0) == 0)
		;
	if (read(output[0], bytes, 4096) != 4096 || write(output[1], bytes, 100) != 100)
		abort();
	outbuf_init(&out, output[1], json_room, sizeof(json_room));
	out.stop_fd = stop[0];
	outbuf_string(&out, "text");
	/*
	 * The result is ignored. On kernels without pwritev2(2) and RWF_NOWAIT, fdpass cannot write to the pipe without
	 * waiting, so outbuf_flush() fails.
	 */
	(void)outbuf_flush(&out);
	out.err = 0;
	deadline = out.deadline;
	ok(deadline != NO_DEADLINE, "a stop request limits the time for output");
	outbuf_bytes(&out, bytes, 4096);
	is_int(outbuf_flush(&out), -1, "after a stop request, output for which the pipe has no space fails");
	is_int(errno, ETIMEDOUT, "after a stop request, output for which the pipe has no space fails with ETIMEDOUT");
	is_int(out.deadline, deadline, "later output does not extend the time limit that a stop request has set");
	close(output[0]);
	close(output[1]);
	close(stop[0]);
	close(stop[1]);
}

int
main(void)
{
	test_values();
	test_bytes();
	test_lazy();
	test_separators();
	test_emphasis();
	test_lines();
	test_depth();
	test_stop();
	return tap_done();
}
