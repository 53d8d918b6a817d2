/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_ERROR_H
#define TOCSIN_ERROR_H

/*
 * Errors: one code and one caller-owned error object.
 *
 * A function that can fail returns an enum tocsin_code and takes a struct tocsin_error as its last
 * argument. The object is a chain of sentences: the first says what went wrong, each layer above adds
 * what it was doing. Nothing in it is allocated, so it works without memory and needs no release.
 *
 *	struct tocsin_error err = TOCSIN_ERROR_INIT;
 *
 *	code = read_it(path, &err);
 *	if (code) {
 *		tocsin_wrap(&err, "reading %s", path);
 *		return code;
 *	}
 *
 * Passing NULL for the error object is allowed everywhere: only the code is reported then.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TOCSIN_PRINTF(format_index, first_argument) \
	__attribute__((format(printf, format_index, first_argument)))
#define TOCSIN_PUBLIC __attribute__((visibility("default")))
#else
#define TOCSIN_PRINTF(format_index, first_argument)
#define TOCSIN_PUBLIC
#endif

/* X(name, text): the closed set of codes. The order is part of the ABI: new ones go to the end. */
#define TOCSIN_CODES(X)                                                                      \
	X(OK, "ok")               /* success; always 0 */                                    \
	X(INVALID, "invalid")     /* a value, contract or message breaks a stated rule */    \
	X(NOT_FOUND, "not_found") /* no plugin, field, action, file of that name */          \
	X(EXISTS, "exists")       /* the name is taken */                                    \
	X(DENIED, "denied")       /* refused by a rule: owner, pin, egress, tier */          \
	X(DISABLED, "disabled")   /* switched off by a person */                             \
	X(FAILED, "failed")       /* the action itself reported a failure */                 \
	X(TIMEOUT, "timeout")     /* a deadline passed */                                    \
	X(CRASHED, "crashed")     /* the worker process ended before it answered */          \
	X(PROTOCOL, "protocol")   /* the peer sent what it must not */                       \
	X(LIMIT, "limit")         /* a stated ceiling was reached */                         \
	X(IO, "io")               /* a system call failed; the text holds the reason */      \
	X(NO_MEMORY, "no_memory") /* an allocation failed */

enum tocsin_code {
#define X(name, text) TOCSIN_##name,
	TOCSIN_CODES(X)
#undef X
};

/*
 * Room for the whole chain, in bytes; a longer sentence is shortened, the first one is never dropped. Callers
 * own the object, so its size is part of the ABI.
 */
#define TOCSIN_ERROR_ROOM 1520

struct tocsin_error {
	enum tocsin_code code;
	uint16_t used;               /* bytes of text in use, all terminating NULs included */
	uint8_t count;               /* sentences in text, the cause first */
	uint8_t dropped;             /* outer sentences that found no room */
	char text[TOCSIN_ERROR_ROOM];
};

#ifdef __cplusplus
#define TOCSIN_ERROR_INIT {}
#else
#define TOCSIN_ERROR_INIT {.code = TOCSIN_OK}
#endif

/*
 * Starts a chain: forgets what `err` held, stores `code` and the sentence, and returns `code`, so that
 * `return tocsin_fail(err, ...)` reads as one step. The sentence is UTF-8 without a final full stop.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_fail(struct tocsin_error *err, enum tocsin_code code,
					   const char *format, ...) TOCSIN_PRINTF(3, 4);

/*
 * Adds what the caller was doing to a chain that tocsin_fail() started, and returns the chain's code. With NULL
 * it can only return TOCSIN_FAILED: where `err` may be NULL, return the code that you have.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_wrap(struct tocsin_error *err, const char *format, ...)
	TOCSIN_PRINTF(2, 3);

/* The chain's sentence number `index`, 0 being the cause; NULL behind the last. Owned by `err`. */
TOCSIN_PUBLIC const char *tocsin_error_at(const struct tocsin_error *err, size_t index);

/*
 * Writes the chain as one line, outermost first, joined by ": ", into `buffer` of `size` bytes,
 * shortened to fit and always terminated. Returns `buffer`.
 */
TOCSIN_PUBLIC const char *tocsin_error_line(const struct tocsin_error *err, char *buffer, size_t size);

/* The code's name as written in records, such as "not_found"; "unknown" for a number that is none. */
TOCSIN_PUBLIC const char *tocsin_code_name(enum tocsin_code code);

#ifdef __cplusplus
}
#endif

#endif
