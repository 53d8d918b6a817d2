/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coercion: every kind against every sort of input, the exact value or the exact message. The tables of
 * docs/guides/coercion.md are run as well: what people read is what happens.
 */
#include "contract_help.h"

#include "base/clock.h"

/* One input. `problem` is "path: message" lines; NULL where there is a value. */
struct input {
	const char *json;
	const char *value;
	const char *problem;
};

#define VALUE(json, value)                                                                                             \
	{                                                                                                              \
		json, value, NULL                                                                                      \
	}
#define PROBLEM(json, problem)                                                                                         \
	{                                                                                                              \
		json, NULL, problem                                                                                    \
	}

static json_t *coerce(const struct field *field, const json_t *input, struct problems *problems)
{
	json_t *value = NULL;
	const enum tocsin_code code = field_coerce(field, input, "x", &value, problems);

	assert_int_equal(code, problems_none(problems) ? TOCSIN_OK : TOCSIN_INVALID);
	assert_int_equal(code == TOCSIN_OK, value != NULL);
	return value;
}

static void check(const struct tocsin_field *row, const struct input *inputs, size_t count)
{
	struct made_field made;

	make_field(row, &made);
	for (size_t i = 0; i < count; i++) {
		json_t *input = json_of(inputs[i].json), *value;
		struct problems problems = {0};
		char *text;

		value = coerce(&made.field, input, &problems);
		text = json_text(value, JSON_STYLE_LINE);
		if (inputs[i].value ? !value || strcmp(text, inputs[i].value) != 0
				    : value || strcmp(lines_of(&problems), inputs[i].problem) != 0)
			fail_msg("%s %s\ngives  %s\nwanted %s", kind_name(made.field.kind), inputs[i].json,
				 value ? text : lines_of(&problems),
				 inputs[i].value ? inputs[i].value : inputs[i].problem);
		mem_free(text);
		json_decref(value);
		json_decref(input);
		problems_release(&problems);
	}
	release_field(&made);
}

static void test_string(void **state)
{
	static const struct tocsin_field plain = ROW(STRING);
	static const struct tocsin_field limited = ROW(STRING, .minimum = "2", .maximum = "3");
	static const struct tocsin_field patterned = ROW(STRING, .pattern = "[a-z]+");
	static const struct tocsin_field slow = ROW(STRING, .pattern = "(a+)+[bc]");
	static const struct input inputs[] = {
		VALUE("\"\"", "\"\""),
		VALUE("\"a\"", "\"a\""),
		VALUE("\" \\t\\r\\n\\u000b\\u000ca b\\n \"", "\"a b\""),
		VALUE("\"   \"", "\"\""),
		VALUE("\"4\"", "\"4\""),
		VALUE("\"0123\"", "\"0123\""),
		VALUE("\"on\"", "\"on\""),
		VALUE("\"1e3\"", "\"1e3\""),
		VALUE("\"null\"", "\"null\""),
		VALUE("\"gr\\u00fc\\u00df \\ud83d\\udd14\"", "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x94\""),
		VALUE("\"\\u00a0a\\u00a0\"", "\"\xc2\xa0"
					     "a\xc2\xa0\""), /* only ASCII white space is removed */
		VALUE("\"a\\u001bb\\nc\"", "\"a\\u001bb\\nc\""),
		PROBLEM("\"a\\u0000b\"", "x: holds a NUL character"),
		PROBLEM("\"\\u0000\"", "x: holds a NUL character"),
		PROBLEM("4", "x: is an integer, text is needed"),
		PROBLEM("4.5", "x: is a number, text is needed"),
		PROBLEM("true", "x: is a boolean, text is needed"),
		PROBLEM("null", "x: is null, text is needed"),
		PROBLEM("[\"a\"]", "x: is a list, text is needed"),
		PROBLEM("{\"a\": \"b\"}", "x: is a map, text is needed"),
	};
	static const struct input lengths[] = {
		PROBLEM("\"\"", "x: has 0 characters, at least 2 are needed"),
		PROBLEM("\"a\"", "x: has 1 character, at least 2 are needed"),
		PROBLEM("\" a \"", "x: has 1 character, at least 2 are needed"),
		VALUE("\"ab\"", "\"ab\""),
		VALUE("\"\\u20ac\\u20ac\\u20ac\"", "\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\""),
		PROBLEM("\"abcd\"", "x: has 4 characters, at most 3 are allowed"),
	};
	static const struct input patterns[] = {
		VALUE("\" abc \"", "\"abc\""),
		PROBLEM("\"\"", "x: \"\" does not match [a-z]+"),
		PROBLEM("\"ab1\"", "x: \"ab1\" does not match [a-z]+"),
		PROBLEM("\"a\\nb\"", "x: \"a b\" does not match [a-z]+"),
		PROBLEM("\"a\\u001b[2J\\u009bb\"", "x: \"a [2J  b\" does not match [a-z]+"),
		PROBLEM("\"0123456789012345678901234567890123456789012345678\"",
			"x: \"012345678901234567890123456789012345678901234567...\" does not match [a-z]+"),
	};
	static const struct input costly[] = {
		VALUE("\"aab\"", "\"aab\""),
		PROBLEM("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
			"x: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" cannot be compared with (a+)+[bc]: comparing "
			"with "
			"the expression was given up: match limit exceeded"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, lengths, COUNT_OF(lengths));
	check(&patterned, patterns, COUNT_OF(patterns));
	check(&slow, costly, COUNT_OF(costly));
}

static void test_choice(void **state)
{
	const struct tocsin_field row = ROW(CHOICE, .choices = TOCSIN_CHOICES("stdout", "stderr"));
	static const struct input inputs[] = {
		VALUE("\"stdout\"", "\"stdout\""),
		VALUE("\" stderr\\n\"", "\"stderr\""),
		PROBLEM("\"\"", "x: \"\" is none of stdout, stderr"),
		PROBLEM("\"Stdout\"", "x: \"Stdout\" is none of stdout, stderr; did you mean stdout?"),
		PROBLEM("\"stder\"", "x: \"stder\" is none of stdout, stderr; did you mean stderr?"),
		PROBLEM("\"file\"", "x: \"file\" is none of stdout, stderr"),
		PROBLEM("\"stdout\\u0000\"", "x: holds a NUL character"),
		PROBLEM("1", "x: is an integer, text is needed"),
		PROBLEM("null", "x: is null, text is needed"),
		PROBLEM("[\"stdout\"]", "x: is a list, text is needed"),
	};

	(void)state;
	check(&row, inputs, COUNT_OF(inputs));
}

/* So many choices that a sentence cannot name them all. */
static void test_many_choices(void **state)
{
	static char texts[200][8];
	static const char *choices[201];
	struct tocsin_field row = ROW(CHOICE, .choices = choices);
	struct problems problems = {0};
	json_t *input = json_string("x");
	struct made_field made;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		snprintf(texts[i], sizeof(texts[i]), "many%03zu", i);
		choices[i] = texts[i];
	}
	make_field(&row, &made);
	assert_null(coerce(&made.field, input, &problems));
	assert_non_null(strstr(lines_of(&problems), "\"x\" is none of many000, many001, many002, "));
	assert_string_equal(lines_of(&problems) + strlen(lines_of(&problems)) - 5, ", ...");
	assert_true(strlen(lines_of(&problems)) < 600);
	problems_release(&problems);
	json_decref(input);
	release_field(&made);
}

