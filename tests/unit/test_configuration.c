/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration with its meaning: what it makes, and all that can be wrong with it, at once and by place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>
#include <tocsin/tocsin.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/attempt.h"
#include "delivery/configuration.h"
#include "incident/notification.h"
#include "scarce.h"
#include "wayward.h"

static char directory[] = "/tmp/tocsin-configuration-XXXXXX";

static const char *in_directory(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_directory(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void copy_file(const char *from, const char *to)
{
	char command[1024];

	snprintf(command, sizeof(command), "cp '%s' '%s/%s'", from, directory, to);
	assert_int_equal(system(command), 0);
}

static int start(void **state)
{
	(void)state;
	umask(022);
	setenv("TOCSIN_WORKER", built("tocsin-worker"), 1);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(mkdir(in_directory("bad"), 0755), 0);
	write_file("bad/oncall.so", "this is no shared object");
	write_file("bad/other.so", "nor is this");
	assert_int_equal(mkdir(in_directory("twice"), 0755), 0);
	copy_file(built("adapters/console.so"), "twice/console.so");
	copy_file(built("adapters/console.so"), "twice/console2.so");
	return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
	(void)about;
	(void)kind;
	(void)place;
	return remove(path);
}

static int stop(void **state)
{
	(void)state;
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Loads `text`, in which ADAPTERS stands for the built ones. */
static enum tocsin_code load_with(const char *text, const struct configuration_options *options,
				  struct configuration *configuration, struct problems *problems,
				  struct tocsin_error *err)
{
	const char *marker = strstr(text, "ADAPTERS");
	char whole[8192];

	if (marker)
		snprintf(whole, sizeof(whole), "%.*s%s%s", (int)(marker - text), text, built("adapters"), marker + 8);
	else
		snprintf(whole, sizeof(whole), "%s", text);
	write_file("tocsin.yaml", whole);
	return configuration_load(in_directory("tocsin.yaml"), options, configuration, problems, err);
}

static enum tocsin_code load(const char *text, struct configuration *configuration, struct problems *problems,
			     struct tocsin_error *err)
{
	const struct configuration_options options = {.secrets = SECRETS_RESOLVE, .place = TOCSIN_IN_WORKER};

	return load_with(text, &options, configuration, problems, err);
}

/* "LINE PATH: MESSAGE" a line. */
static const char *lines_of(const struct configuration *configuration, const struct problems *problems)
{
	static char text[32768];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < problems->count; i++) {
		const struct position position = document_position(&configuration->document, problems->items[i].path);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%zu %s: %s\n", position.line,
					 problems->items[i].path, problems->items[i].message);
	}
	return text;
}

static void test_whole(void **state)
{
	static const char text[] = "plugins: [ADAPTERS]\n"
				   "listen: 127.0.0.1:9095\n"
				   "storage: {path: /var/lib/tocsin/outbox.db, key: \"file:/etc/tocsin/outbox.key\"}\n"
				   "receivers:\n"
				   "  ops-console: {plugin: console, prefix: \"[ops]\", $send_resolved: no}\n"
				   "  ops-hook:\n"
				   "    plugin: webhook\n"
				   "    endpoint: https://hooks.example.com/incidents\n"
				   "    $egress: [10.0.0.0/8, fd00::/8]\n"
				   "    $deadline: 1h30m\n"
				   "    $fallback: ops-console\n"
				   "    $tier: pure\n"
				   "  a-pager: {plugin: pager, service: db, routing_key: '0123'}\n"
				   "routes:\n"
				   "  - {match: ['severity=\"critical\"'], receivers: [a-pager], continue: true}\n"
				   "  - {receivers: [ops-hook]}\n"
				   "disabled: {pager: ticket 7}\n";
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	const struct receiver *receiver;

	(void)state;
	if (load(text, &configuration, &problems, &err))
		fail_msg("%s", lines_of(&configuration, &problems));
	assert_int_equal(configuration.receiver_count, 3);
	assert_int_equal(configuration.routes.count, 2);
	assert_int_equal(configuration.warnings.count, 0);
	assert_string_equal(configuration.receivers[0].name, "a-pager");
	receiver = configuration_receiver(&configuration, "ops-console", &err);
	assert_int_equal(receiver->deadline_ms, RECEIVER_DEADLINE_MS);
	assert_false(receiver->send_resolved);
	assert_null(receiver->fallback);
	assert_non_null(receiver->instance);
	receiver = configuration_receiver(&configuration, "ops-hook", &err);
	assert_int_equal(receiver->deadline_ms, 5400000);
	assert_true(receiver->send_resolved);
	assert_string_equal(receiver->fallback, "ops-console");
	assert_int_equal(
		egress_check_url(&receiver->egress, "https://hooks.example.com/x", "https://hooks.example.com/x", NULL),
		TOCSIN_OK);
	assert_int_equal(egress_check_url(&receiver->egress, "https://example.com/x", "https://example.com/x", NULL),
			 TOCSIN_DENIED);
	receiver = configuration_receiver(&configuration, "a-pager", &err);
	assert_null(receiver->instance);
	assert_non_null(strstr(receiver->disabled, "ticket 7"));
	assert_null(configuration_receiver(&configuration, "ops-hok", &err));
	assert_failure(&err, err.code, TOCSIN_NOT_FOUND, "there is no receiver ops-hok; did you mean ops-hook?");
	configuration_release(&configuration);
	configuration_release(NULL);
	problems_release(&problems);
}

/* One thing wrong each; the expected problem with its line. HEAD is three lines. */
#define HEAD                                                                                                           \
	"plugins: [ADAPTERS]\n"                                                                                        \
	"routes: [{receivers: [a]}]\n"                                                                                 \
	"receivers:\n"

static void test_problems(void **state)
{
	static const struct {
		const char *text, *problems;
	} cases[] = {
		{HEAD "  a: {plugin: console}\nrecievers: {}\n",
		 "5 recievers: is no key of the configuration; did you mean receivers?\n"},
		{HEAD "  a: {plugin: console}\nzzz: 1\n", "5 zzz: is no key of the configuration\n"},
		{HEAD "  a: {plugin: console}\nlisten: 9095\n",
		 "5 listen: is no ADDRESS:PORT such as 127.0.0.1:9095\n"},
		{HEAD "  a: {plugin: console}\nlisten: [x]\n", "5 listen: is no ADDRESS:PORT such as 127.0.0.1:9095\n"},
		{HEAD "  a: {plugin: console}\nstorage: x\n",
		 "5 storage: is text, a map with path and key is needed\n"},
		{HEAD "  a: {plugin: console}\nstorage: {pat: x, key: []}\n",
		 "5 storage.pat: is no key of storage; did you mean path?\n5 storage.key: is a list, text is needed\n"},
		{"routes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n",
		 "1 plugins: is missing: it lists the directories of the adapters\n"
		 "2 receivers.a.plugin: "},
		{"plugins: [ADAPTERS]\n", "1 receivers: is missing: there is nobody to deliver to\n"},
		{"plugins: [ADAPTERS]\nreceivers: {}\n", "2 receivers: is not a map of at least one receiver\n"},
		{"plugins: [ADAPTERS]\nreceivers: [a]\n", "2 receivers: is not a map of at least one receiver\n"},
		{HEAD "  a: x\n", "4 receivers.a: is text, a map with at least the key plugin is needed\n"},
		{HEAD "  a: {prefix: x}\n",
		 "4 receivers.a.plugin: is missing: it names the adapter, as in plugin: webhook\n"},
		{HEAD "  a: {plugin: [console]}\n", "4 receivers.a.plugin: is no name\n"},
		{HEAD "  a: {plugin: consol}\n",
		 "4 receivers.a.plugin: the group delivery has no plugin named \"consol\"; did you mean console?\n"},
		{HEAD "  a: {plugin: console}\n  b b: {plugin: console}\n",
		 "5 receivers.b b: is no name: 1 to 64 letters, digits, '_' and '-', beginning with a letter or '_'\n"},
		{HEAD "  a: {plugin: console, prefx: x}\n", "4 receivers.a.prefx: "},
		{HEAD "  a: {plugin: console, stream: stdin}\n", "4 receivers.a.stream: "},
		{HEAD "  a: {plugin: webhook}\n", "4 receivers.a.endpoint: "},
		{HEAD "  a: {plugin: webhook, endpoint: 'https://a.example/', signing_secret: 'env:TOCSIN_NO_SUCH'}\n",
		 "4 receivers.a.signing_secret: the environment has no TOCSIN_NO_SUCH\n"},
		{HEAD "  a: {plugin: webhook, endpoint: 'https://a.example/#x'}\n",
		 "4 receivers.a.endpoint: the URL cannot be used: it has a fragment (#), which is never sent\n"},
		{HEAD "  a: {plugin: console, $deadlin: 1h}\n",
		 "4 receivers.a.$deadlin: is no key of the runtime; did you mean $deadline?\n"},
		{HEAD "  a: {plugin: console, $rate: 1}\n", "4 receivers.a.$rate: is no key of the runtime\n"},
		{HEAD "  a: {plugin: console, $deadline: soon}\n",
		 "4 receivers.a.$deadline: \"soon\" is not a duration such as 5s, 1h30m or 250ms\n"},
		{HEAD "  a: {plugin: console, $deadline: 10ms}\n",
		 "4 receivers.a.$deadline: 10ms is less than the minimum 1s\n"},
		{HEAD "  a: {plugin: console, $deadline: 5w}\n",
		 "4 receivers.a.$deadline: 5w is more than the maximum 1w\n"},
		{HEAD "  a: {plugin: console, $send_resolved: perhaps}\n",
		 "4 receivers.a.$send_resolved: \"perhaps\" is not true or false, yes or no, on or off, 1 or 0\n"},
		{HEAD "  a: {plugin: console, $egress: [10.0.0.0/8, 10.0.0.1/8, x]}\n",
		 "4 receivers.a.$egress[1]: the address of \"10.0.0.1/8\" has more bits than its prefix\n"
		 "4 receivers.a.$egress[2]: \"x\" is no network such as 10.0.0.0/8 or fd00::/8\n"},
		{HEAD "  a: {plugin: console, $tier: root}\n",
		 "4 receivers.a.$tier: \"root\" is none of pure, unconfined\n"},
		{HEAD "  a: {plugin: console, $sha256: abc}\n",
		 "4 receivers.a.$sha256: is not the 64 lower-case hexadecimal digits of a SHA-256\n"},
		{HEAD "  a: {plugin: console, $sha256: "
		      "'0000000000000000000000000000000000000000000000000000000000000000'}\n",
		 "4 receivers.a.$sha256: "},
		{HEAD "  a: {plugin: console, $fallback: a}\n", "4 receivers.a.$fallback: is the receiver itself\n"},
		{HEAD "  a: {plugin: console, $fallback: abd}\n  abc: {plugin: console}\n",
		 "4 receivers.a.$fallback: names the receiver abd, which there is not; did you mean abc?\n"},
		{HEAD "  a: {plugin: console, $fallback: b}\n  c: {plugin: console, $fallback: a}\n"
		      "  b: {plugin: console, $fallback: c}\n  d: {plugin: console, $fallback: a}\n",
		 "4 receivers.a.$fallback: leads back to itself through b\n"},
		{"plugins: [ADAPTERS]\nroutes:\n- {receivers: [a, bb]}\n- {receivers: [x]}\nreceivers: {a: {plugin: "
		 "console},"
		 " ba: {plugin: console}}\n",
		 "3 routes[0].receivers[1]: names the receiver bb, which there is not; did you mean ba?\n"
		 "4 routes[1].receivers[0]: names the receiver x, which there is not; did you mean a?\n"},
		{"plugins: [ADAPTERS]\nroutes:\n- {receivers: [a], match: ['x']}\nreceivers: {a: {plugin: console}}\n",
		 "3 routes[0].match[0]: x is no condition: behind the label's name there is none of = != =~ !~\n"},
		{HEAD "  a: {plugin: console}\ndisabled: [console]\n",
		 "5 disabled: is a list, a map from plugin to reason is needed\n"},
		{HEAD "  a: {plugin: console}\ndisabled: {console: ''}\n",
		 "5 disabled.console: is no PLUGIN or PLUGIN.ACTION with a reason, as in webhook: \"ticket 123\"\n"},
		{HEAD "  a: {plugin: console}\ndisabled: {'a b': x}\n",
		 "5 disabled.a b: is no PLUGIN or PLUGIN.ACTION with a reason, as in webhook: \"ticket 123\"\n"},
		{HEAD "  a: {plugin: console, prefx: x}\ndisabled: {console: ticket 1}\n", "4 receivers.a.prefx: "},
		{"plugins: [ADAPTERS, ./none, '']\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n",
		 "1 plugins[1]: "},
		{"plugins: []\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n",
		 "1 plugins: has 0 items, at least 1 is needed\n3 receivers.a.plugin: "},
		{"plugins: [twice]\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n", "1 plugins[0]: "},
		{"plugins: [bad]\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n",
		 "3 receivers.a.plugin: "},
		{"plugins: [bad, ADAPTERS]\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: oncall}}\n",
		 "3 receivers.a.plugin: there is no plugin delivery/oncall: the file /tmp/tocsin-configuration-"},
		{"plugins: [bad/other.so, ADAPTERS]\nroutes: [{receivers: [a]}]\nreceivers: {a: {plugin: console}}\n",
		 "1 plugins[0]: "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct configuration configuration;
		struct problems problems = {0};
		const size_t length = strlen(cases[i].problems);
		const enum tocsin_code code = load(cases[i].text, &configuration, &problems, &err);
		const char *lines = lines_of(&configuration, &problems);

		/* a message of another layer is not written out here: it only has to be there */
		if (code != TOCSIN_INVALID || strncmp(lines, cases[i].problems, length) != 0 ||
		    (cases[i].problems[length - 1] == '\n' && lines[length]))
			fail_msg("%s\n%s: got\n%s\nexpected\n%s", cases[i].text, tocsin_code_name(code), lines,
				 cases[i].problems);
		configuration_release(&configuration);
		problems_release(&problems);
	}
}

/* Everything at once, each at its place. */
static void test_all_at_once(void **state)
{
	static const char text[] = "plugins: [ADAPTERS, none]\n"
				   "receivers:\n"
				   "  a: {plugin: consol}\n"
				   "  b:\n"
				   "    plugin: webhook\n"
				   "    endpoint: x\n"
				   "    timeout_seconds: 1e3\n"
				   "    redact: yes\n"
				   "    $deadline: x\n"
				   "    $tiers: pure\n"
				   "  c: {plugin: pager}\n"
				   "routes:\n"
				   "  - {match: ['x', 'y='], receivers: [a, d]}\n"
				   "  - {recievers: [a]}\n"
				   "route: 1\n";
	static const char *const paths[] = {
		"15 route: ",
		"1 plugins[1]: ",
		"3 receivers.a.plugin: ",
		"6 receivers.b.endpoint: ",
		"7 receivers.b.timeout_seconds: ",
		"8 receivers.b.redact: ",
		"9 receivers.b.$deadline: ",
		"10 receivers.b.$tiers: ",
		"11 receivers.c.service: ",
		"11 receivers.c.routing_key: ",
		"13 routes[0].match[0]: ",
		"13 routes[0].match[1]: ",
		"13 routes[0].receivers[1]: names the receiver d",
		"14 routes[1].recievers: ",
		"14 routes[1].receivers: ",
	};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	const char *lines;

	(void)state;
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_INVALID,
		       "the configuration /tmp/tocsin-");
	lines = lines_of(&configuration, &problems);
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (!strstr(lines, paths[i]))
			fail_msg("%s is missing in\n%s", paths[i], lines);
	assert_int_equal(problems.count, COUNT_OF(paths));
	assert_int_equal(configuration.routes.count, 0);
	configuration_release(&configuration);
	problems_release(&problems);
}

static void test_unreadable(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"a: [", "tocsin.yaml:"},
		{"a: 1\na: 2\n", "tocsin.yaml:2:1"},
		{"a: &x 1\n", "tocsin.yaml:1:"},
	};
	const struct configuration_options options = {.place = TOCSIN_IN_WORKER};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const enum tocsin_code code = load(cases[i].text, &configuration, &problems, &err);

		assert_failure(&err, code, TOCSIN_INVALID, cases[i].why);
		assert_int_equal(problems.count, 0);
		configuration_release(&configuration);
	}
	assert_int_not_equal(configuration_load("/none/of/this.yaml", &options, &configuration, &problems, &err),
			     TOCSIN_OK);
	configuration_release(&configuration);
}

