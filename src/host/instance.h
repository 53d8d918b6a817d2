/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_INSTANCE_H
#define HOST_INSTANCE_H

/*
 * A plugin constructed with settings, and its history.
 *
 * instance_invoke() is the one way to run an action: it asks the switches, checks the arguments, runs the
 * function in process or in the worker, checks the result against the contract and records it all.
 * A worker is started at the first call, and again after it died.
 */

#include <tocsin/host.h>

#include "contract/registry.h"
#include "contract/values.h"
#include "host/history.h"
#include "host/overrides.h"
#include "host/secrets.h"
#include "host/switches.h"

/* What all instances of one program share. A zeroed struct is an empty host. */
struct tocsin_host {
	struct registry registry;
	struct switches switches;
	struct overrides overrides;
};

void host_release(struct tocsin_host *host);

struct instance_options {
	enum tocsin_place place;
	enum secrets_mode secrets;
	const char *sha256; /* the pin of the plugin's file; NULL: none */
	const char *path; /* of the settings, in problems; NULL: "" */
	int64_t deadline_ms; /* of one call in a worker, and of its start; 0: WORKER_CALL_MS */
};

/*
 * Constructs `plugin` (a reference is taken) with `settings`, an unchecked object or NULL. What is wrong
 * with the settings goes to `problems` and the code is TOCSIN_INVALID; other failures are in `err`.
 * A disabled plugin is TOCSIN_DISABLED.
 */
enum tocsin_code instance_new(struct tocsin_host *host, struct plugin *plugin, const json_t *settings,
			      const struct instance_options *options, struct tocsin_instance **ret_instance,
			      struct problems *problems, struct tocsin_error *err);
void instance_free(struct tocsin_instance *instance);

/* Runs an action with unchecked `arguments` (an object or NULL). `*ret_value` is a new reference. */
enum tocsin_code instance_invoke(struct tocsin_instance *instance, const char *action, const json_t *arguments,
				 json_t **ret_value, struct tocsin_error *err);

const struct plugin *instance_plugin(const struct tocsin_instance *instance);
const struct secrets *instance_secrets(const struct tocsin_instance *instance);
const struct history *instance_history(const struct tocsin_instance *instance);

/* The checked settings, secrets as the configuration names them. Borrowed. */
const json_t *instance_settings(const struct tocsin_instance *instance);

/* The settings with secrets masked. New reference, NULL without memory. */
json_t *instance_configuration(const struct tocsin_instance *instance);

/* Sets whether invocations are recorded. */
void instance_record(struct tocsin_instance *instance, bool record);

#endif
