/* SPDX-License-Identifier: Apache-2.0 */
/* Where requests may go: hosts by name and port, addresses by what they are for, and the notations of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <tocsin/tocsin.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/address.h"
#include "delivery/egress.h"
#include "delivery/url.h"
#include "scarce.h"

struct settings {
	const char *endpoint;
	const char *backup;
	const char *local;
	const char *note;
};

static const struct tocsin_field fields[] = {
	TOCSIN_URL(struct settings, endpoint, .description = "Where to."),
	TOCSIN_URL(struct settings, backup, .description = "Where else."),
	TOCSIN_URL(struct settings, local, .preset = "http://127.0.0.1:7000/", .description = "A default."),
	TOCSIN_STRING(struct settings, note, .description = "A URL in here names no host."),
};

static enum tocsin_code run(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)err;
	tocsin_result_text(ret_result, "");
	return TOCSIN_OK;
}

static const struct tocsin_action actions[] = {
	{.name = "deliver", .summary = "Nothing.", .run = run, .returns = TOCSIN_RETURNS_TEXT}};

static const struct tocsin_plugin table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "probe",
	.version = "1",
	.doc = "A test.",
	.settings_size = sizeof(struct settings),
	.fields = TOCSIN_LIST(fields),
	.actions = TOCSIN_LIST(actions),
	.hosts = TOCSIN_CHOICES("api.example.org", "10.1.1.1"),
};

static struct plugin *plugin;

static int make_plugin(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	assert_failure(&err, plugin_compile(&table, PLUGIN_LIVE, "test_egress.c", &plugin, &err), TOCSIN_OK, NULL);
	return 0;
}

static int free_plugin(void **state)
{
	(void)state;
	plugin_unref(plugin);
	return 0;
}

/* The rule of these settings and networks, both with ' for ". */
static struct egress rule_of(const char *settings, const char *networks)
{
	json_t *values = json_of(settings), *list = json_of(networks);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct egress egress = {0};

	assert_failure(&err, egress_init(&egress, plugin, values, list, &err), TOCSIN_OK, NULL);
	json_decref(values);
	json_decref(list);
	return egress;
}

/* The code for connecting to `text`, named as `host` in the URL. */
static enum tocsin_code connect_to(const struct egress *egress, const char *host, const char *text,
				   struct tocsin_error *err)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(443)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return egress_check_address(egress, host, (const struct sockaddr *)&v4, err);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return egress_check_address(egress, host, (const struct sockaddr *)&v6, err);
}