static void test_warnings(void **state)
{
	static const char text[] = "plugins: [ADAPTERS, bad]\n"
				   "receivers:\n"
				   "  a: {plugin: console}\n"
				   "  b: {plugin: console}\n"
				   "  c: {plugin: console}\n"
				   "  d: {plugin: console, $fallback: c}\n"
				   "routes: [{receivers: [a, d]}]\n"
				   "disabled: {consle: x, webhook.delver: y, pager.deliver: z}\n";
	static const char held[] = "plugins: [ADAPTERS]\n"
				   "receivers:\n"
				   "  a: {plugin: console}\n"
				   "routes: [{receivers: [a]}]\n"
				   "disabled: {console.deliver: ticket 123}\n";
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	const char *lines;

	(void)state;
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_OK, NULL);
	lines = lines_of(&configuration, &configuration.warnings);
	assert_non_null(strstr(lines, "8 disabled.consle: switches off what is not there: "));
	assert_non_null(strstr(lines, "did you mean console?"));
	assert_non_null(strstr(lines, "8 disabled.webhook.delver: switches off what is not there: "));
	assert_non_null(strstr(lines, "4 receivers.b: no route and no $fallback names it"));
	assert_non_null(strstr(lines, "1 plugins[1]: a file is left out: reading the contract of /tmp/"));
	assert_non_null(strstr(lines, "bad/oncall.so: "));
	assert_non_null(strstr(lines, "bad/other.so: "));
	assert_int_equal(configuration.warnings.count, 5);
	configuration_release(&configuration);
	problems_release(&problems);
	/* the action that a receiver lives by */
	assert_failure(&err, load(held, &configuration, &problems, &err), TOCSIN_OK, NULL);
	lines = lines_of(&configuration, &configuration.warnings);
	assert_non_null(strstr(lines, "3 receivers.a: "));
	assert_non_null(strstr(lines, "ticket 123"));
	assert_int_equal(configuration.warnings.count, 1);
	configuration_release(&configuration);
	problems_release(&problems);
}

