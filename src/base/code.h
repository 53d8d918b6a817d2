/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CODE_H
#define BASE_CODE_H

/* The closed set of codes as numbers and names that others send us. */

#include <stdbool.h>

#include <tocsin/error.h>

#define CODE_ONE(name, text) +1u
#define CODE_COUNT (0u TOCSIN_CODES(CODE_ONE)) /* codes are 0 to CODE_COUNT - 1 */

/* The code that tocsin_code_name() gives this name; false when there is none. */
bool code_find(const char *name, enum tocsin_code *ret_code);

#endif
