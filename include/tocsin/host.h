/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_HOST_H
#define TOCSIN_HOST_H

/*
 * Hosting plugins in a program of one's own, with libtocsin.
 *
 *	tocsin_host_new(&host, &err);
 *	tocsin_host_add_directory(host, "/usr/lib/tocsin/adapters", NULL, NULL, &err);
 *	tocsin_instance_new(host, "delivery", "console", "{\"prefix\": \"[ops]\"}", NULL, &instance, &err);
 *	tocsin_instance_invoke(instance, "deliver", arguments_json, &result_json, &err);
 *	tocsin_instance_free(instance);
 *	tocsin_host_free(host);
 *
 * Structured values cross this boundary as JSON text, so that no other library's types do. Text given
 * back in `ret_` parameters is the caller's, to be freed with tocsin_text_free(). In results, histories
 * and errors secrets are masked.
 *
 * A host and all made from it belong to one thread at a time. A worker ends with the thread that made the
 * call by which it was started, so make calls from threads that live as long as the instance. Free
 * instances before their host.
 *
 * NULL for a name, table, origin, path, reason, owner or function that is needed is TOCSIN_INVALID. Hosts,
 * instances and `ret_` parameters must not be NULL, but the error object may be, everywhere.
 */

#include <stddef.h>
#include <stdint.h>

#include <tocsin/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tocsin_host;
struct tocsin_instance;
struct tocsin_override;

TOCSIN_PUBLIC enum tocsin_code tocsin_host_new(struct tocsin_host **ret_host, struct tocsin_error *err);
TOCSIN_PUBLIC void tocsin_host_free(struct tocsin_host *host);
TOCSIN_PUBLIC void tocsin_text_free(char *text);

/* ---- The registry ---- */

/*
 * Adds a plugin of the program itself; `table` is copied, but its functions must stay. `origin` names it in
 * errors, such as its source file.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_host_add(struct tocsin_host *host, const struct tocsin_plugin *table,
					       const char *origin, struct tocsin_error *err);

/* Reads the contract of one plugin file, without loading it, and adds it. */
TOCSIN_PUBLIC enum tocsin_code tocsin_host_add_file(struct tocsin_host *host, const char *path,
						    struct tocsin_error *err);

/*
 * Reads all plugin files of a directory. A bad file hides no other: `refused`, when given, is called
 * with its path and the reason. Fails only when the directory itself cannot be read.
 */
typedef void tocsin_refused(void *data, const char *path, const struct tocsin_error *reason);
TOCSIN_PUBLIC enum tocsin_code tocsin_host_add_directory(struct tocsin_host *host, const char *path,
							 tocsin_refused *refused, void *data,
							 struct tocsin_error *err);

/* Forgets the plugins of `group`, or all when it is NULL. Instances that exist keep theirs. */
TOCSIN_PUBLIC void tocsin_host_reset(struct tocsin_host *host, const char *group);

/* The manifest of `group`, or of all when it is NULL: JSON, indent 2, keys sorted. */
TOCSIN_PUBLIC enum tocsin_code tocsin_host_manifest(const struct tocsin_host *host, const char *group, char **ret_json,
						    struct tocsin_error *err);

/* ---- Switches ---- */

/* Switches a plugin off, or one action of it; `action` may be NULL, `reason` may not. */
TOCSIN_PUBLIC enum tocsin_code tocsin_host_disable(struct tocsin_host *host, const char *group, const char *name,
						   const char *action, const char *reason, struct tocsin_error *err);
TOCSIN_PUBLIC enum tocsin_code tocsin_host_enable(struct tocsin_host *host, const char *group, const char *name,
						  const char *action, struct tocsin_error *err);

/* What is off: a list of {group, plugin_name, action (null: all of it), reason, since (RFC 3339)}; JSON. */
TOCSIN_PUBLIC enum tocsin_code tocsin_host_switches(const struct tocsin_host *host, char **ret_json,
						    struct tocsin_error *err);

/* ---- Instances ---- */

enum tocsin_place {
	TOCSIN_IN_WORKER,  /* in a process of its own */
	TOCSIN_IN_PROCESS, /* in the calling program: a fault of the plugin is a fault of the program */
};

/* How an instance runs. It may grow at the end: members that a caller does not know are zero, which means as before. */
struct tocsin_instance_options {
	size_t size;                  /* sizeof(struct tocsin_instance_options), as the caller was compiled */
	enum tocsin_place place;
	const char *sha256;           /* what the plugin's file must have, 64 hexadecimal digits; NULL: not checked */
	int64_t deadline_ms;          /* of one call in a worker; 0: 10 seconds */
};

/*
 * Constructs a plugin. `settings_json` is an object, or NULL for none; text values are coerced as those
 * of the configuration are. `options` may be NULL: in a worker, with the defaults. All that is wrong with
 * the settings is in the error's chain. The worker is started by the first call, and again by the first one
 * after it died.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_instance_new(struct tocsin_host *host, const char *group, const char *name,
						   const char *settings_json,
						   const struct tocsin_instance_options *options,
						   struct tocsin_instance **ret_instance, struct tocsin_error *err);
TOCSIN_PUBLIC void tocsin_instance_free(struct tocsin_instance *instance);

/*
 * Runs an action; the result is JSON. `arguments_json` is an object, or NULL for none. A worker that has not
 * answered at its deadline is ended. Failures are recorded in the history as well as returned.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_instance_invoke(struct tocsin_instance *instance, const char *action,
						      const char *arguments_json, char **ret_json,
						      struct tocsin_error *err);

/*
 * The settings with secrets masked, and the newest 100 recorded invocations, oldest first: JSON. Arguments too
 * large to keep are {"...": "too large to keep"}.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_instance_configuration(const struct tocsin_instance *instance, char **ret_json,
							     struct tocsin_error *err);
TOCSIN_PUBLIC enum tocsin_code tocsin_instance_history(const struct tocsin_instance *instance, char **ret_json,
						       struct tocsin_error *err);

/* Switches recording off or on; the invocations of an instance that does not record leave no trace. */
TOCSIN_PUBLIC void tocsin_instance_record(struct tocsin_instance *instance, bool record);

/* ---- Overrides ---- */

/*
 * Replaces an action for as long as the override exists, in every instance of the plugin that runs in
 * process. `owner` says who did it, in tocsin_host_overrides(), which lists all that are in force now.
 * Overrides of the same action stack: ending one, in any order, leaves the others. End each once; one that
 * tocsin_host_scope() or tocsin_host_free() has ended is gone. NULL is no override.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_override_begin(struct tocsin_host *host, const char *group, const char *name,
						     const char *action, tocsin_run *run, const char *owner,
						     struct tocsin_override **ret_override, struct tocsin_error *err);
TOCSIN_PUBLIC void tocsin_override_end(struct tocsin_override *override);
TOCSIN_PUBLIC enum tocsin_code tocsin_host_overrides(const struct tocsin_host *host, char **ret_json,
						     struct tocsin_error *err);

/*
 * Runs `body`, and undoes what it did to the host, whatever it returns: overrides that it began and left behind are
 * ended, and the registry holds what it held before. Scopes nest. Switches stay as they are.
 */
typedef enum tocsin_code tocsin_body(struct tocsin_host *host, void *data, struct tocsin_error *err);
TOCSIN_PUBLIC enum tocsin_code tocsin_host_scope(struct tocsin_host *host, tocsin_body *body, void *data,
						 struct tocsin_error *err);

#ifdef __cplusplus
}
#endif

#endif