/* Plugins by default, by file, and from beside the configuration. */
static void test_plugin_paths(void **state)
{
	static const struct {
		const char *plugins;
		bool by_default;
		enum tocsin_code code;
	} cases[] = {
		{"", true, TOCSIN_OK},
		{"", false, TOCSIN_INVALID},
		{"plugins: twice/console.so\n", false, TOCSIN_OK},
		{"plugins: [twice/console.so]\n", true, TOCSIN_OK},
		{"plugins: [twice/console.so, ./twice/console2.so]\n", false, TOCSIN_INVALID},
		{"plugins: [bad]\n", true, TOCSIN_INVALID},
	};
	const char *const paths[] = {"/none/of/these", built("adapters")};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct configuration_options options = {.place = TOCSIN_IN_WORKER,
							      .plugin_paths = paths,
							      .plugin_path_count = cases[i].by_default ? 2 : 0};
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct configuration configuration;
		struct problems problems = {0};
		char text[256];

		snprintf(text, sizeof(text), "%sreceivers: {a: {plugin: console}}\nroutes: [{receivers: [a]}]\n",
			 cases[i].plugins);
		assert_failure(&err, load_with(text, &options, &configuration, &problems, &err), cases[i].code, NULL);
		configuration_release(&configuration);
		problems_release(&problems);
	}
}

