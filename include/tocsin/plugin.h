/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_PLUGIN_H
#define TOCSIN_PLUGIN_H

/*
 * The tables by which a plugin declares its contract.
 *
 * A plugin is one shared object with one exported constant, made by TOCSIN_PLUGIN. The tables hold no
 * code that must run: tocsin reads them out of the file, so that anybody can know settings, actions
 * and signatures without loading it. Limits and presets are text, checked by the reader.
 *
 *	struct greeter { const char *name; };
 *
 *	static const struct tocsin_field greeter_fields[] = {
 *		TOCSIN_STRING(struct greeter, name, .preset = "world", .description = "Whom to greet."),
 *	};
 *
 * The tables are C; C++ may include this header but not declare a plugin.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tocsin/error.h>
#include <tocsin/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The contract's version. It changes only when an older table can no longer be read. */
#define TOCSIN_ABI_NUMBER 1

/*
 * X(NAME, text, c_type, annotation): the kinds of fields and parameters. `annotation` is what a
 * signature shows. The order is part of the ABI: new ones go to the end.
 */
#define TOCSIN_KINDS(X)                                                                           \
	X(STRING, "string", const char *, "str")       /* UTF-8, white space around it removed */ \
	X(CHOICE, "choice", const char *, "str")       /* one of .choices, exactly */             \
	X(URL, "url", const char *, "str")             /* absolute http or https URL */           \
	X(INTEGER, "integer", int64_t, "int")                                                     \
	X(NUMBER, "number", double, "float")           /* finite */                               \
	X(BOOLEAN, "boolean", bool, "bool")                                                       \
	X(DURATION, "duration", int64_t, "str")        /* milliseconds; written 5s, 1h30m */      \
	X(SIZE, "size", int64_t, "str")                /* bytes; written 512, 64KiB, 1MB */       \
	X(SECRET, "secret", struct tocsin_secret, "Secret")                                       \
	X(LIST, "list", const struct tocsin_list *, "list[str]")                                  \
	X(MAP, "map", const struct tocsin_map *, "dict[str, str]")                                \
	X(OBJECT, "object", const struct tocsin_value *, "dict[str, object]")         /* parameters only */ \
	X(OBJECTS, "objects", const struct tocsin_value *, "list[dict[str, object]]") /* parameters only */

enum tocsin_kind {
	TOCSIN_KIND_NONE, /* an all-zero row is no field */
#define X(name, text, c_type, annotation) TOCSIN_KIND_##name,
	TOCSIN_KINDS(X)
#undef X
};

/* X(NAME, text, annotation): what an action gives back. The order is part of the ABI. */
#define TOCSIN_RETURN_KINDS(X)                     \
	X(NOTHING, "nothing", "None")              \
	X(TEXT, "text", "str")                     \
	X(OBJECT, "object", "dict[str, object]")

enum tocsin_returns {
#define X(name, text, annotation) TOCSIN_RETURNS_##name,
	TOCSIN_RETURN_KINDS(X)
#undef X
};

/* X(NAME, text): what the plugin's process may do. Lowest power first. */
#define TOCSIN_TIERS(X)                                                                \
	X(PURE, "pure")             /* computes; has no files, no network, no secrets */ \
	X(UNCONFINED, "unconfined") /* does its own I/O; nothing is promised about it */

enum tocsin_tier {
#define X(name, text) TOCSIN_TIER_##name,
	TOCSIN_TIERS(X)
#undef X
};

/* A list setting or argument. `items` are UTF-8 and live as long as the settings or the call. */
struct tocsin_list {
	size_t count;
	const char *const *items;
};

struct tocsin_pair {
	const char *key;
	const char *value;
};

/* A map setting or argument: pairs sorted by key, keys unique. */
struct tocsin_map {
	size_t count;
	const struct tocsin_pair *items;
};

/*
 * A handle to a secret. A pure plugin never sees the secret: `placeholder` is a token that the
 * transport replaces in header values, the URL and payload leaves, after it has checked where the
 * request goes. NULL when the setting is absent.
 */
struct tocsin_secret {
	const char *placeholder;
};

/*
 * One setting of a plugin, or one parameter of an action. Text members are NULL where absent. Make
 * rows with TOCSIN_STRING() and its sisters, which fill name, kind and offset and check the C type.
 */
struct tocsin_field {
	const char *name;
	const char *description;      /* one sentence for people; required */
	const char *preset;           /* the default, as a person would write it in the configuration */
	const char *minimum;          /* of the value; for text its length in characters, for lists the count */
	const char *maximum;
	const char *pattern;          /* Perl-compatible expression that the whole text must match */
	const char *unit;             /* shown to people beside a number, such as "seconds" */
	const char *const *choices;   /* TOCSIN_CHOICES("a", "b"); kind choice only */
	uint32_t kind;                /* enum tocsin_kind */
	uint32_t offset;              /* of the member in the settings or arguments struct */
	bool required;                /* no default, and absence is an error */
	uint8_t reserved[7];          /* zero */
};