/* What no request reaches that goes to a public name, and what may never be reached at all. */
static const struct {
	const char *address;
	bool never;
	const char *name;
} forbidden[] = {
	{"169.254.169.254", true, "a cloud metadata service"},
	{"169.254.170.2", true, "a cloud metadata service"},
	{"169.254.170.23", true, "a cloud metadata service"},
	{"169.254.0.23", true, "a cloud metadata service"},
	{"169.254.42.42", true, "a cloud metadata service"},
	{"100.100.100.200", true, "a cloud metadata service"},
	{"168.63.129.16", true, "a cloud metadata service"},
	{"192.0.0.192", true, "a cloud metadata service"},
	{"fd00:ec2::254", true, "a cloud metadata service"},
	{"fd00:ec2::23", true, "a cloud metadata service"},
	{"fd20:ce::254", true, "a cloud metadata service"},
	{"fd00:42::42", true, "a cloud metadata service"},
	{"::ffff:169.254.169.254", true, "a cloud metadata service"},
	{"::ffff:a9fe:a9fe", true, "a cloud metadata service"},
	{"::169.254.169.254", true, "a cloud metadata service"},
	{"::ffff:0:169.254.169.254", true, "a cloud metadata service"},
	{"64:ff9b::169.254.169.254", true, "a cloud metadata service"},
	{"64:ff9b::a83f:8110", true, "a cloud metadata service"},
	{"64:ff9b:1::169.254.169.254", true, "a cloud metadata service"},
	{"2002:a9fe:a9fe::1", true, "a cloud metadata service"},
	{"2002:6464:64c8:1234::1", true, "a cloud metadata service"},
	{"0.0.0.0", true, "an unspecified address"},
	{"0.0.0.1", true, "an unspecified address"},
	{"0.255.255.255", true, "an unspecified address"},
	{"::", true, "an unspecified address"},
	{"::ffff:0.0.0.0", true, "an unspecified address"},
	{"255.255.255.255", true, "the broadcast address"},
	{"224.0.0.1", true, "a multicast address"},
	{"239.255.255.255", true, "a multicast address"},
	{"ff02::1", true, "a multicast address"},
	{"ff0e::1", true, "a multicast address"},
	{"::ffff:224.0.0.1", true, "a multicast address"},
	{"127.0.0.1", false, "a loopback address"},
	{"127.0.0.53", false, "a loopback address"},
	{"127.255.255.255", false, "a loopback address"},
	{"::1", false, "a loopback address"},
	{"::ffff:127.0.0.1", false, "a loopback address"},
	{"::127.0.0.1", false, "a loopback address"},
	{"64:ff9b::7f00:1", false, "a loopback address"},
	{"2002:7f00:1::", false, "a loopback address"},
	{"10.0.0.1", false, "a private address"},
	{"10.255.255.255", false, "a private address"},
	{"172.16.0.1", false, "a private address"},
	{"172.31.255.255", false, "a private address"},
	{"192.168.0.1", false, "a private address"},
	{"192.168.255.255", false, "a private address"},
	{"::ffff:10.0.0.1", false, "a private address"},
	{"::ffff:c0a8:1", false, "a private address"},
	{"64:ff9b::10.0.0.1", false, "a private address"},
	{"64:ff9b::c0a8:101", false, "a private address"},
	{"2002:a00:1::1", false, "a private address"},
	{"2002:c0a8:101::1", false, "a private address"},
	{"169.254.1.1", false, "a link-local address"},
	{"169.254.169.253", false, "a link-local address"},
	{"fe80::1", false, "a link-local address"},
	{"febf::1", false, "a link-local address"},
	{"fec0::1", false, "a site-local address"},
	{"100.64.0.1", false, "a shared address"},
	{"100.127.255.255", false, "a shared address"},
	{"fc00::1", false, "a unique local address"},
	{"fdff:ffff::1", false, "a unique local address"},
	{"192.0.0.8", false, "an address for protocol assignments"},
	{"192.0.2.1", false, "an address for documentation"},
	{"198.51.100.7", false, "an address for documentation"},
	{"203.0.113.255", false, "an address for documentation"},
	{"192.88.99.1", false, "a 6to4 relay address"},
	{"198.18.0.1", false, "an address for benchmarks"},
	{"198.19.255.255", false, "an address for benchmarks"},
	{"240.0.0.1", false, "a reserved address"},
	{"255.255.255.254", false, "a reserved address"},
	{"2001:db8::1", false, "an address for documentation"},
	{"3fff::1", false, "an address for documentation"},
	{"2001::1", false, "an address for protocol assignments"},
	{"2001:0:7f00:1::", false, "an address for protocol assignments"},
	{"64:ff9b:1:1::1", false, "a local address for translation to IPv4"},
	{"100::1", false, "a reserved address"},
	{"4000::1", false, "a reserved address"},
	{"5f00::1", false, "a reserved address"},
	{"::1:0:0:0", false, "a reserved address"},
};

static void test_forbidden(void **state)
{
	struct egress plain = rule_of("{'endpoint': 'https://hooks.example.com/x'}", NULL);
	struct egress open = rule_of("{'endpoint': 'https://hooks.example.com/x'}", "['0.0.0.0/0', '::/0']");

	(void)state;
	assert_true(COUNT_OF(forbidden) >= 60);
	for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char sentence[128];

		snprintf(sentence, sizeof(sentence), ", %s", forbidden[i].name);
		assert_failure(&err, connect_to(&plain, "hooks.example.com", forbidden[i].address, &err), TOCSIN_DENIED,
			       sentence);
		if (forbidden[i].never)
			assert_failure(&err, connect_to(&open, "hooks.example.com", forbidden[i].address, &err),
				       TOCSIN_DENIED, "no request may go there");
		else
			assert_int_equal(connect_to(&open, "hooks.example.com", forbidden[i].address, NULL), TOCSIN_OK);
	}
	egress_release(&plain);
	egress_release(&open);
}