/* Secrets are not looked for when they are only to be masked, nor where a plugin is off. */
static void test_secrets(void **state)
{
	static const char text[] = HEAD "  a: {plugin: pagerduty, routing_key: 'env:TOCSIN_NO_SUCH'}\n";
	static const char off[] = HEAD "  a: {plugin: pagerduty, routing_key: 'env:TOCSIN_NO_SUCH'}\n"
				       "disabled: {pagerduty: x}\n";
	const struct configuration_options masked = {.secrets = SECRETS_MASK, .place = TOCSIN_IN_WORKER};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};

	(void)state;
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_INVALID, "no TOCSIN_NO_SUCH");
	configuration_release(&configuration);
	problems_release(&problems);
	assert_failure(&err, load_with(text, &masked, &configuration, &problems, &err), TOCSIN_OK, NULL);
	configuration_release(&configuration);
	assert_failure(&err, load(off, &configuration, &problems, &err), TOCSIN_OK, NULL);
	configuration_release(&configuration);
}

/* "file:" is relative to the configuration's directory, whatever the working directory is. */
static void test_secret_files(void **state)
{
	static const struct {
		const char *file; /* behind "file:"; DIR is the directory */
		const char *why; /* NULL: it is there */
	} cases[] = {
		{"key", NULL},
		{"./key", NULL},
		{"DIR/key", NULL},
		{"none", "/none cannot be opened"},
		{"", "cannot be opened"},
	};

	(void)state;
	write_file("key", "0123456789abcdef0123456789abcdef\n");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const bool is_absolute = strncmp(cases[i].file, "DIR", 3) == 0;
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct configuration configuration;
		struct problems problems = {0};
		char text[1024];

		snprintf(text, sizeof(text), HEAD "  a: {plugin: pagerduty, routing_key: 'file:%s%s'}\n",
			 is_absolute ? directory : "", cases[i].file + (is_absolute ? 3 : 0));
		assert_failure(&err, load(text, &configuration, &problems, &err),
			       cases[i].why ? TOCSIN_INVALID : TOCSIN_OK, cases[i].why);
		configuration_release(&configuration);
		problems_release(&problems);
	}
}

