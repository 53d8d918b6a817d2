/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_FRAME_H
#define HOST_FRAME_H

/*
 * Messages between host and worker: four bytes of length, most significant first, then that many bytes of
 * JSON (an object). The ceiling holds for the encoded message.
 */

#include <jansson.h>
#include <stdint.h>

#include <tocsin/error.h>

#define FRAME_HEAD 4
#define FRAME_CEILING 1048576 /* bytes */
#define FRAME_DEPTH 64
#define FRAME_VALUES 100000 /* values of all kinds: as many allocations, each far larger than its text */

/* Encodes a message, length included, into a new block for mem_free(). TOCSIN_LIMIT over a ceiling of the three. */
enum tocsin_code frame_encode(const json_t *message, char **ret_bytes, size_t *ret_length, struct tocsin_error *err);

/* Reads a length; TOCSIN_PROTOCOL when it is 0 or over the ceiling. */
enum tocsin_code frame_length(const unsigned char head[FRAME_HEAD], size_t *ret_length, struct tocsin_error *err);

/* Decodes the JSON of a message. TOCSIN_PROTOCOL when it is no JSON object, or has too many values. */
enum tocsin_code frame_decode(const char *bytes, size_t length, json_t **ret_message, struct tocsin_error *err);

#endif
