/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin with everything that a table can say. Each macro spoils it in one way that a person, or a compiler on
 * their behalf, might; tests/integration/test_loader.py says what becomes of it.
 */
#include <tocsin/tocsin.h>

#ifdef WRITABLE_FIELDS
#define FIELDS static
#elif defined(EXPORTED_FIELDS)
#define FIELDS                                                                                                         \
	extern const struct tocsin_field good_fields[];                                                                \
	TOCSIN_PUBLIC const
#else
#define FIELDS static const
#endif

#ifdef EXPORTED_RUN
#define RUN TOCSIN_PUBLIC
tocsin_run deliver;
#else
#define RUN static
#endif

struct good {
	const char *text;
	const char *mode;
	const char *endpoint;
	int64_t integer;
	double number;
	bool flag;
	int64_t timeout;
	int64_t size;
	struct tocsin_secret secret;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
};

#ifdef WRITABLE_TEXT
static char about_text[] = "Can be written.";
#else
#define about_text "A text."
#endif

FIELDS struct tocsin_field good_fields[] = {
	TOCSIN_STRING(struct good, text, .preset = "\xc3\xa4\xc3\xb6 \"x\"", .minimum = "1", .maximum = "99",
		      .pattern = "[^x]*\"x\"", .description = about_text),
	TOCSIN_CHOICE(struct good, mode, .preset = "one", .choices = TOCSIN_CHOICES("one", "two", "three"),
		      .description = "One of three."),
	TOCSIN_URL(struct good, endpoint, .required = true, .minimum = "8", .description = "Where to."),
	TOCSIN_INTEGER(struct good, integer, .preset = "-5", .minimum = "-9223372036854775808", .unit = "things",
		       .description = "An integer."),
	TOCSIN_NUMBER(struct good, number, .preset = "0.1", .maximum = "1e300", .description = "A number."),
	TOCSIN_BOOLEAN(struct good, flag, .preset = "true", .description = "A flag."),
	TOCSIN_DURATION(struct good, timeout, .preset = "1m30s", .minimum = "1s", .description = "A duration."),
	TOCSIN_SIZE(struct good, size, .preset = "64KiB", .maximum = "1GiB", .description = "A size."),
	TOCSIN_SECRET(struct good, secret, .description = "A secret."),
	TOCSIN_TEXTS(struct good, list, .preset = "a,b", .maximum = "3", .description = "Texts."),
	TOCSIN_MAP(struct good, map, .preset = "", .description = "A map."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_value *incidents;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),   TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary), TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),  TOCSIN_ATTRIBUTE(struct deliver, incidents),
};

RUN enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			     struct tocsin_error *err)
{
	const struct good *self = settings;
	const struct deliver *call = arguments;

	(void)err;
	tocsin_put_text(tocsin_result_object(ret_result), self->text, call->title);
	return TOCSIN_OK;
}

static enum tocsin_code version(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)err;
	tocsin_result_text(ret_result, "1");
	return TOCSIN_OK;
}

static const struct tocsin_action good_actions[] = {
	{
		.name = "deliver",
		.summary = "Deliver it.",
		.run = deliver,
		.parameters = TOCSIN_LIST(deliver_parameters),
		.arguments_size = sizeof(struct deliver),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{.name = "version", .summary = "Say the version.", .run = version, .returns = TOCSIN_RETURNS_TEXT},
};

#ifdef WRITABLE_TABLE
extern struct tocsin_plugin tocsin_plugin_table;
TOCSIN_PUBLIC struct tocsin_plugin tocsin_plugin_table
#elif defined(HIDDEN_TABLE)
extern const struct tocsin_plugin tocsin_plugin_table;
__attribute__((visibility("hidden"), used)) const struct tocsin_plugin tocsin_plugin_table
#elif defined(ZEROED_TABLE)
extern struct tocsin_plugin tocsin_plugin_table;
TOCSIN_PUBLIC struct tocsin_plugin tocsin_plugin_table;
TOCSIN_PUBLIC const struct tocsin_plugin another_table
#elif defined(FUNCTION_TABLE)
void tocsin_plugin_table(void);
TOCSIN_PUBLIC void tocsin_plugin_table(void)
{
}
static const struct tocsin_plugin __attribute__((used)) another_table
#else
TOCSIN_PLUGIN
#endif
#ifdef OTHER_ABI
#undef TOCSIN_ABI
#define TOCSIN_ABI                                                                                                     \
	{                                                                                                              \
		OTHER_ABI, sizeof(struct tocsin_plugin)                                                                \
	}
#endif
	= {
		.abi = TOCSIN_ABI,
		.group = "delivery",
		.name = "good",
		.version = "1.2.3",
		.doc = "Say everything.",
		.fields = TOCSIN_LIST(good_fields),
		.actions = TOCSIN_LIST(good_actions),
		.hosts = TOCSIN_CHOICES("api.example.com", "hooks.example.com"),
		.settings_size = sizeof(struct good),
		.tier = TOCSIN_TIER_PURE,
		.idempotent = true,
};

#ifdef CANARY
#include <fcntl.h>
#include <unistd.h>

static void sing(void)
{
	close(open(CANARY, O_CREAT | O_WRONLY, 0600));
}

__attribute__((constructor)) static void construct(void)
{
	sing();
}

__attribute__((destructor)) static void destruct(void)
{
	sing();
}

static int chosen(void)
{
	return 1;
}

static int (*choose(void))(void)
{
	sing();
	return chosen;
}

#ifdef STATIC_IFUNC
static int by_code(void) __attribute__((ifunc("choose")));
static int (*const volatile use)(void) = by_code;
int call_by_code(void);
int call_by_code(void)
{
	return use();
}
#else
TOCSIN_PUBLIC int by_code(void) __attribute__((ifunc("choose")));
#endif
#endif