/* What no request could ever be sent to, or with, is said before anybody waits for an alert. */
static void test_unusable_settings(void **state)
{
	static const struct {
		const char *settings;
		const char *problem, *warning; /* or NULL */
	} cases[] = {
		{"endpoint: 'http://169.254.169.254/'",
		 "4 receivers.a.endpoint: leads to 169.254.169.254, a cloud metadata service: no request may go there",
		 NULL},
		{"endpoint: 'http://2852039166/x'", "4 receivers.a.endpoint: leads to 169.254.169.254", NULL},
		{"endpoint: 'http://[::ffff:169.254.169.254]/'", "4 receivers.a.endpoint: leads to ", NULL},
		{"endpoint: 'http://0.0.0.0:80/'", "4 receivers.a.endpoint: leads to 0.0.0.0, an unspecified", NULL},
		{"endpoint: 'http://10.0.0.1/'", NULL, NULL},
		{"endpoint: 'http://10.0.0.1/', bearer_token: 'to ken'", NULL,
		 "4 receivers.a.bearer_token: the secret holds a space"},
		{"endpoint: 'http://10.0.0.1/', bearer_token: 'env:TOCSIN_TEST_ODD'", NULL,
		 "4 receivers.a.bearer_token: the secret holds characters that no header"},
		{"endpoint: 'http://10.0.0.1/', bearer_token: \"to\\nken\"", NULL,
		 "4 receivers.a.bearer_token: the secret holds a line break"},
		{"endpoint: 'http://10.0.0.1/', bearer_token: \"\\ufefftoken\"", NULL,
		 "4 receivers.a.bearer_token: the secret begins with a byte order mark"},
		{"endpoint: 'http://10.0.0.1/', signing_secret: 'whsec_a!b'", NULL,
		 "4 receivers.a.signing_secret: the secret begins with whsec_ but what follows is not base64"},
		{"endpoint: 'http://10.0.0.1/', signing_secret: 'whsec_AAECAwQFBgc='", NULL, NULL},
		{"endpoint: 'http://10.0.0.1/', bearer_token: 'a~b.c'", NULL, NULL},
	};

	(void)state;
	setenv("TOCSIN_TEST_ODD", " token", 1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct configuration configuration;
		struct problems problems = {0};
		const char *lines;
		char text[1024];

		snprintf(text, sizeof(text), HEAD "  a: {plugin: webhook, %s}\n", cases[i].settings);
		assert_failure(&err, load(text, &configuration, &problems, &err),
			       cases[i].problem ? TOCSIN_INVALID : TOCSIN_OK, NULL);
		lines = lines_of(&configuration, &problems);
		if (cases[i].problem && !strstr(lines, cases[i].problem))
			fail_msg("%s is missing in %s", cases[i].problem, lines);
		lines = lines_of(&configuration, &configuration.warnings);
		if (cases[i].warning ? !strstr(lines, cases[i].warning) : *lines && !cases[i].problem)
			fail_msg("%s: %s", cases[i].settings, lines);
		assert_null(strstr(lines, "ken'"));
		configuration_release(&configuration);
		problems_release(&problems);
	}
}

