/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where requests may go; see egress.h.
 *
 * A host from the contract, or from a default in it, lets requests go to that name, never into a closed
 * network: only what the operator wrote opens those. Refusals are sentences that name the host or address
 * and say what would allow it, or that nothing does.
 */
#include "delivery/egress.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "delivery/address.h"
#include "delivery/url.h"

struct egress_host {
	char *name; /* as struct url has it */
	uint16_t port;
	bool secure; /* https only */
	bool by_operator; /* a setting's own value, not the contract's */
};

static enum tocsin_code add_host(struct egress *egress, const char *name, uint16_t port, bool secure, bool by_operator,
				 struct tocsin_error *err)
{
	struct egress_host *host = &egress->hosts[egress->host_count];

	*host = (struct egress_host){mem_text(name), port, secure, by_operator};
	if (!host->name)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an egress rule");
	egress->host_count++;
	return TOCSIN_OK;
}

static enum tocsin_code add_setting(struct egress *egress, const struct field *field, const json_t *value,
				    struct tocsin_error *err)
{
	struct url url;
	enum tocsin_code code = url_read(json_string_value(value), &url, err);

	if (code) {
		tocsin_wrap(err, "the setting %s", field->name);
		return code;
	}
	code = add_host(egress, url.host, url.port, url.secure, !json_equal(value, field->preset), err);
	url_release(&url);
	return code;
}

static enum tocsin_code add_hosts(struct egress *egress, const struct plugin *plugin, const json_t *settings,
				  struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;

	egress->hosts = mem_array(plugin->field_count + plugin->host_count, sizeof(*egress->hosts));
	if (!egress->hosts)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an egress rule");
	for (size_t i = 0; i < plugin->field_count && !code; i++) {
		const struct field *field = &plugin->fields[i];
		const json_t *value = json_object_get(settings, field->name);

		if (field->kind == TOCSIN_KIND_URL && json_string_length(value))
			code = add_setting(egress, field, value, err);
	}
	for (size_t i = 0; i < plugin->host_count && !code; i++)
		code = add_host(egress, plugin->hosts[i], 443, true, false, err);
	return code;
}

static enum tocsin_code add_networks(struct egress *egress, const json_t *networks, struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;
	const json_t *item;
	size_t index;

	egress->networks = mem_array(json_array_size(networks), sizeof(*egress->networks));
	if (!egress->networks)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an egress rule");
	json_array_foreach (networks, index, item) {
		const char *text = json_string_value(item);

		code = network_read(text ? text : "", &egress->networks[index], err);
		if (code)
			return code;
		egress->network_count++;
	}
	return code;
}

enum tocsin_code egress_init(struct egress *egress, const struct plugin *plugin, const json_t *settings,
			     const json_t *networks, struct tocsin_error *err)
{
	struct egress made = {0};
	enum tocsin_code code = add_hosts(&made, plugin, settings, err);

	if (!code)
		code = add_networks(&made, networks, err);
	if (code)
		egress_release(&made);
	else
		*egress = made;
	return code;
}

void egress_release(struct egress *egress)
{
	if (!egress)
		return;
	for (size_t i = 0; i < egress->host_count; i++)
		mem_free(egress->hosts[i].name);
	mem_free(egress->hosts);
	mem_free(egress->networks);
	*egress = (struct egress){0};
}

#define SHOWN_URL 200 /* characters of a URL in a sentence */

/* Refuses a host; `near` is a rule for that host which the rest of the URL does not meet, or NULL. */
static enum tocsin_code refuse_host(const struct egress_host *near, const struct url *url, struct tocsin_error *err)
{
	if (near)
		return tocsin_fail(err, TOCSIN_DENIED,
				   "requests may go to %s on port %u with %s only, not to port %u with %s", near->name,
				   near->port, near->secure ? "https" : "http or https", url->port,
				   url->secure ? "https" : "http");
	return tocsin_fail(err, TOCSIN_DENIED,
			   "requests may not go to %s: neither a setting of this receiver nor the plugin's contract "
			   "names that host",
			   url->host);
}

/* The same for a URL with a secret in it, of which nothing is repeated but how it looks without. */
static enum tocsin_code refuse_shown(const struct egress_host *near, const char *shown, struct tocsin_error *err)
{
	const int length = (int)text_prefix(shown, SHOWN_URL);

	if (near)
		return tocsin_fail(err, TOCSIN_DENIED,
				   "requests may go to %s on port %u with %s only, not as %.*s has it", near->name,
				   near->port, near->secure ? "https" : "http or https", length, shown);
	return tocsin_fail(err, TOCSIN_DENIED,
			   "requests may not go to the host of %.*s: neither a setting of this receiver nor the "
			   "plugin's contract names it",
			   length, shown);
}

/* `shown` is NULL for a URL without secrets. */
static enum tocsin_code check_host(const struct egress *egress, const struct url *url, const char *shown,
				   struct tocsin_error *err)
{
	const struct egress_host *near = NULL;

	for (size_t i = 0; i < egress->host_count; i++) {
		const struct egress_host *host = &egress->hosts[i];

		if (strcmp(host->name, url->host) != 0)
			continue;
		if (host->port == url->port && (url->secure || !host->secure))
			return TOCSIN_OK;
		near = host;
	}
	return shown ? refuse_shown(near, shown, err) : refuse_host(near, url, err);
}

enum tocsin_code egress_check_url(const struct egress *egress, const char *url, const char *shown,
				  struct tocsin_error *err)
{
	enum tocsin_code code;
	struct url parts;

	code = url_read(url, &parts, err);
	if (code)
		return code;
	code = check_host(egress, &parts, strcmp(url, shown) == 0 ? NULL : shown, err);
	url_release(&parts);
	return code;
}

/* Whether the operator wrote this very destination: the address itself, or localhost for loopback. */
static bool is_named(const struct egress *egress, const char *host, const struct address *address, enum address_use use)
{
	struct address literal;
	bool is_meant;

	is_meant = address_parse(host, &literal) ? address_is_same(&literal, address)
						 : use == ADDRESS_LOOPBACK && strcmp(host, "localhost") == 0;
	for (size_t i = 0; i < egress->host_count && is_meant; i++)
		if (egress->hosts[i].by_operator && strcmp(egress->hosts[i].name, host) == 0)
			return true;
	return false;
}

enum tocsin_code egress_check_address(const struct egress *egress, const char *host, const struct sockaddr *address,
				      struct tocsin_error *err)
{
	struct address target;
	char text[ADDRESS_TEXT_ROOM];
	enum address_use use;
	const char *name;

	if (!address_of_socket(address, &target))
		return tocsin_fail(err, TOCSIN_DENIED, "requests go to IPv4 and IPv6 addresses only");
	use = address_judge(&target, &name);
	if (use == ADDRESS_PUBLIC)
		return TOCSIN_OK;
	address_text(&target, text);
	if (use == ADDRESS_NEVER)
		return tocsin_fail(err, TOCSIN_DENIED, "%s leads to %s, %s: no request may go there", host, text, name);
	if (is_named(egress, host, &target, use))
		return TOCSIN_OK;
	for (size_t i = 0; i < egress->network_count; i++)
		if (network_holds(&egress->networks[i], &target))
			return TOCSIN_OK;
	return tocsin_fail(err, TOCSIN_DENIED,
			   "%s leads to %s, %s: name that address in a setting, or its network in $egress", host, text,
			   name);
}