/* Naming an address in a setting opens that address, never a metadata service. */
static void test_naming_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
		const bool is_v6 = strchr(forbidden[i].address, ':') != NULL;
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char settings[160], wanted[128];
		struct egress egress;
		struct url url;

		snprintf(wanted, sizeof(wanted), "http://%s%s%s:8080/", is_v6 ? "[" : "", forbidden[i].address,
			 is_v6 ? "]" : "");
		snprintf(settings, sizeof(settings), "{'endpoint': '%s'}", wanted);
		egress = rule_of(settings, NULL);
		assert_failure(&err, egress_check_url(&egress, wanted, wanted, &err), TOCSIN_OK, NULL);
		assert_int_equal(url_read(wanted, &url, NULL), TOCSIN_OK);
		assert_int_equal(connect_to(&egress, url.host, forbidden[i].address, &err),
				 forbidden[i].never ? TOCSIN_DENIED : TOCSIN_OK);
		url_release(&url);
		egress_release(&egress);
	}
}

static void test_public(void **state)
{
	static const char *const addresses[] = {
		"1.1.1.1",	   "9.255.255.255",  "11.0.0.0",	 "126.255.255.255", "128.0.0.1",
		"172.15.255.255",  "172.32.0.0",     "192.167.255.255",	 "192.169.0.0",	    "169.253.255.255",
		"169.255.0.0",	   "100.63.255.255", "100.128.0.0",	 "198.17.255.255",  "198.20.0.0",
		"223.255.255.255", "168.63.129.15",  "192.0.1.0",	 "2606:4700::1111", "2a00:1450::1",
		"2001:4860::8888", "2003::1",	     "64:ff9b::1.1.1.1", "::ffff:1.1.1.1",  "2002:101:101::1",
	};
	struct egress egress = rule_of("{'endpoint': 'https://hooks.example.com/x'}", NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		assert_failure(&err, connect_to(&egress, "hooks.example.com", addresses[i], &err), TOCSIN_OK, NULL);
	}
	egress_release(&egress);
}