static void test_url(void **state)
{
	static const struct tocsin_field plain = ROW(URL);
	static const struct tocsin_field limited = ROW(URL, .minimum = "8", .maximum = "16");
	static const struct input inputs[] = {
		VALUE("\"https://hooks.example.com/incidents\"", "\"https://hooks.example.com/incidents\""),
		VALUE("\" http://127.0.0.1:8080 \"", "\"http://127.0.0.1:8080\""),
		VALUE("\"http://[::1]:80/?q=1#f\"", "\"http://[::1]:80/?q=1#f\""),
		VALUE("\"http://h?q=a@b\"", "\"http://h?q=a@b\""),
		VALUE("\"http://AZ-az_09.\"", "\"http://AZ-az_09.\""),
		PROBLEM("\"http://a`b\"", "x: \"http://a`b\" has a host name with a character that none can have"),
		PROBLEM("\"http://a{b\"", "x: \"http://a{b\" has a host name with a character that none can have"),
		VALUE("\"http://h/a@b\"", "\"http://h/a@b\""),
		VALUE("\"http://a_b.local:65535/%C3%BC\"", "\"http://a_b.local:65535/%C3%BC\""),
		PROBLEM("\"\"", "x: \"\" is not a URL that begins with http:// or https://"),
		PROBLEM("\"example.com\"", "x: \"example.com\" is not a URL that begins with http:// or https://"),
		PROBLEM("\"ftp://h/\"", "x: \"ftp://h/\" is not a URL that begins with http:// or https://"),
		PROBLEM("\"//h/\"", "x: \"//h/\" is not a URL that begins with http:// or https://"),
		PROBLEM("\"file:///etc/passwd\"",
			"x: \"file:///etc/passwd\" is not a URL that begins with http:// or https://"),
		PROBLEM("\"http://\"", "x: \"http://\" has no host"),
		PROBLEM("\"https:///path\"", "x: \"https:///path\" has no host"),
		PROBLEM("\"http://:80/\"", "x: \"http://:80/\" has no host"),
		PROBLEM("\"http://me:secret@h/\"", "x: the URL holds a user name or password; use a secret setting"),
		PROBLEM("\"http://h@\"", "x: the URL holds a user name or password; use a secret setting"),
		PROBLEM("\"http://h:\"", "x: \"http://h:\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://h:0\"", "x: \"http://h:0\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://h:65536\"", "x: \"http://h:65536\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://h:000080\"", "x: \"http://h:000080\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://h:+80\"", "x: \"http://h:+80\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://h:8x\"", "x: \"http://h:8x\" has a port that is no number from 1 to 65535"),
		PROBLEM("\"http://[::1\"", "x: \"http://[::1\" has no IPv6 address between [ and ]"),
		PROBLEM("\"http://[::1x]\"", "x: \"http://[::1x]\" has no IPv6 address between [ and ]"),
		PROBLEM("\"http://[]\"", "x: \"http://[]\" has no IPv6 address between [ and ]"),
		PROBLEM("\"http://[h]\"", "x: \"http://[h]\" has no IPv6 address between [ and ]"),
		PROBLEM("\"http://a*b/\"", "x: \"http://a*b/\" has a host name with a character that none can have"),
		PROBLEM("\"http://[::1]x/\"",
			"x: \"http://[::1]x/\" has a host name with a character that none can have"),
		PROBLEM("\"http://a%2eb/\"",
			"x: \"http://a%2eb/\" has a host name with a character that none can have"),
		PROBLEM("\"http://h/a b\"", "x: \"http://h/a b\" holds a character that a URL must percent-encode"),
		PROBLEM("\"http://h/\\n\\u001b\\u007fx\"",
			"x: \"http://h/   x\" holds a character that a URL must percent-encode"),
		PROBLEM("\"http://h\\\\@evil/\"", "x: the URL holds a character that a URL must percent-encode"),
		PROBLEM("\"http://b\\u00fccher.example/\"",
			"x: \"http://b\xc3\xbc"
			"cher.example/\" holds a character that a URL must percent-encode"),
		PROBLEM("\"http://h/\\u0000\"", "x: holds a NUL character"),
		PROBLEM("8080", "x: is an integer, text is needed"),
		PROBLEM("{}", "x: is a map, text is needed"),
	};
	static const struct input lengths[] = {
		PROBLEM("\"http:/\"", "x: has 6 characters, at least 8 are needed"),
		VALUE("\"http://h\"", "\"http://h\""),
		PROBLEM("\"http://h/12345678\"", "x: has 17 characters, at most 16 are allowed"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, lengths, COUNT_OF(lengths));
}

static void test_integer(void **state)
{
	static const struct tocsin_field plain = ROW(INTEGER);
	static const struct tocsin_field limited = ROW(INTEGER, .minimum = "1", .maximum = "60");
	static const struct tocsin_field zero = ROW(INTEGER, .minimum = "-9223372036854775808", .maximum = "0");
	static const struct input inputs[] = {
		VALUE("\"4\"", "4"),
		VALUE("\" 4 \"", "4"),
		VALUE("\"+4\"", "4"),
		VALUE("\"-4\"", "-4"),
		VALUE("\"-0\"", "0"),
		VALUE("\"0123\"", "123"),
		VALUE("\"9223372036854775807\"", "9223372036854775807"),
		VALUE("\"-9223372036854775808\"", "-9223372036854775808"),
		VALUE("4", "4"),
		VALUE("-9223372036854775808", "-9223372036854775808"),
		PROBLEM("\"9223372036854775808\"", "x: \"9223372036854775808\" does not fit into 64 bits"),
		PROBLEM("\"-9223372036854775809\"", "x: \"-9223372036854775809\" does not fit into 64 bits"),
		PROBLEM("\"99999999999999999999\"", "x: \"99999999999999999999\" does not fit into 64 bits"),
		PROBLEM("\"\"", "x: \"\" is not an integer"),
		PROBLEM("\"  \"", "x: \"\" is not an integer"),
		PROBLEM("\"abc\"", "x: \"abc\" is not an integer"),
		PROBLEM("\"4.5\"", "x: \"4.5\" is not an integer"),
		PROBLEM("\"4.0\"", "x: \"4.0\" is not an integer"),
		PROBLEM("\"1e3\"", "x: \"1e3\" is not an integer"),
		PROBLEM("\"0x10\"", "x: \"0x10\" is not an integer"),
		PROBLEM("\"1_000\"", "x: \"1_000\" is not an integer"),
		PROBLEM("\"1 000\"", "x: \"1 000\" is not an integer"),
		PROBLEM("\"--4\"", "x: \"--4\" is not an integer"),
		PROBLEM("\"+\"", "x: \"+\" is not an integer"),
		PROBLEM("\"4\\u00a0\"", "x: \"4\xc2\xa0\" is not an integer"),
		PROBLEM("\"\\u0664\"", "x: \"\xd9\xa4\" is not an integer"), /* an Arabic digit */
		PROBLEM("\"4\\u0000\"", "x: holds a NUL character"),
		PROBLEM("\"inf\"", "x: \"inf\" is not an integer"),
		PROBLEM("\"on\"", "x: \"on\" is not an integer"),
		PROBLEM("4.0", "x: is a number, an integer is needed"),
		PROBLEM("4.5", "x: is a number, an integer is needed"),
		PROBLEM("true", "x: is a boolean, an integer is needed"),
		PROBLEM("null", "x: is null, an integer is needed"),
		PROBLEM("[4]", "x: is a list, an integer is needed"),
		PROBLEM("{}", "x: is a map, an integer is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"1\"", "1"),
		VALUE("60", "60"),
		PROBLEM("\"0\"", "x: 0 is less than the minimum 1"),
		PROBLEM("0", "x: 0 is less than the minimum 1"),
		PROBLEM("\"0061\"", "x: 61 is more than the maximum 60"),
		PROBLEM("-9223372036854775808", "x: -9223372036854775808 is less than the minimum 1"),
	};
	static const struct input at_zero[] = {
		VALUE("0", "0"),
		VALUE("-9223372036854775808", "-9223372036854775808"),
		PROBLEM("1", "x: 1 is more than the maximum 0"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
	check(&zero, at_zero, COUNT_OF(at_zero));
}

#define NOT_A_NUMBER " is not a finite number such as 3, 0.25 or 1e3"

static void test_number(void **state)
{
	static const struct tocsin_field plain = ROW(NUMBER);
	static const struct tocsin_field limited = ROW(NUMBER, .minimum = "0", .maximum = "0.5");
	static const struct input inputs[] = {
		VALUE("\"4\"", "4.0"),
		VALUE("\" 4.5 \"", "4.5"),
		VALUE("\"0123\"", "123.0"),
		VALUE("\"1e3\"", "1000.0"),
		VALUE("\"-1E-3\"", "-0.001"),
		VALUE("\"+0.1\"", "0.1"),
		VALUE("\"0.30000000000000004\"", "0.30000000000000004"),
		VALUE("\"1.7976931348623157e308\"", "1.7976931348623157e+308"),
		VALUE("\"9007199254740993\"", "9007199254740992.0"), /* the nearest there is */
		VALUE("4", "4.0"),
		VALUE("4.5", "4.5"),
		VALUE("1e3", "1000.0"),
		VALUE("0.1", "0.1"),
		PROBLEM("\"1e999\"", "x: \"1e999\"" NOT_A_NUMBER),
		PROBLEM("\"1e-999\"", "x: \"1e-999\"" NOT_A_NUMBER),
		PROBLEM("\"inf\"", "x: \"inf\"" NOT_A_NUMBER),
		PROBLEM("\"-Infinity\"", "x: \"-Infinity\"" NOT_A_NUMBER),
		PROBLEM("\"nan\"", "x: \"nan\"" NOT_A_NUMBER),
		PROBLEM("\"\"", "x: \"\"" NOT_A_NUMBER),
		PROBLEM("\"abc\"", "x: \"abc\"" NOT_A_NUMBER),
		PROBLEM("\"4,5\"", "x: \"4,5\"" NOT_A_NUMBER),
		PROBLEM("\".5\"", "x: \".5\"" NOT_A_NUMBER),
		PROBLEM("\"5.\"", "x: \"5.\"" NOT_A_NUMBER),
		PROBLEM("\"0x10\"", "x: \"0x10\"" NOT_A_NUMBER),
		PROBLEM("\"1e\"", "x: \"1e\"" NOT_A_NUMBER),
		PROBLEM("\"1\\u0000\"", "x: holds a NUL character"),
		PROBLEM("true", "x: is a boolean, a number is needed"),
		PROBLEM("null", "x: is null, a number is needed"),
		PROBLEM("[]", "x: is a list, a number is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"0\"", "0.0"),
		VALUE("\"0.5\"", "0.5"),
		PROBLEM("\"0.51\"", "x: 0.51 is more than the maximum 0.5"),
		PROBLEM("-1", "x: -1.0 is less than the minimum 0.0"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
}

#define NOT_A_BOOLEAN " is not true or false, yes or no, on or off, 1 or 0"

static void test_boolean(void **state)
{
	static const struct tocsin_field row = ROW(BOOLEAN);
	static const struct input inputs[] = {
		VALUE("\"true\"", "true"),
		VALUE("\"yes\"", "true"),
		VALUE("\"on\"", "true"),
		VALUE("\"1\"", "true"),
		VALUE("\"false\"", "false"),
		VALUE("\"no\"", "false"),
		VALUE("\"off\"", "false"),
		VALUE("\"0\"", "false"),
		VALUE("\" TRUE \"", "true"),
		VALUE("\"Off\"", "false"),
		VALUE("true", "true"),
		VALUE("false", "false"),
		PROBLEM("\"\"", "x: \"\"" NOT_A_BOOLEAN),
		PROBLEM("\"y\"", "x: \"y\"" NOT_A_BOOLEAN),
		PROBLEM("\"2\"", "x: \"2\"" NOT_A_BOOLEAN),
		PROBLEM("\"00\"", "x: \"00\"" NOT_A_BOOLEAN),
		PROBLEM("\"truee\"", "x: \"truee\"" NOT_A_BOOLEAN),
		PROBLEM("\"true\\u0000\"", "x: holds a NUL character"),
		PROBLEM("1", "x: is an integer, a boolean is needed"),
		PROBLEM("0.0", "x: is a number, a boolean is needed"),
		PROBLEM("null", "x: is null, a boolean is needed"),
		PROBLEM("[]", "x: is a list, a boolean is needed"),
	};

	(void)state;
	check(&row, inputs, COUNT_OF(inputs));
}

#define NOT_A_DURATION " is not a duration such as 5s, 1h30m or 250ms"

static void test_duration(void **state)
{
	static const struct tocsin_field plain = ROW(DURATION);
	static const struct tocsin_field limited = ROW(DURATION, .minimum = "1s", .maximum = "90m");
	static const struct tocsin_field zero = ROW(DURATION, .maximum = "0");
	static const struct input inputs[] = {
		VALUE("\"5s\"", "\"5s\""),
		VALUE("\" 90m \"", "\"1h30m\""),
		VALUE("\"0\"", "\"0s\""),
		VALUE("\"1000ms\"", "\"1s\""),
		PROBLEM("\"5\"", "x: \"5\"" NOT_A_DURATION),
		PROBLEM("\"\"", "x: \"\"" NOT_A_DURATION),
		PROBLEM("\"1.5h\"", "x: \"1.5h\"" NOT_A_DURATION),
		PROBLEM("\"-5s\"", "x: \"-5s\"" NOT_A_DURATION),
		PROBLEM("\"5 s\"", "x: \"5 s\"" NOT_A_DURATION),
		PROBLEM("\"30m1h\"", "x: \"30m1h\"" NOT_A_DURATION),
		PROBLEM("\"99999999999999999999s\"", "x: \"99999999999999999999s\"" NOT_A_DURATION),
		PROBLEM("5", "x: is an integer, text such as 5s or 1h30m is needed"),
		PROBLEM("null", "x: is null, text such as 5s or 1h30m is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"1000ms\"", "\"1s\""),
		VALUE("\"1h30m\"", "\"1h30m\""),
		PROBLEM("\"999ms\"", "x: 999ms is less than the minimum 1s"),
		PROBLEM("\"91m\"", "x: 1h31m is more than the maximum 1h30m"),
	};
	static const struct input at_zero[] = {
		VALUE("\"0ms\"", "\"0s\""),
		PROBLEM("\"1ms\"", "x: 1ms is more than the maximum 0s"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
	check(&zero, at_zero, COUNT_OF(at_zero));
}

#define NOT_A_SIZE " is not a size such as 512, 64KiB or 1MB"

static void test_size(void **state)
{
	static const struct tocsin_field plain = ROW(SIZE);
	static const struct tocsin_field limited = ROW(SIZE, .minimum = "1kB", .maximum = "1MiB");
	static const struct input inputs[] = {
		VALUE("\"512\"", "\"512B\""),
		VALUE("\" 64KiB \"", "\"64KiB\""),
		VALUE("\"65536\"", "\"64KiB\""),
		VALUE("\"0\"", "\"0B\""),
		PROBLEM("\"\"", "x: \"\"" NOT_A_SIZE),
		PROBLEM("\"64K\"", "x: \"64K\"" NOT_A_SIZE),
		PROBLEM("\"1.5MB\"", "x: \"1.5MB\"" NOT_A_SIZE),
		PROBLEM("\"-1\"", "x: \"-1\"" NOT_A_SIZE),
		PROBLEM("\"99999999999GiB\"", "x: \"99999999999GiB\"" NOT_A_SIZE),
		PROBLEM("512", "x: is an integer, text such as 512 or 64KiB is needed"),
		PROBLEM("{}", "x: is a map, text such as 512 or 64KiB is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"1000\"", "\"1kB\""),
		VALUE("\"1048576B\"", "\"1MiB\""),
		PROBLEM("\"999\"", "x: 999B is less than the minimum 1kB"),
		PROBLEM("\"1048577\"", "x: 1048577B is more than the maximum 1MiB"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
}

/* No message repeats the value. */
static void test_secret(void **state)
{
	static const struct tocsin_field row = ROW(SECRET, .minimum = "8", .maximum = "16", .pattern = "[A-Z0-9]+");
	static const struct input inputs[] = {
		VALUE("\" S3CR3TS3CR3T \"", "\"S3CR3TS3CR3T\""),
		VALUE("\"env:PD\"", "\"env:PD\""), /* what it names is checked when it is read */
		VALUE("\"file:/run/secrets/pd-key-of-production\"", "\"file:/run/secrets/pd-key-of-production\""),
		PROBLEM("\"S3CR3T\"", "x: has 6 characters, at least 8 are needed"),
		PROBLEM("\"S3CR3TS3CR3TS3CR3T\"", "x: has 18 characters, at most 16 are allowed"),
		PROBLEM("\"s3cr3ts3cr3t\"", "x: the value does not match [A-Z0-9]+"),
		PROBLEM("\"ENV:PD\"", "x: has 6 characters, at least 8 are needed"),
		PROBLEM("\"S3CR3T\\u0000S3CR3T\"", "x: holds a NUL character"),
		PROBLEM("12345678", "x: is an integer, text is needed"),
		PROBLEM("[\"S3CR3TS3CR3T\"]", "x: is a list, text is needed"),
		PROBLEM("{\"S3CR3TS3CR3T\": 1}", "x: is a map, text is needed"),
	};

	(void)state;
	check(&row, inputs, COUNT_OF(inputs));
}

static void test_list(void **state)
{
	static const struct tocsin_field plain = ROW(LIST);
	static const struct tocsin_field limited = ROW(LIST, .minimum = "1", .maximum = "2");
	static const struct input inputs[] = {
		VALUE("\"\"", "[]"),
		VALUE("\" \\n \"", "[]"),
		VALUE("\"a\"", "[\"a\"]"),
		VALUE("\" a , b c,d\"", "[\"a\", \"b c\", \"d\"]"),
		VALUE("\"a,a\"", "[\"a\", \"a\"]"),
		VALUE("[]", "[]"),
		VALUE("[\"a\", \" b,c \", \"\"]", "[\"a\", \" b,c \", \"\"]"),
		PROBLEM("\",\"", "x: has an empty item; the form is a,b,c\nx: has an empty item; the form is a,b,c"),
		PROBLEM("\"a,\"", "x: has an empty item; the form is a,b,c"),
		PROBLEM("\"a, ,b\"", "x: has an empty item; the form is a,b,c"),
		PROBLEM("\"a\\u0000,b\"", "x: holds a NUL character"),
		PROBLEM("[\"a\", 1, \"b\", null, [\"c\"], \"d\\u0000\"]",
			"x[1]: is an integer, text is needed\nx[3]: is null, text is needed\n"
			"x[4]: is a list, text is needed\nx[5]: holds a NUL character"),
		PROBLEM("4", "x: is an integer, a list is needed"),
		PROBLEM("null", "x: is null, a list is needed"),
		PROBLEM("{}", "x: is a map, a list is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"a,b\"", "[\"a\", \"b\"]"),
		PROBLEM("\"\"", "x: has 0 items, at least 1 is needed"),
		PROBLEM("[]", "x: has 0 items, at least 1 is needed"),
		PROBLEM("[\"a\", \"b\", \"c\"]", "x: has 3 items, at most 2 are allowed"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
}

static void test_map(void **state)
{
	static const struct tocsin_field plain = ROW(MAP);
	static const struct tocsin_field limited = ROW(MAP, .minimum = "1", .maximum = "1");
	static const struct input inputs[] = {
		VALUE("\"\"", "{}"),
		VALUE("\"a=1\"", "{\"a\": \"1\"}"),
		VALUE("\" b = 2 ,a=x=y,c=\"", "{\"a\": \"x=y\", \"b \": \" 2\", \"c\": \"\"}"),
		VALUE("{\"b\": \"2\", \"a\": \" x \"}", "{\"a\": \" x \", \"b\": \"2\"}"),
		PROBLEM("\"a\"", "x: \"a\" is not KEY=VALUE"),
		PROBLEM("\"=1\"", "x: \"=1\" is not KEY=VALUE"),
		PROBLEM("\"a=1,\"", "x: \"\" is not KEY=VALUE"),
		PROBLEM("\"a=1,b,a=2\"", "x: \"b\" is not KEY=VALUE\nx: \"a\" stands twice"),
		PROBLEM("\"a=\\u0000\"", "x: holds a NUL character"),
		PROBLEM("{\"\": \"a\"}", "x: has an empty key"),
		PROBLEM("{\"a\": 1, \"b\": \"\\u0000\"}",
			"x.a: is an integer, text is needed\nx.b: holds a NUL character"),
		PROBLEM("{\"a\\u001b\": {}}", "x.a : is a map, text is needed"),
		PROBLEM("[\"a=1\"]", "x: is a list, a map is needed"),
		PROBLEM("true", "x: is a boolean, a map is needed"),
	};
	static const struct input limits[] = {
		VALUE("\"a=1\"", "{\"a\": \"1\"}"),
		PROBLEM("{}", "x: has 0 items, at least 1 is needed"),
		PROBLEM("\"a=1,b=2\"", "x: has 2 items, at most 1 is allowed"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
}

static void test_object(void **state)
{
	static const struct tocsin_field row = ROW(OBJECT);
	static const struct input inputs[] = {
		VALUE("{}", "{}"),
		VALUE("{\"b\": [1, 2.5, null], \"a\": {\"c\": true}}", "{\"a\": {\"c\": true}, \"b\": [1, 2.5, null]}"),
		VALUE("\"\"", "{}"),
		PROBLEM("\" \"", "x: is text, a map is needed"),
		PROBLEM("\"{}\"", "x: is text, a map is needed"),
		PROBLEM("[]", "x: is a list, a map is needed"),
		PROBLEM("null", "x: is null, a map is needed"),
		PROBLEM("4", "x: is an integer, a map is needed"),
	};

	(void)state;
	check(&row, inputs, COUNT_OF(inputs));
}

static void test_objects(void **state)
{
	static const struct tocsin_field plain = ROW(OBJECTS);
	static const struct tocsin_field limited = ROW(OBJECTS, .minimum = "1", .maximum = "2");
	static const struct input inputs[] = {
		VALUE("[]", "[]"),
		VALUE("\"\"", "[]"),
		VALUE("[{\"a\": [{}]}, {}]", "[{\"a\": [{}]}, {}]"),
		PROBLEM("[{}, 1, \"a\", []]", "x[1]: is an integer, a map is needed\nx[2]: is text, a map is needed\n"
					      "x[3]: is a list, a map is needed"),
		PROBLEM("{}", "x: is a map, a list of maps is needed"),
		PROBLEM("\"[]\"", "x: is text, a list of maps is needed"),
		PROBLEM("null", "x: is null, a list of maps is needed"),
	};
	static const struct input limits[] = {
		VALUE("[{}, {}]", "[{}, {}]"),
		PROBLEM("[]", "x: has 0 items, at least 1 is needed"),
		PROBLEM("[{}, {}, {}]", "x: has 3 items, at most 2 are allowed"),
	};

	(void)state;
	check(&plain, inputs, COUNT_OF(inputs));
	check(&limited, limits, COUNT_OF(limits));
}

/* The path is the caller's, and parts are below it, also when it is empty. */
static void test_paths(void **state)
{
	static const struct tocsin_field row = ROW(MAP);
	static const struct {
		const char *path;
		const char *problem;
	} cases[] = {
		{"receivers.ops.headers", "receivers.ops.headers.a: is null, text is needed"},
		{"", "a: is null, text is needed"},
		{"list[3]", "list[3].a: is null, text is needed"},
	};
	json_t *input = json_of("{\"a\": null}");
	struct made_field made;

	(void)state;
	make_field(&row, &made);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct problems problems = {0};
		json_t *value = NULL;

		assert_int_equal(field_coerce(&made.field, input, cases[i].path, &value, &problems), TOCSIN_INVALID);
		assert_string_equal(lines_of(&problems), cases[i].problem);
		problems_release(&problems);
	}
	json_decref(input);
	release_field(&made);
}

/* Hostile inputs for every kind: none takes long, and none gives more problems than are kept. */
static json_t *hostile(size_t number)
{
	const size_t long_one = FIELD_TEXT_CEILING + 1;
	static const char *const texts[] = {"9", "a", ",", "a,", "=", "a=1,", "\xf0\x9f\x94\x94", " ", "1h"};
	json_t *json, *item;

	if (number < 2 * COUNT_OF(texts)) { /* just what is allowed, and a byte more */
		const char *text = texts[number / 2];
		const size_t size = strlen(text), length = number % 2 ? long_one : FIELD_TEXT_CEILING;
		char *whole = mem_alloc(length + 1);

		for (size_t i = 0; i < length; i++)
			whole[i] = text[i % size];
		while (!text_is_utf8(whole, length))
			memset(whole + length / size * size, 'a', length % size);
		whole[length] = '\0';
		json = json_string(whole);
		mem_free(whole);
		return json;
	}
	json = number % 2 ? json_array() : json_object();
	for (size_t i = 0; i < 100000; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%zu", i);
		item = number < 2 * COUNT_OF(texts) + 2 ? json_integer(1) : json_string("a");
		assert_int_equal(number % 2 ? json_array_append_new(json, item) : json_put(json, key, item), 0);
	}
	return json;
}

static void test_hostile_inputs_are_bounded(void **state)
{
	static const char *const choices[] = {"a", "b", NULL};
	const size_t inputs = 22;

	(void)state;
	for (size_t number = 0; number < inputs; number++) {
		json_t *input = hostile(number);

		for (uint32_t kind = 1; kind_is_known(kind); kind++) {
			const bool is_patterned = kind == TOCSIN_KIND_STRING || kind == TOCSIN_KIND_SECRET;
			const struct tocsin_field row = {
				.name = "x",
				.description = "A test.",
				.kind = kind,
				.choices = kind == TOCSIN_KIND_CHOICE ? choices : NULL,
				.pattern = is_patterned ? "(?:(a|b)|[^a])*" : NULL,
			};
			const int64_t start = clock_monotonic_ns();
			struct problems problems = {0};
			struct made_field made;
			json_t *value;

			make_field(&row, &made);
			value = coerce(&made.field, input, &problems);
			assert_true(problems.count <= PROBLEMS_CEILING);
			assert_int_equal(problems.lost, 0);
			problems_release(&problems);
			json_decref(value);
			release_field(&made);
			if (clock_monotonic_ns() - start > 3000000000)
				fail_msg("input %zu, kind %s took seconds", number, row.name);
		}
		json_decref(input);
	}
}

/* Just as many parts as are allowed, and one more: as a text of commas and as a list. */
static void test_number_of_items(void **state)
{
	static const struct tocsin_field row = ROW(LIST);
	struct made_field made;

	(void)state;
	make_field(&row, &made);
	for (size_t count = FIELD_ITEMS_CEILING; count <= FIELD_ITEMS_CEILING + 1; count++) {
		char *text = mem_alloc(count * 2);
		json_t *inputs[2] = {json_array(), NULL};

		for (size_t i = 0; i < count; i++) {
			memcpy(text + 2 * i, "a,", 2);
			json_array_append_new(inputs[0], json_string("a"));
		}
		text[count * 2 - 1] = '\0';
		inputs[1] = json_string(text);
		mem_free(text);
		for (size_t i = 0; i < 2; i++) {
			struct problems problems = {0};
			json_t *value = coerce(&made.field, inputs[i], &problems);

			assert_int_equal(json_array_size(value), count > FIELD_ITEMS_CEILING ? 0 : count);
			assert_string_equal(lines_of(&problems),
					    count > FIELD_ITEMS_CEILING ? "x: has more than 65536 items" : "");
			json_decref(value);
			json_decref(inputs[i]);
			problems_release(&problems);
		}
	}
	release_field(&made);
}

static void test_ceilings(void **state)
{
	static const struct tocsin_field string = ROW(STRING), list = ROW(LIST), map = ROW(MAP), objects = ROW(OBJECTS);
	static const struct {
		const struct tocsin_field *row;
		size_t input;
		const char *problem;
	} cases[] = {
		{&string, 2, NULL},
		{&string, 3, "x: has 1048577 bytes, at most 1048576 are allowed"},
		{&list, 6, "x: has more than 65536 items"},
		{&list, 19, "x: has more than 65536 items"},
		{&map, 18, "x: has more than 65536 items"},
		{&objects, 21, "x: has more than 65536 items"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *input = hostile(cases[i].input), *value;
		struct problems problems = {0};
		struct made_field made;

		make_field(cases[i].row, &made);
		value = coerce(&made.field, input, &problems);
		assert_string_equal(lines_of(&problems), cases[i].problem ? cases[i].problem : "");
		json_decref(value);
		json_decref(input);
		problems_release(&problems);
		release_field(&made);
	}
}

/* ---- The guide ---- */

#define COLUMNS_CEILING 16

/* The fields that the guide's columns stand for; it says so above its tables. */
static void guide_field(const char *kind, struct made_field *ret_made)
{
	static const char *const choices[] = {"stdout", "stderr", NULL};
	struct tocsin_field row = {.name = "x", .description = "A test."};

	while (kind_is_known(++row.kind))
		if (strcmp(kind_name((enum tocsin_kind)row.kind), kind) == 0)
			break;
	if (!kind_is_known(row.kind))
		fail_msg("the guide has a column for %s, which is no kind", kind);
	row.choices = row.kind == TOCSIN_KIND_CHOICE ? choices : NULL;
	make_field(&row, ret_made);
}

/* Cuts "| a | b |" into its cells, without the white space around them. */
static size_t cut(char *line, char *cells[COLUMNS_CEILING])
{
	size_t count = 0;

	for (char *cell = strtok(line, "|\n"); cell; cell = strtok(NULL, "|\n")) {
		size_t length = strlen(cell);

		while (length && cell[length - 1] == ' ')
			cell[--length] = '\0';
		assert_true(count < COLUMNS_CEILING);
		cells[count++] = cell + strspn(cell, " ");
	}
	return count;
}

/* The content of a cell in backticks. */
static char *code_of(char *cell)
{
	const size_t length = strlen(cell);

	if (length < 3 || cell[0] != '`' || cell[length - 1] != '`')
		fail_msg("the guide's cell %s is not in backticks", cell);
	cell[length - 1] = '\0';
	return cell + 1;
}

/* Compares one cell of a table of values: `value` in backticks, or the word "error". */
static void check_value_cell(const char *kind, const char *input_text, char *cell)
{
	json_t *input = json_of(input_text), *value;
	struct problems problems = {0};
	struct made_field made;

	guide_field(kind, &made);
	value = coerce(&made.field, input, &problems);
	if (!value) {
		if (strcmp(cell, "error") != 0)
			fail_msg("the guide says that %s for %s gives %s; it gives: %s", input_text, kind, cell,
				 lines_of(&problems));
	} else {
		char *text = json_text(value, JSON_STYLE_LINE);

		if (strcmp(cell, "error") == 0 || strcmp(code_of(cell), text) != 0)
			fail_msg("the guide says that %s for %s gives %s; it gives: %s", input_text, kind, cell, text);
		mem_free(text);
	}
	json_decref(value);
	json_decref(input);
	problems_release(&problems);
	release_field(&made);
}

/* Compares one row "kind | input | message". */
static void check_message_row(char *cells[])
{
	json_t *input = json_of(code_of(cells[1])), *value;
	struct problems problems = {0};
	struct made_field made;

	guide_field(cells[0], &made);
	value = coerce(&made.field, input, &problems);
	assert_null(value);
	assert_string_equal(problems.items[0].message, cells[2]);
	json_decref(input);
	problems_release(&problems);
	release_field(&made);
}

static FILE *open_guide(void)
{
	const char *slash = strrchr(__FILE__, '/');
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%.*s/../../docs/guides/coercion.md", slash ? (int)(slash - __FILE__) : 1,
		 slash ? __FILE__ : ".");
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be opened", path);
	return file;
}

static void test_guide(void **state)
{
	char line[1024], header[1024] = "";
	char *names[COLUMNS_CEILING], *cells[COLUMNS_CEILING];
	size_t columns = 0, values = 0, messages = 0;
	bool seen[TOCSIN_KIND_OBJECTS + 1] = {false};
	FILE *guide = open_guide();

	(void)state;
	while (fgets(line, sizeof(line), guide)) {
		size_t count;

		if (*line != '|') {
			columns = 0;
			continue;
		}
		if (strncmp(line, "|-", 2) == 0)
			continue;
		if (!columns) {
			memcpy(header, line, sizeof(header));
			columns = cut(header, names);
			continue;
		}
		count = cut(line, cells);
		assert_int_equal(count, columns);
		if (strcmp(names[0], "kind") == 0) {
			check_message_row(cells);
			messages++;
			continue;
		}
		assert_string_equal(names[0], "input");
		code_of(cells[0]);
		for (size_t i = 1; i < count; i++) {
			check_value_cell(names[i], cells[0] + 1, cells[i]);
			for (uint32_t kind = 1; kind_is_known(kind); kind++)
				seen[kind] |= strcmp(kind_name((enum tocsin_kind)kind), names[i]) == 0;
			values++;
		}
	}
	fclose(guide);
	for (uint32_t kind = 1; kind_is_known(kind); kind++)
		if (!seen[kind])
			fail_msg("the guide has no column for %s", kind_name((enum tocsin_kind)kind));
	assert_true(values > 300);
	assert_true(messages > 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_many_choices),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_integer),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_boolean),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_hostile_inputs_are_bounded),
		cmocka_unit_test(test_number_of_items),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_guide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
