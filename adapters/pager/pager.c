/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pager: a page for an on-call service of your own, with a key by which repeats are one page.
 *
 * Both actions run without an endpoint; only delivering needs one. `preview` shows how one action calls
 * another: through tocsin_invoke(), so that the inner call is recorded too.
 */
#include <tocsin/tocsin.h>

struct pager {
	const char *service;
	const char *routing_key;
	bool deduplicate;
	const char *endpoint;
};

static const struct tocsin_field pager_fields[] = {
	TOCSIN_STRING(struct pager, service, .required = true, .minimum = "2",
		      .description = "The service that is paged."),
	TOCSIN_STRING(struct pager, routing_key, .required = true, .minimum = "4",
		      .description = "Which rotation the page goes to; an address, not a secret."),
	TOCSIN_BOOLEAN(struct pager, deduplicate, .preset = "true",
		       .description = "Send a key that is the same for every page about one incident."),
	TOCSIN_URL(struct pager, endpoint, .description = "Where pages are posted."),
};

struct page {
	const char *title;
	const char *severity;
	const char *summary;
	const char *dedup_key;
};

static const struct tocsin_field page_parameters[] = {
	TOCSIN_ATTRIBUTE(struct page, title),
	TOCSIN_ATTRIBUTE(struct page, severity),
	TOCSIN_ATTRIBUTE(struct page, summary),
	TOCSIN_ATTRIBUTE(struct page, dedup_key),
};

static const char *dedup_key(const struct pager *self, const struct page *page, const char *severity,
			     struct tocsin_result *result)
{
	const char *key = tocsin_format(result, "%s:%s:%s", self->service, severity, page->title);

	return *page->dedup_key ? page->dedup_key : tocsin_replace(result, key, " ", "-");
}

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct pager *self = settings;
	const struct page *page = arguments;
	const char *severity = tocsin_lower(ret_result, page->severity);
	struct tocsin_object *request = tocsin_result_object(ret_result);
	struct tocsin_object *payload = tocsin_put_object(request, "payload");

	(void)err;
	if (self->endpoint)
		tocsin_put_text(request, "endpoint", self->endpoint);
	tocsin_put_text(payload, "service", self->service);
	tocsin_put_text(payload, "routing_key", self->routing_key);
	tocsin_put_text(payload, "title", page->title);
	tocsin_put_text(payload, "severity", severity);
	tocsin_put_text(payload, "summary", page->summary);
	if (self->deduplicate)
		tocsin_put_text(payload, "dedup_key", dedup_key(self, page, severity, ret_result));
	return TOCSIN_OK;
}

static enum tocsin_code preview(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct tocsin_value *request;

	(void)settings;
	if (tocsin_invoke(ret_result, "deliver", arguments, &request, err))
		return tocsin_wrap(err, "previewing the page");
	tocsin_result_json(ret_result, tocsin_get(request, "payload"));
	return TOCSIN_OK;
}

static const struct tocsin_action pager_actions[] = {
	{
		.name = "deliver",
		.summary = "Build the page for one incident.",
		.run = deliver,
		.parameters = TOCSIN_LIST(page_parameters),
		.arguments_size = sizeof(struct page),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{
		.name = "preview",
		.summary = "Show the page as JSON text.",
		.run = preview,
		.parameters = TOCSIN_LIST(page_parameters),
		.arguments_size = sizeof(struct page),
		.returns = TOCSIN_RETURNS_TEXT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "pager",
	.version = "1.0.0",
	.doc = "Page a service, one page for each incident.",
	.settings_size = sizeof(struct pager),
	.fields = TOCSIN_LIST(pager_fields),
	.actions = TOCSIN_LIST(pager_actions),
};