struct tocsin_fields {
	const struct tocsin_field *items;
	uint32_t count;
	uint32_t stride;
};

/*
 * Runs one action. `settings` and `arguments` point to the structs that the tables describe, filled in
 * and valid; they and all they point to live until the function returns. What it has to say goes into
 * `ret_result`, or it returns a code other than TOCSIN_OK and says why with tocsin_fail(). Runs in the
 * worker's only thread. A function of `deliver` must be pure: same arguments, same result.
 *
 * An action fails with TOCSIN_FAILED, INVALID, NOT_FOUND or LIMIT. Every other code counts as FAILED, with its
 * sentences; DISABLED may be passed on from a call of an action that is switched off.
 */
typedef enum tocsin_code tocsin_run(const void *settings, const void *arguments,
				    struct tocsin_result *ret_result, struct tocsin_error *err);

struct tocsin_action {
	const char *name;
	const char *summary;          /* one sentence for people; required */
	tocsin_run *run;
	struct tocsin_fields parameters;
	uint32_t arguments_size;      /* sizeof the arguments struct; 0 without parameters */
	uint32_t returns;             /* enum tocsin_returns */
};

struct tocsin_actions {
	const struct tocsin_action *items;
	uint32_t count;
	uint32_t stride;
};

struct tocsin_abi {
	uint32_t number;              /* TOCSIN_ABI_NUMBER */
	uint32_t size;                /* sizeof(struct tocsin_plugin) when the plugin was compiled */
};

struct tocsin_plugin {
	struct tocsin_abi abi;        /* TOCSIN_ABI; always the first member */
	const char *group;            /* "delivery" for adapters */
	const char *name;             /* unique in its group: lower case, digits, '-' and '_' */
	const char *version;          /* of the plugin, such as "1.0.0" */
	const char *doc;              /* one sentence for people */
	struct tocsin_fields fields;
	struct tocsin_actions actions;
	const char *const *hosts;     /* TOCSIN_CHOICES(...): hosts that requests may go to besides those in settings */
	uint32_t settings_size;       /* sizeof the settings struct; 0 without fields */
	uint32_t tier;                /* enum tocsin_tier */
	bool idempotent;              /* the service drops a repeat that carries the same notification id */
	uint8_t reserved[7];          /* zero */
};

/* The name of the exported constant. */
#define TOCSIN_PLUGIN_SYMBOL "tocsin_plugin_table"

#ifndef __cplusplus

#define TOCSIN_ABI {TOCSIN_ABI_NUMBER, sizeof(struct tocsin_plugin)}

/* TOCSIN_PLUGIN = { ... }; once in a plugin's source. */
#define TOCSIN_PLUGIN                                              \
	extern const struct tocsin_plugin tocsin_plugin_table;     \
	TOCSIN_PUBLIC const struct tocsin_plugin tocsin_plugin_table

/* Pointer, count and stride of a table. */
#define TOCSIN_LIST(table) {(table), sizeof(table) / sizeof((table)[0]), sizeof((table)[0])}

#define TOCSIN_CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* 0 when the member has the C type, and no valid expression when it has another; an array is no pointer here. */
#define TOCSIN_TYPE_CHECK_(structure, member, c_type) _Generic(&((structure *)0)->member, c_type *: 0)

#define TOCSIN_FIELD_(structure, member, c_type, kind_, ...)                              \
	{                                                                                 \
		.name = #member, .kind = TOCSIN_KIND_##kind_,                             \
		.offset = (uint32_t)offsetof(structure, member) +                         \
			  TOCSIN_TYPE_CHECK_(structure, member, c_type),                  \
		__VA_ARGS__                                                               \
	}

#define TOCSIN_STRING(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const char *, STRING, __VA_ARGS__)
#define TOCSIN_CHOICE(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const char *, CHOICE, __VA_ARGS__)
#define TOCSIN_URL(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const char *, URL, __VA_ARGS__)
#define TOCSIN_INTEGER(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, int64_t, INTEGER, __VA_ARGS__)
#define TOCSIN_NUMBER(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, double, NUMBER, __VA_ARGS__)
#define TOCSIN_BOOLEAN(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, bool, BOOLEAN, __VA_ARGS__)
#define TOCSIN_DURATION(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, int64_t, DURATION, __VA_ARGS__)
#define TOCSIN_SIZE(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, int64_t, SIZE, __VA_ARGS__)
#define TOCSIN_SECRET(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, struct tocsin_secret, SECRET, __VA_ARGS__)
#define TOCSIN_TEXTS(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const struct tocsin_list *, LIST, __VA_ARGS__)
#define TOCSIN_MAP(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const struct tocsin_map *, MAP, __VA_ARGS__)
#define TOCSIN_OBJECT(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const struct tocsin_value *, OBJECT, __VA_ARGS__)
#define TOCSIN_OBJECTS(structure, member, ...) \
	TOCSIN_FIELD_(structure, member, const struct tocsin_value *, OBJECTS, __VA_ARGS__)

#endif /* !__cplusplus */

#ifdef __cplusplus
}
#endif

#endif