/* What opens closed addresses, and what only seems to. */
static void test_opening(void **state)
{
	static const struct {
		const char *settings, *networks, *host, *address;
		bool allowed;
	} cases[] = {
		{"{'endpoint': 'http://localhost:8080/'}", NULL, "localhost", "127.0.0.1", true},
		{"{'endpoint': 'http://localhost:8080/'}", NULL, "localhost", "::1", true},
		{"{'endpoint': 'http://LOCALHOST.:8080/'}", NULL, "localhost", "127.0.0.1", true},
		{"{'endpoint': 'http://localhost:8080/'}", NULL, "localhost", "10.0.0.1", false},
		{"{'endpoint': 'http://localhost.example.com/'}", NULL, "localhost.example.com", "127.0.0.1", false},
		{"{'endpoint': 'http://10.0.0.1/'}", NULL, "10.0.0.1", "10.0.0.1", true},
		{"{'endpoint': 'http://10.0.0.1/'}", NULL, "10.0.0.1", "10.0.0.2", false},
		/* a name that resolves to an address that another setting names */
		{"{'endpoint': 'http://hooks.example.com/', 'backup': 'http://10.0.0.1/'}", NULL, "hooks.example.com",
		 "10.0.0.1", false},
		{"{'endpoint': 'http://127.1/'}", NULL, "127.0.0.1", "127.0.0.1", true},
		{"{'endpoint': 'http://0x7f.0.0.1/'}", NULL, "127.0.0.1", "127.0.0.1", true},
		{"{'endpoint': 'http://[::1]/'}", NULL, "::1", "::1", true},
		{"{'endpoint': 'http://[::1]/'}", NULL, "::1", "127.0.0.1", false},
		{"{'endpoint': 'http://[fd00::1]/'}", NULL, "fd00::1", "fd00::1", true},
		/* what the contract says opens nothing: a default, a declared host, another field's text */
		{"{'local': 'http://127.0.0.1:7000/'}", NULL, "127.0.0.1", "127.0.0.1", false},
		{"{'local': 'http://127.0.0.1:7001/'}", NULL, "127.0.0.1", "127.0.0.1", true},
		{"{}", NULL, "10.1.1.1", "10.1.1.1", false},
		{"{'note': 'http://10.2.2.2/'}", NULL, "10.2.2.2", "10.2.2.2", false},
		{"{}", "['10.0.0.0/8']", "hooks.example.com", "10.200.3.4", true},
		{"{}", "['10.0.0.0/8']", "hooks.example.com", "11.0.0.1", true},
		{"{}", "['10.0.0.0/8']", "hooks.example.com", "192.168.0.1", false},
		{"{}", "['10.0.0.0/8']", "hooks.example.com", "::ffff:10.200.3.4", true},
		{"{}", "['10.0.0.0/8']", "hooks.example.com", "64:ff9b::10.200.3.4", true},
		{"{}", "['192.168.7.9']", "hooks.example.com", "192.168.7.9", true},
		{"{}", "['192.168.7.9']", "hooks.example.com", "192.168.7.8", false},
		{"{}", "['172.16.0.0/13']", "hooks.example.com", "172.23.255.255", true},
		{"{}", "['172.16.0.0/13']", "hooks.example.com", "172.24.0.0", false},
		{"{}", "['fd00::/8']", "hooks.example.com", "fd12::1", true},
		{"{}", "['fd00::/8']", "hooks.example.com", "fc12::1", false},
		{"{}", "['fd00::/8']", "hooks.example.com", "fd00:ec2::254", false},
		{"{}", "['169.254.0.0/16']", "hooks.example.com", "169.254.3.3", true},
		{"{}", "['169.254.0.0/16']", "hooks.example.com", "169.254.169.254", false},
		{"{}", "['169.254.169.254']", "hooks.example.com", "169.254.169.254", false},
		{"{}", "['127.0.0.0/8']", "hooks.example.com", "127.0.0.1", true},
		{"{}", "['127.0.0.0/8']", "hooks.example.com", "::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct egress egress = rule_of(cases[i].settings, cases[i].networks);
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		if (connect_to(&egress, cases[i].host, cases[i].address, &err) !=
		    (cases[i].allowed ? TOCSIN_OK : TOCSIN_DENIED))
			fail_msg("%s %s: %s as %s", cases[i].settings, cases[i].networks, cases[i].address,
				 cases[i].host);
		egress_release(&egress);
	}
}

static void test_other_families(void **state)
{
	struct egress egress = rule_of("{}", "['0.0.0.0/0', '::/0']");
	struct sockaddr_un unix_address = {.sun_family = AF_UNIX};
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	assert_failure(&err, egress_check_address(&egress, "x", (const struct sockaddr *)&unix_address, &err),
		       TOCSIN_DENIED, "IPv4 and IPv6 addresses only");
	egress_release(&egress);
}

static void test_urls(void **state)
{
	static const char settings[] =
		"{'endpoint': 'https://hooks.example.com/services/x',"
		" 'backup': 'http://backup.example.com:8080/y', 'local': 'http://127.0.0.1:7000/'}";
	static const struct {
		const char *url;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"https://hooks.example.com/services/x", TOCSIN_OK, NULL},
		{"https://hooks.example.com/other?a=b", TOCSIN_OK, NULL},
		{"https://hooks.example.com", TOCSIN_OK, NULL},
		{"https://hooks.example.com:443/", TOCSIN_OK, NULL},
		{"https://HOOKS.Example.COM/", TOCSIN_OK, NULL},
		{"https://hooks.example.com./", TOCSIN_OK, NULL},
		{"https://h%6Foks.example.com/", TOCSIN_OK, NULL},
		{"HTTPS://hooks.example.com/", TOCSIN_OK, NULL},
		{"http://backup.example.com:8080/", TOCSIN_OK, NULL},
		{"https://backup.example.com:8080/", TOCSIN_OK, NULL},
		{"https://api.example.org/v2", TOCSIN_OK, NULL},
		{"http://127.0.0.1:7000/", TOCSIN_OK, NULL},
		{"http://2130706433:7000/", TOCSIN_OK, NULL},
		{"http://hooks.example.com/", TOCSIN_DENIED, "to hooks.example.com on port 443 with https only"},
		{"http://hooks.example.com:443/", TOCSIN_DENIED, "not to port 443 with http"},
		{"https://hooks.example.com:8443/", TOCSIN_DENIED, "not to port 8443"},
		{"http://backup.example.com/", TOCSIN_DENIED, "on port 8080"},
		{"https://backup.example.com/", TOCSIN_DENIED, "not to port 443"},
		{"http://api.example.org/", TOCSIN_DENIED, "with https only"},
		{"https://api.example.org:8443/", TOCSIN_DENIED, "on port 443"},
		{"https://evil.example.com/", TOCSIN_DENIED, "may not go to evil.example.com: neither a setting"},
		{"https://example.com/", TOCSIN_DENIED, "may not go to example.com"},
		{"https://xhooks.example.com/", TOCSIN_DENIED, "may not go to xhooks.example.com"},
		{"https://hooks.example.com.evil.net/", TOCSIN_DENIED, "may not go to hooks.example.com.evil.net"},
		{"https://hooks.example.com../", TOCSIN_DENIED, NULL},
		{"https://sub.api.example.org/", TOCSIN_DENIED, "may not go to sub.api.example.org"},
		{"http://127.0.0.1/", TOCSIN_DENIED, "on port 7000"},
		{"http://127.0.0.2:7000/", TOCSIN_DENIED, "may not go to 127.0.0.2"},
		{"http://169.254.169.254/latest/meta-data/", TOCSIN_DENIED, "may not go to 169.254.169.254"},
		{"http://0xa9fea9fe/", TOCSIN_DENIED, "may not go to 169.254.169.254"},
		{"http://2852039166/", TOCSIN_DENIED, "may not go to 169.254.169.254"},
		{"http://0251.0376.0251.0376/", TOCSIN_DENIED, "may not go to 169.254.169.254"},
		{"http://[::ffff:169.254.169.254]/", TOCSIN_DENIED, "may not go to ::ffff:"},
		{"http://localhost:7000/", TOCSIN_DENIED, "may not go to localhost"},
		{"https://hooks.example.com@evil.example.com/", TOCSIN_INVALID, NULL},
		{"https://user:pass@hooks.example.com/", TOCSIN_INVALID, NULL},
		{"https://evil.example.com#@hooks.example.com/", TOCSIN_INVALID, NULL},
		{"https://evil.example.com\\@hooks.example.com/", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.example.com\\.evil.net/", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.example.com/#x", TOCSIN_INVALID, "a fragment"},
		{"https://hooks.example.com/ x", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.example.com/\r\nHost: x", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.example.com/\xc3\xa4", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.ex\xc3\xa4mple.com/", TOCSIN_INVALID, "percent-encoded"},
		{"https://hooks.example.com:0/", TOCSIN_INVALID, "port"},
		{"https://hooks.example.com:65536/", TOCSIN_INVALID, NULL},
		{"https://hooks.example.com:80x/", TOCSIN_INVALID, NULL},
		{"https://[fe80::1%25eth0]/", TOCSIN_INVALID, "zone"},
		{"https://[::1/", TOCSIN_INVALID, NULL},
		{"https://", TOCSIN_INVALID, NULL},
		{"https:///etc/passwd", TOCSIN_DENIED, "may not go to etc"},
		{"hooks.example.com", TOCSIN_INVALID, NULL},
		{"//hooks.example.com/", TOCSIN_INVALID, NULL},
		{"/services/x", TOCSIN_INVALID, NULL},
		{"", TOCSIN_INVALID, NULL},
		{"ftp://hooks.example.com/", TOCSIN_INVALID, "neither http nor https"},
		{"file:///etc/passwd", TOCSIN_INVALID, "neither http nor https"},
		{"file://hooks.example.com/etc/passwd", TOCSIN_INVALID, NULL},
		{"gopher://hooks.example.com/", TOCSIN_INVALID, "neither http nor https"},
		{"dict://hooks.example.com:443/", TOCSIN_INVALID, "neither http nor https"},
		{"javascript:alert(1)", TOCSIN_INVALID, NULL},
		{"https+unix://hooks.example.com/", TOCSIN_INVALID, NULL},
	};
	struct egress egress = rule_of(settings, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		if (egress_check_url(&egress, cases[i].url, cases[i].url, &err) != cases[i].code)
			fail_msg("%s is %s: %s", cases[i].url, tocsin_code_name(err.code), tocsin_error_at(&err, 0));
		assert_failure(&err, egress_check_url(&egress, cases[i].url, cases[i].url, &err), cases[i].code,
			       cases[i].why);
	}
	egress_release(&egress);
	egress_release(NULL);
}

static void test_long_urls(void **state)
{
	struct egress egress = rule_of("{'endpoint': 'https://hooks.example.com/'}", NULL);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char url[URL_CEILING + 2] = "https://";

	(void)state;
	memset(url + 8, 'a', 400);
	strcpy(url + 408, "/");
	assert_failure(&err, egress_check_url(&egress, url, url, &err), TOCSIN_INVALID, NULL);
	strcpy(url, "https://hooks.example.com/");
	memset(url + strlen(url), 'a', URL_CEILING - strlen(url));
	assert_failure(&err, egress_check_url(&egress, url, url, &err), TOCSIN_OK, NULL);
	url[URL_CEILING] = 'a';
	assert_failure(&err, egress_check_url(&egress, url, url, &err), TOCSIN_INVALID, "longer than 8192 bytes");
	egress_release(&egress);
}

static void test_networks(void **state)
{
	static const struct {
		const char *text, *why; /* NULL: good */
	} cases[] = {
		{"10.0.0.0/8", NULL},
		{"10.0.0.1", NULL},
		{"0.0.0.0/0", NULL},
		{"::/0", NULL},
		{"fd00::/8", NULL},
		{"::1", NULL},
		{"::1/128", NULL},
		{"10.0.0.0/33", "no number from 0 to 32"},
		{"10.0.0.0/-1", "no number from 0 to 32"},
		{"10.0.0.0/+8", "no number from 0 to 32"},
		{"10.0.0.0/", "no number from 0 to 32"},
		{"10.0.0.0/8/8", "no number from 0 to 32"},
		{"10.0.0.0/8 ", "no number from 0 to 32"},
		{"fd00::/129", "no number from 0 to 128"},
		{"10.0.0.1/8", "more bits than its prefix"},
		{"fd00::1/8", "more bits than its prefix"},
		{"10.0.0/8", "is no network"},
		{"10/8", "is no network"},
		{"0x0a.0.0.0/8", "is no network"},
		{"hooks.example.com", "is no network"},
		{"", "is no network"},
		{"/8", "is no network"},
		{"fe80::1%eth0", "is no network"},
		{"1111111111111111111111111111111111111111111111111111111111111", "is no network"},
		{"::ffff:10.0.0.0/104", "name the IPv4 network"},
		{"64:ff9b::/96", "name the IPv4 network"},
		{"2002::/16", "name the IPv4 network"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct network network;

		assert_failure(&err, network_read(cases[i].text, &network, &err),
			       cases[i].why ? TOCSIN_INVALID : TOCSIN_OK, cases[i].why);
	}
}

static void test_bad_rules(void **state)
{
	static const struct {
		const char *settings, *networks, *why;
	} cases[] = {
		{"{'endpoint': 'ftp://x/'}", NULL, "the setting endpoint"},
		{"{'endpoint': 'https://[::1'}", NULL, "the setting endpoint"},
		{"{}", "['10.0.0.0/8', 'x']", "\"x\" is no network"},
		{"{}", "[8]", "is no network"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *settings = json_of(cases[i].settings), *networks = json_of(cases[i].networks);
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct egress egress;

		assert_failure(&err, egress_init(&egress, plugin, settings, networks, &err), TOCSIN_INVALID,
			       cases[i].why);
		json_decref(settings);
		json_decref(networks);
	}
}

static void test_scarcity(void **state)
{
	json_t *settings = json_of("{'endpoint': 'https://hooks.example.com/'}"), *networks = json_of("['10.0.0.0/8']");
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct egress egress = {0};
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = egress_init(&egress, plugin, settings, networks, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		egress_release(&egress);
	} while (refused);
	json_decref(settings);
	json_decref(networks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forbidden),      cmocka_unit_test(test_naming_addresses),
		cmocka_unit_test(test_public),	       cmocka_unit_test(test_opening),
		cmocka_unit_test(test_other_families), cmocka_unit_test(test_urls),
		cmocka_unit_test(test_long_urls),      cmocka_unit_test(test_networks),
		cmocka_unit_test(test_bad_rules),      cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, make_plugin, free_plugin);
}