/* The right pin; a wrong one is among the problems above. */
static void test_pin(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	char digest[PLUGIN_DIGEST_ROOM], text[256];
	struct plugin_file file;

	(void)state;
	assert_failure(&err, plugin_file_open(built("adapters/console.so"), &file, &err), TOCSIN_OK, NULL);
	assert_failure(&err, plugin_file_digest(&file, digest, &err), TOCSIN_OK, NULL);
	plugin_file_close(&file);
	snprintf(text, sizeof(text), HEAD "  a: {plugin: console, $sha256: '%s'}\n", digest);
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_OK, NULL);
	configuration_release(&configuration);
}

static enum tocsin_code deliver_nothing(const void *settings, const void *arguments, struct tocsin_result *ret_result,
					struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)err;
	tocsin_result_text(ret_result, "");
	return TOCSIN_OK;
}

static const struct tocsin_action free_actions[] = {
	{.name = "deliver", .summary = "Nothing.", .run = deliver_nothing, .returns = TOCSIN_RETURNS_TEXT}};

static const struct tocsin_plugin free_table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "free",
	.version = "1",
	.doc = "A test.",
	.actions = TOCSIN_LIST(free_actions),
	.tier = TOCSIN_TIER_UNCONFINED,
};

/* An unconfined plugin is not even constructed without the operator's word. */
static void test_tiers(void **state)
{
	static const struct {
		const char *receiver, *problem; /* NULL: none */
	} cases[] = {
		{"{'plugin': 'free'}",
		 "free is unconfined: it does its own I/O and nothing is promised about it; grant that"},
		{"{'plugin': 'free', '$tier': 'pure'}", "free is unconfined"},
		{"{'plugin': 'free', '$tier': 'unconfined'}", NULL},
	};
	struct tocsin_host host = {0};
	const struct receiver_context context = {.host = &host, .place = TOCSIN_IN_PROCESS};

	(void)state;
	assert_int_equal(tocsin_host_add(&host, &free_table, "test_configuration.c", NULL), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *map = json_of(cases[i].receiver);
		struct problems problems = {0};
		struct receiver receiver = {0};
		const enum tocsin_code code = receiver_read(&context, "a", map, &receiver, &problems);

		assert_int_equal(code, cases[i].problem ? TOCSIN_INVALID : TOCSIN_OK);
		if (cases[i].problem) {
			assert_string_equal(problems.items[0].path, "receivers.a.plugin");
			assert_non_null(strstr(problems.items[0].message, cases[i].problem));
		}
		receiver_release(&receiver);
		problems_release(&problems);
		json_decref(map);
	}
	host_release(&host);
}

