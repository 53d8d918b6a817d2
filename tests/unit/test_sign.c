/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks signatures, by the vector that the specification's own libraries are tested with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/sign.h"
#include "scarce.h"

#define VECTOR_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define VECTOR_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define VECTOR_BODY "{\"test\": 2432232314}"
#define VECTOR_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static void test_signatures(void **state)
{
	/* All but the first were computed with Python's hmac module. */
	static const struct {
		const char *secret, *id, *body, *signature;
		int64_t timestamp;
	} cases[] = {
		{VECTOR_SECRET, VECTOR_ID, VECTOR_BODY, VECTOR_SIGNATURE, 1614265330},
		{"plain text secret", "id", "", "v1,jUFVWzSuvc4OGCctu92CmuBFGRlaYWAbY/PuPHFEGUU=", 1},
		{"plain text secret", "id", "body", "v1,orrzeDirbUFw84RQxmiGPU8Q3Mt1HH6HomLHrOknWxs=", 1700000000},
		{"whsec_YQ==", "n-1", "{}", "v1,QA7fwVMdLppoYhc4C6SQak2jLH7BMvFq/6NBv0n0rJI=", 1700000000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char signature[SIGNATURE_ROOM];

		assert_failure(&err,
			       sign_standard_webhooks(cases[i].secret, cases[i].id, cases[i].timestamp, cases[i].body,
						      strlen(cases[i].body), signature, &err),
			       TOCSIN_OK, NULL);
		assert_string_equal(signature, cases[i].signature);
	}
}

/* Each part is signed: another one gives another signature. */
static void test_parts(void **state)
{
	static const struct {
		const char *secret, *id, *body;
		int64_t timestamp;
	} cases[] = {
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", VECTOR_ID, VECTOR_BODY, 1614265330},
		{VECTOR_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJel", VECTOR_BODY, 1614265330},
		{VECTOR_SECRET, VECTOR_ID, "{\"test\":2432232314}", 1614265330},
		{VECTOR_SECRET, VECTOR_ID, VECTOR_BODY, 1614265331},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char signature[SIGNATURE_ROOM];

		assert_int_equal(sign_standard_webhooks(cases[i].secret, cases[i].id, cases[i].timestamp, cases[i].body,
							strlen(cases[i].body), signature, NULL),
				 TOCSIN_OK);
		assert_string_not_equal(signature, VECTOR_SIGNATURE);
	}
}

static void test_refusing(void **state)
{
	static const struct {
		const char *secret, *id, *why;
	} cases[] = {
		{"", "id", "the signing secret is empty"},
		{"whsec_", "id", "not base64 of a key"},
		{"whsec_%%%%", "id", "not base64 of a key"},
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "id", "not base64 of a key"},
		{"whsec_MfKQ=9r8", "id", "not base64 of a key"},
		{"secret", "", "without a full stop"},
		{"secret", "a.1", "without a full stop"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char signature[SIGNATURE_ROOM];

		assert_failure(&err, sign_standard_webhooks(cases[i].secret, cases[i].id, 1, "", 0, signature, &err),
			       TOCSIN_INVALID, cases[i].why);
	}
}

static void test_scarcity(void **state)
{
	char signature[SIGNATURE_ROOM];

	(void)state;
	scarce_begin(0);
	assert_int_equal(sign_standard_webhooks(VECTOR_SECRET, VECTOR_ID, 1, "", 0, signature, NULL), TOCSIN_NO_MEMORY);
	assert_true(scarce_end());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refusing),
		cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
