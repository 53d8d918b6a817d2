/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_SYNTAX_H
#define CONFIG_SYNTAX_H

/* What is wrong with a text that is no YAML, told so that a person knows what to change. */

#include <stddef.h>
#include <yaml.h>

#include "config/document.h"

#define SYNTAX_ROOM 512

/*
 * Describes the failure that `yaml` stopped with (a reader's, scanner's or parser's) into `sentence`, and
 * returns its position. `text` is what was parsed.
 */
struct position syntax_explain(const yaml_parser_t *yaml, const char *text, size_t length, char sentence[SYNTAX_ROOM]);

#endif