/* Nor is any other plugin, while something about its receiver is wrong: its file would be missed here. */
static void test_no_hasty_construction(void **state)
{
	struct tocsin_host host = {0};
	const struct receiver_context context = {.host = &host, .place = TOCSIN_IN_WORKER};
	json_t *map = json_of("{'plugin': 'console', '$sha256': 'x'}");
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct receiver receiver;

	(void)state;
	copy_file(built("adapters/console.so"), "gone.so");
	assert_failure(&err, tocsin_host_add_file(&host, in_directory("gone.so"), &err), TOCSIN_OK, NULL);
	assert_int_equal(unlink(in_directory("gone.so")), 0);
	assert_int_equal(receiver_read(&context, "a", map, &receiver, &problems), TOCSIN_INVALID);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].path, "receivers.a.$sha256");
	problems_release(&problems);
	json_object_del(map, "$sha256");
	assert_int_equal(receiver_read(&context, "a", map, &receiver, &problems), TOCSIN_INVALID);
	assert_string_equal(problems.items[0].path, "receivers.a.plugin");
	problems_release(&problems);
	json_decref(map);
	host_release(&host);
}

/* From the file to the wire: a real adapter, in a worker, to a real server. */
static void test_delivering(void **state)
{
	json_t *notification = notification_example(), *receivers;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	struct wayward server;
	struct attempt made;
	char text[512];

	(void)state;
	wayward_start(&server);
	wayward_answer(&server, "HTTP/1.1 204 No Content\r\n\r\n");
	snprintf(text, sizeof(text),
		 HEAD
		 "  a:\n    plugin: webhook\n    endpoint: http://127.0.0.1:%d/hook\n    bearer_token: s3cr3t-token\n"
		 "    signing_secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
		 server.port);
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_OK, NULL);
	receivers = routes_match(&configuration.routes, json_object_get(notification, "labels"));
	assert_json(receivers, "[{'receiver':'a','route':0}]");
	assert_failure(&err,
		       attempt_deliver(configuration_receiver(&configuration, "a", &err), notification, 0, &made, &err),
		       TOCSIN_OK, NULL);
	assert_string_equal(made.outcome.reason, "HTTP 204");
	assert_non_null(strstr(server.request, "authorization: Bearer s3cr3t-token\r\n"));
	assert_non_null(strstr(server.request, "webhook-signature: v1,"));
	assert_non_null(strstr(server.request, "\"title\":\"Disk almost full on db-3\""));
	attempt_release(&made);
	json_decref(receivers);
	json_decref(notification);
	configuration_release(&configuration);
	wayward_stop(&server);
}

