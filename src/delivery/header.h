/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_HEADER_H
#define DELIVERY_HEADER_H

/* What a header of a request may be (RFC 9110), stricter than the standard where that costs nobody anything. */

#include <stdbool.h>

#define HEADER_NAME_CEILING 128
#define HEADER_VALUE_CEILING 8192

/* What is wrong, such as "is a header that the transport writes"; NULL for nothing. Static text. */
const char *header_name_fault(const char *name);
const char *header_value_fault(const char *value);

/* What is wrong with the characters of a URL; NULL for nothing. Static text. */
const char *endpoint_fault(const char *endpoint);

#endif
