/* SPDX-License-Identifier: Apache-2.0 */
/* YAML documents: what is accepted as what, what is refused and where, positions, ceilings, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "config/document.h"
#include "scarce.h"

/* A string literal with its length, NULs inside included. */
#define TEXT(literal) (literal), sizeof(literal) - 1

static enum tocsin_code read_text(const char *text, size_t length, struct document *ret_document,
				  struct tocsin_error *err)
{
	return document_read("x.yaml", text, length, ret_document, err);
}

static void test_accepted(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *json;
	} cases[] = {
		{TEXT(""), "{}"},
		{TEXT("\n\n"), "{}"},
		{TEXT("# a comment\n"), "{}"},
		{TEXT("---\n"), "{}"},
		{TEXT("---\n...\n"), "{}"},
		{TEXT("{}"), "{}"},
		{TEXT("a: 1"), "{\"a\": \"1\"}"},
		{TEXT("a: yes\nb: 0123\nc: 1e3\nd: ~\ne: null\nf: on\n"),
		 "{\"a\": \"yes\", \"b\": \"0123\", \"c\": \"1e3\", \"d\": \"~\", \"e\": \"null\", \"f\": \"on\"}"},
		{TEXT("a: 'yes'\nb: \"1\"\n"), "{\"a\": \"yes\", \"b\": \"1\"}"},
		{TEXT("a:\nb: \"\"\nc: []\nd: {}\n"), "{\"a\": \"\", \"b\": \"\", \"c\": [], \"d\": {}}"},
		{TEXT("a:\n- x\n-   y\n- [z, {k: v}]\n"), "{\"a\": [\"x\", \"y\", [\"z\", {\"k\": \"v\"}]]}"},
		{TEXT("a: [b: c]\n"), "{\"a\": [{\"b\": \"c\"}]}"},
		{TEXT("a: |\n  x\n  y\nb: >-\n  one\n  two\n"), "{\"a\": \"x\\ny\\n\", \"b\": \"one two\"}"},
		{TEXT("a: \"\\u00e9\\x41\\t\"\n"), "{\"a\": \"\xc3\xa9"
						   "A\\t\"}"},
		{TEXT("gr\xc3\xbc\xc3\x9f: \xe2\x82\xac \xf0\x9f\x94\x94\n"),
		 "{\"gr\xc3\xbc\xc3\x9f\": \"\xe2\x82\xac \xf0\x9f\x94\x94\"}"},
		{TEXT("<<: {a: 1}\n"), "{\"<<\": {\"a\": \"1\"}}"},
		{TEXT("1: 2\n$deadline: 1h\n\"\": x\n"), "{\"\": \"x\", \"$deadline\": \"1h\", \"1\": \"2\"}"},
		{TEXT("? long key\n: value\n? alone\n"), "{\"alone\": \"\", \"long key\": \"value\"}"},
		{TEXT("a: 1\r\nb: 2\r\n"), "{\"a\": \"1\", \"b\": \"2\"}"},
		{TEXT("\xef\xbb\xbf"
		      "a: 1\n"),
		 "{\"a\": \"1\"}"},
		{TEXT("%YAML 1.1\n---\na: 1\n"), "{\"a\": \"1\"}"},
		{TEXT("a: x # comment\nb: x#y\nc: 'it''s'\n"), "{\"a\": \"x\", \"b\": \"x#y\", \"c\": \"it's\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct document document = {0};
		char *json;

		if (read_text(cases[i].text, cases[i].length, &document, &err))
			fail_msg("%s: %s", cases[i].text, tocsin_error_at(&err, 0));
		json = json_text(document.root, JSON_STYLE_LINE);
		assert_string_equal(json, cases[i].json);
		assert_string_equal(document.name, "x.yaml");
		mem_free(json);
		document_release(&document);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *place; /* line:column */
		const char *words;
	} cases[] = {
		/* What the header says is refused. */
		{TEXT("a: 1\nb: 2\na: 3\n"), "3:1", "the key \"a\" is there twice, first in line 1"},
		{TEXT("a: {x: 1, y: 2, x: 3}\n"), "1:17", "\"x\" is there twice, first in line 1"},
		{TEXT("a:\n  - k: 1\n    'k': 2\n"), "3:5", "\"k\" is there twice, first in line 2"},
		{TEXT("a:\nb:\na:\n"), "3:1", "twice"},
		{TEXT("a: &x 1\n"), "1:4", "the anchor &x"},
		{TEXT("a: &x {b: 1}\n"), "1:4", "the anchor &x"},
		{TEXT("a: &x [1]\n"), "1:4", "the anchor &x"},
		{TEXT("&x a: 1\n"), "1:1", "the anchor &x"},
		{TEXT("&x\na: 1\n"), "1:1", "the anchor &x"},
		{TEXT("a: &x\n"), "1:4", "the anchor &x"},
		{TEXT("b: 1\na: *x\n"), "2:4", "the alias *x"},
		{TEXT("b:\n  - *x\n"), "2:5", "the alias *x"},
		{TEXT("*x: 1\n"), "1:1", "the alias *x"},
		{TEXT("*x\n"), "1:1", "the alias *x"},
		{TEXT("a: !!str 1\n"), "1:4", "the tag !!str:"},
		{TEXT("a: !mine [1]\n"), "1:4", "the tag !mine:"},
		{TEXT("a: ! 1\n"), "1:4", "the tag !:"},
		{TEXT("a: !<tag:example.com,2000:x> 1\n"), "1:4", "the tag tag:example.com"},
		{TEXT("!mine\na: 1\n"), "1:1", "the tag !mine"},
		{TEXT("!!str a: 1\n"), "1:1", "the tag !!str"},
		{TEXT("--- !!map\n"), "1:5", "the tag !!map"},
		{TEXT("--- &x\n"), "1:5", "the anchor &x"},
		{TEXT("? [a]\n: 1\n"), "1:3", "the key is a list"},
		{TEXT("a:\n  {b: c}: 1\n"), "2:3", "the key is a map"},
		{TEXT("a: [{[x]: 1}]\n"), "1:6", "the key is a list"},
		{TEXT("a: 1\n---\nb: 2\n"), "2:1", "a second document"},
		{TEXT("---\n---\n"), "2:1", "a second document"},
		{TEXT("a: 1\n--- text\n"), "2:1", "a second document"},
		{TEXT("a: 1\nb: x\0y\n"), "2:5", "a NUL byte"},
		{TEXT("\0"), "1:1", "a NUL byte"},
		{TEXT("a: 1\nb: \"x\\0y\"\n"), "2:4", "the text holds a NUL character"},
		{TEXT("\"x\\0\": 1\n"), "1:1", "the text holds a NUL character"},
		{TEXT("a: 1\n\xc3\xa9: \xff\n"), "2:4", "the byte 0xff is not UTF-8"},
		{TEXT("a: \xe2\x82"), "1:4", "the byte 0xe2 is not UTF-8"},
		{TEXT("a: \xe2\x82x\n"), "1:4", "the byte 0xe2 is not UTF-8"},
		{TEXT("a: \xed\xa0\x80\n"), "1:4", "the byte 0xed is not UTF-8"},
		{TEXT("a: \xc0\x80\n"), "1:4", "the byte 0xc0 is not UTF-8"},
		{TEXT("a: \xf4\x90\x80\x80\n"), "1:4", "the byte 0xf4 is not UTF-8"},
		{TEXT("a: 1\r\nb: 2\rc: \x80\n"), "3:4", "the byte 0x80 is not UTF-8"},
		{TEXT("a: 1\n\xc2\x85"
		      "b: \xff"),
		 "3:4", "the byte 0xff is not UTF-8"},
		{TEXT("\xff\xfe"
		      "a\0:\0"),
		 "1:1", "the byte 0xff is not UTF-8"},
		{TEXT("\xef\xbb\xbf"
		      "a: \xff"),
		 "1:4", "the byte 0xff is not UTF-8"},
		{TEXT("a: \x1b[31m\n"), "1:4", "the control character U+001B"},
		{TEXT("a: x\xc2\x9b\n"), "1:5", "the control character U+009B"},
		{TEXT("a: \x7f\n"), "1:4", "the control character U+007F"},
		/* What is no map. */
		{TEXT("- a\n"), "1:1", "the file is a list, it must be a map"},
		{TEXT("\n\n  text\n"), "3:3", "the file is text, it must be a map"},
		{TEXT("a:b\n"), "1:1", "a space behind each ':'"},
		{TEXT("--- \"\"\n"), "1:5", "the file is text"},
		/* What is no YAML, with advice. */
		{TEXT("a: b: c\n"), "1:5", "put text that holds \": \" in quotes"},
		{TEXT("a: 1\n  b: 2\n"), "2:4", "mend the indentation"},
		{TEXT("a:\n  b: 1\n c: 2\n"), "3:2", "mend the indentation"},
		{TEXT("a: \"x\" y\n"), "1:8", "in quotes"},
		{TEXT("a:\n\t- x\n"), "2:1", "indent with spaces, not tabs"},
		{TEXT("\xc3\xa9: \xe2\x82\xac\n\tb: 1\n"), "2:1", "indent with spaces, not tabs"},
		{TEXT("a: @x\n"), "1:4", "put text that begins with this character in quotes"},
		{TEXT("a: `x`\n"), "1:4", "put text that begins with this character in quotes"},
		{TEXT("a: %x\n"), "1:4", "in quotes"},
		{TEXT("%x\n"), "1:3", "put text that begins with '%' in quotes"},
		{TEXT("a: *.example.com\n"), "1:5", "put text that begins with '*' or '&' in quotes"},
		{TEXT("a: \"x\n"), "2:1", "close the quote (while scanning a quoted scalar that began in line 1"},
		{TEXT("a: 'x\nb: 2\n"), "3:1", "close the quote"},
		{TEXT("a: \"\\q\"\n"), "1:5", "use single quotes"},
		{TEXT("a: \"\\ud800\"\n"), "1:7", "write the character itself"},
		{TEXT("a: [1, 2\nb: 3\n"), "2:2", "close the list with ']'"},
		{TEXT("a: {x: 1\n"), "2:1", "close the map with '}'"},
		{TEXT("a: [\n"), "2:1", "a value is missing"},
		{TEXT("a: - x\n"), "1:4", "begin the list on a line of its own"},
		{TEXT("a: x\n]\n"), "2:1", "not YAML"},
		{TEXT("%YAML 3.0\n---\na: 1\n"), "1:1", "not YAML: found incompatible YAML document"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct document document = {.place_count = 4711};
		const char *sentence;
		char start[64];

		if (read_text(cases[i].text, cases[i].length, &document, &err) != TOCSIN_INVALID)
			fail_msg("not refused: %s", cases[i].text);
		sentence = tocsin_error_at(&err, 0);
		snprintf(start, sizeof(start), "x.yaml:%s: ", cases[i].place);
		if (err.count != 1 || !text_starts_with(sentence, start) || !strstr(sentence, cases[i].words))
			fail_msg("%s\ngives \"%s\", expected \"%s...%s\"", cases[i].text, sentence, start,
				 cases[i].words);
		assert_int_equal(document.place_count, 4711); /* written only on success */
	}
}

static void test_positions(void **state)
{
	static const char text[] = "# head\n"
				   "plugins: [./a, ./b]\n"
				   "receivers:\n"
				   "  ops-hook:\n"
				   "    plugin: webhook\n"
				   "    timeout_seconds: 5\n"
				   "  gr\xc3\xbc\xc3\x9f: {plugin: x, y: z}\n"
				   "  a.b: {c: d}\n"
				   "routes:\n"
				   "  - {match: ['x=\"1\"', 'y=\"2\"'], receivers: [a]}\n"
				   "  -\n"
				   "    receivers:\n"
				   "    - b\n"
				   "    - [c, [d]]\n"
				   "a:\n"
				   "  b: 1\n"
				   "  'c[0]': 1\n";
	static const struct {
		const char *path;
		size_t line, column;
	} cases[] = {
		{"", 2, 1},
		{"plugins", 2, 1},
		{"plugins[0]", 2, 11},
		{"plugins[1]", 2, 16},
		{"receivers", 3, 1},
		{"receivers.ops-hook", 4, 3},
		{"receivers.ops-hook.plugin", 5, 5},
		{"receivers.ops-hook.timeout_seconds", 6, 5},
		{"receivers.gr\xc3\xbc\xc3\x9f", 7, 3},
		{"receivers.gr\xc3\xbc\xc3\x9f.y", 7, 21},
		{"receivers.a.b", 8, 3},
		{"receivers.a.b.c", 8, 9},
		{"routes[0]", 10, 5},
		{"routes[0].match", 10, 6},
		{"routes[0].match[1]", 10, 23},
		{"routes[0].receivers[0]", 10, 45},
		{"routes[1]", 12, 5},
		{"routes[1].receivers", 12, 5},
		{"routes[1].receivers[1][1]", 14, 11},
		{"routes[1].receivers[1][1][0]", 14, 12},
		{"a.b", 16, 3},
		{"a.c[0]", 17, 3},
		/* What is not there: its nearest parent. */
		{"listen", 2, 1},
		{"receivers.ops-hook.endpoint", 4, 3},
		{"receivers.ops-hook.endpoint.host[3].x", 4, 3},
		{"receivers.ops", 3, 1},
		{"receivers.ops-hook-2", 3, 1},
		{"receivers.a.x", 3, 1},
		{"routes[2]", 9, 1},
		{"routes[0", 9, 1},
		{"routes[0]x", 9, 1},
		{"routes[00]", 9, 1},
		{"plugins[1].x[0]", 2, 16},
		{".", 2, 1},
		{"..[", 2, 1},
		{"[0]", 2, 1},
	};
	struct document document = {0};

	(void)state;
	assert_int_equal(read_text(TEXT(text), &document, NULL), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct position position = document_position(&document, cases[i].path);

		if (position.line != cases[i].line || position.column != cases[i].column)
			fail_msg("%s stands at %zu:%zu, expected %zu:%zu", cases[i].path, position.line,
				 position.column, cases[i].line, cases[i].column);
	}
	document_release(&document);
	assert_int_equal(document_position(&document, "a").line, 0);
	document_release(&document);
	document_release(NULL);
	assert_int_equal(read_text(TEXT(""), &document, NULL), TOCSIN_OK);
	assert_int_equal(document_position(&document, "receivers.x").line, 1);
	assert_int_equal(document_position(&document, "").column, 1);
	document_release(&document);
	assert_int_equal(read_text(TEXT("---"), &document, NULL), TOCSIN_OK);
	assert_int_equal(document_position(&document, "").line, 1);
	document_release(&document);
}

/* `count` times `unit`, between `start` and `end`. */
static struct buffer repeated(const char *start, const char *unit, size_t count, const char *end)
{
	struct buffer text;

	buffer_init(&text, 16 * 1024 * 1024);
	buffer_text_add(&text, start);
	while (count--)
		buffer_text_add(&text, unit);
	buffer_text_add(&text, end);
	assert_int_equal(buffer_code(&text), TOCSIN_OK);
	return text;
}

static void test_ceilings(void **state)
{
	static const struct {
		const char *start, *unit;
		size_t count;
		const char *end;
		const char *complaint; /* NULL: accepted */
	} cases[] = {
		{"a: ", "x", CONFIG_BYTES_CEILING - 3, "", NULL},
		{"a: ", "x", CONFIG_BYTES_CEILING - 2, "", "x.yaml:1:1: the file has 1048577 bytes"},
		{"", " ", CONFIG_BYTES_CEILING, "", NULL},
		{"", "\n", CONFIG_BYTES_CEILING, "", NULL},
		{"#", "#", CONFIG_BYTES_CEILING - 1, "", NULL},
		{"a: |\n", " x\n", 340000, "", NULL},
		/* The map at the root is one level, and one value. */
		{"a:\n  ", "[", CONFIG_DEPTH_CEILING, "", "x.yaml:2:66: lists and maps nest deeper than 64 levels"},
		{"a: ", "- ", 5, "x", "x.yaml:1:4: not YAML"},
		{"a:\n  ", "- ", CONFIG_DEPTH_CEILING - 1, "x", NULL},
		{"a:\n  ", "- ", CONFIG_DEPTH_CEILING, "x", "x.yaml:2:129: lists and maps nest deeper"},
		{"a: ", "{a: ", CONFIG_DEPTH_CEILING, "", "x.yaml:1:256: lists and maps nest deeper"},
		{"a: ", "[", 1000000, "", "x.yaml:1:67: lists and maps nest deeper"},
		{"a: ", "{? ", 300000, "", "x.yaml:1:7: the key is a map"},
		{"a: [", "x,", CONFIG_VALUES_CEILING - 2, "]", NULL},
		{"a: [", "x,", CONFIG_VALUES_CEILING - 1, "]", "x.yaml:1:200001: more than 100000 values"},
		{"a: [", "[],", 300000, "]", "x.yaml:1:299999: more than 100000 values"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer text = repeated(cases[i].start, cases[i].unit, cases[i].count, cases[i].end);
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct document document = {0};
		const enum tocsin_code code = read_text(buffer_text(&text), text.length, &document, &err);

		if (!cases[i].complaint && code)
			fail_msg("%s%s...: %s", cases[i].start, cases[i].unit, tocsin_error_at(&err, 0));
		if (cases[i].complaint && (!code || !text_starts_with(tocsin_error_at(&err, 0), cases[i].complaint)))
			fail_msg("%s%s...: \"%s\" instead of \"%s\"", cases[i].start, cases[i].unit,
				 code ? tocsin_error_at(&err, 0) : "accepted", cases[i].complaint);
		document_release(&document);
		buffer_release(&text);
	}
}

/* Looking every value of a large file up is not quadratic, nor does a long key above them cost its length each. */
static void test_many_lookups(void **state)
{
	const int64_t start = clock_monotonic_ns();
	struct document document = {0};
	struct buffer text;
	size_t long_key;

	(void)state;
	buffer_init(&text, CONFIG_BYTES_CEILING);
	buffer_text_add(&text, "list:\n");
	for (size_t i = 0; i < 60000; i++)
		buffer_format(&text, "- %zu\n", i % 10);
	buffer_text_add(&text, "? ");
	long_key = text.length;
	while (text.length < long_key + 500000)
		buffer_text_add(&text, "k");
	buffer_text_add(&text, "\n:\n");
	for (size_t i = 0; i < 30000; i++)
		buffer_text_add(&text, " - x\n");
	assert_int_equal(buffer_code(&text), TOCSIN_OK);
	assert_int_equal(read_text(buffer_text(&text), text.length, &document, NULL), TOCSIN_OK);
	for (size_t i = 0; i < 60000; i++) {
		char path[32];

		snprintf(path, sizeof(path), "list[%zu]", i);
		assert_int_equal(document_position(&document, path).line, i + 2);
	}
	text.text[long_key + 500000] = '\0';
	assert_int_equal(document_position(&document, text.text + long_key).line, 60002);
	document_release(&document);
	buffer_release(&text);
	assert_true(clock_monotonic_ns() - start < 20 * (int64_t)1000000000);
}

static void test_long_texts_in_messages(void **state)
{
	struct buffer key = repeated("", "\xc3\xa9", 3000, ""), text;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct document document;
	char name[2001];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	buffer_init(&text, 65536);
	buffer_format(&text, "? %s\n: 1\n? %s\n: 2\n", buffer_text(&key), buffer_text(&key));
	assert_int_equal(document_read(name, buffer_text(&text), text.length, &document, &err), TOCSIN_INVALID);
	assert_true(text_starts_with(tocsin_error_at(&err, 0), "...nnn"));
	assert_non_null(strstr(tocsin_error_at(&err, 0), "n:3:3: the key \"\xc3\xa9"));
	assert_non_null(strstr(tocsin_error_at(&err, 0), "\xc3\xa9\" is there twice, first in line 1: remove one"));
	assert_true(text_is_utf8(tocsin_error_at(&err, 0), strlen(tocsin_error_at(&err, 0))));
	buffer_release(&text);
	buffer_clear(&key);
	buffer_init(&text, 65536);
	buffer_text_add(&text, "a: *");
	for (size_t i = 0; i < 1000; i++)
		buffer_byte(&text, 'x');
	assert_int_equal(read_text(buffer_text(&text), text.length, &document, &err), TOCSIN_INVALID);
	assert_non_null(strstr(tocsin_error_at(&err, 0), "text that begins with '*' needs quotes"));
	buffer_release(&text);
	buffer_release(&key);
}

static void test_files(void **state)
{
	char directory[] = "/tmp/test-document-XXXXXX", path[64], link[64];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct document document = {0};
	int ends[2];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/tocsin.yaml", directory);
	assert_int_equal(document_read_file(path, &document, &err), TOCSIN_NOT_FOUND);
	assert_non_null(strstr(tocsin_error_at(&err, 0), path));
	assert_int_equal(document_read_file(directory, &document, &err), TOCSIN_IO);
	assert_non_null(strstr(tocsin_error_at(&err, 0), "Is a directory"));
	assert_int_equal(document_read_file("/dev/zero", &document, &err), TOCSIN_LIMIT);
	assert_true(text_starts_with(tocsin_error_at(&err, 0), "/dev/zero:1:1: "));

	file = fopen(path, "w");
	assert_non_null(file);
	fputs("a: [b]\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(document_read_file(path, &document, &err), TOCSIN_OK);
	assert_string_equal(document.name, path);
	assert_int_equal(document_position(&document, "a[0]").column, 5);
	document_release(&document);

	/* A pipe, as from a shell's <( ). */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "a: 1\na: 2\n", 10), 10);
	close(ends[1]);
	snprintf(link, sizeof(link), "/dev/fd/%d", ends[0]);
	assert_int_equal(document_read_file(link, &document, &err), TOCSIN_INVALID);
	snprintf(path + strlen(path), 4, " ");
	assert_true(text_starts_with(tocsin_error_at(&err, 0), link));
	assert_true(text_starts_with(tocsin_error_at(&err, 0) + strlen(link), ":2:1: "));
	close(ends[0]);

	path[strlen(path) - 1] = '\0';
	unlink(path);
	rmdir(directory);
}

static void test_no_memory(void **state)
{
	static const char text[] = "a: {b: [1, 2, {c: d}], e: \"f\"}\ng: |\n  h\ni: [[[]]]\n";
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct document document = {.place_count = 4711};
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = read_text(TEXT(text), &document, &err);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_int_equal(err.code, code);
		if (!refused)
			document_release(&document);
		else
			assert_int_equal(document.place_count, 4711);
	} while (refused);
	assert_true(allowed > 20);

	/* The complaint itself needs no memory. */
	for (refused = true, allowed = 0; refused; allowed++) {
		enum tocsin_code code;

		scarce_begin(allowed);
		code = read_text(TEXT("a: {b: 1}\na: 2\n"), &(struct document){0}, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_INVALID);
	}
}

static void test_no_memory_for_a_file(void **state)
{
	char path[] = "/tmp/test-document-XXXXXX";
	const int fd = mkstemp(path);
	size_t allowed = 0;
	bool refused;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: {b: 1}\n", 10), 10);
	close(fd);
	do {
		struct document document = {0};
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = document_read_file(path, &document, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		document_release(&document);
	} while (refused);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_many_lookups),
		cmocka_unit_test(test_long_texts_in_messages),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_no_memory_for_a_file),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