static void test_scarcity(void **state)
{
	static const char text[] = "plugins: [ADAPTERS, bad]\n"
				   "receivers:\n"
				   "  a: {plugin: console, $egress: [10.0.0.0/8], $fallback: b}\n"
				   "  b: {plugin: webhook, endpoint: 'https://a.example/'}\n"
				   "  c: {plugin: pager, service: db, routing_key: '0123'}\n"
				   "routes: [{match: ['a=~b'], receivers: [a]}, {receivers: [b]}]\n"
				   "disabled: {pager: x}\n";
	const struct configuration_options options = {.secrets = SECRETS_RESOLVE, .place = TOCSIN_IN_WORKER};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct configuration configuration;
	struct problems problems = {0};
	size_t allowed = 0;
	bool refused;

	(void)state;
	mem_use_for_json();
	assert_failure(&err, load(text, &configuration, &problems, &err), TOCSIN_OK, NULL);
	configuration_release(&configuration);
	do {
		enum tocsin_code code;

		/* Small steps where each allocation is a new one, larger ones in the long middle. */
		scarce_begin(allowed);
		allowed += 1 + allowed / 64;
		code = configuration_load(in_directory("tocsin.yaml"), &options, &configuration, &problems, &err);
		refused = scarce_end();
		if (!refused)
			assert_int_equal(code, TOCSIN_OK);
		configuration_release(&configuration);
		problems_release(&problems);
	} while (refused);
	assert_true(allowed > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_plugin_paths),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_secret_files),
		cmocka_unit_test(test_unusable_settings),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_tiers),
		cmocka_unit_test(test_no_hasty_construction),
		cmocka_unit_test(test_delivering),
		cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
