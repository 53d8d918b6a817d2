/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

/* What the program says on stdout. Output that could not be written is a failure, never silence. */

#include <jansson.h>
#include <stdio.h>

#include "base/buffer.h"
#include "cli/command.h"

/*
 * Prints a JSON value: indent 2, keys sorted, a line break at the end. On a terminal, characters that could
 * drive it or change the direction of the text are \uXXXX, which is the same JSON. Takes over the reference;
 * NULL, as builders return it, means that there was no memory.
 */
enum cli_exit output_json(json_t *json);

/* The same to a file, which is replaced as a whole or not at all. Borrows the reference. */
enum cli_exit output_json_file(const json_t *json, const char *path);

/*
 * The same in two steps, for what must not be lost for want of a file: the file is made, or emptied, now, and
 * written and closed later. What fails is reported with the path.
 */
enum cli_exit output_open(const char *path, FILE **ret_file);
enum cli_exit output_json_close(const json_t *json, FILE *file, const char *path);

/* Prints text that a writer made. */
enum cli_exit output_buffer(const struct buffer *buffer);

/* Opens the standard descriptors that are closed, so that no file takes their number. Before all else. */
void output_begin(void);

/* Writes what is left. A failure now or earlier turns CLI_OK into CLI_FAILED. After all else. */
enum cli_exit output_end(enum cli_exit status);

/* The columns of the terminal that `stream` is; 0 when it is none. */
size_t output_width(FILE *stream);

#endif
