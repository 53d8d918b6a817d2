/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

/*
 * Tables for people: aligned columns, headings in capitals, fitted to the terminal when there is one. The
 * first failure sticks and table_print() reports it.
 *
 *	struct table table;
 *
 *	table_init(&table, 2, (const char *const[]){"NAME", "WHAT"});
 *	table_add(&table, (const char *const[]){name, what});
 *	status = table_print(&table);
 */

#include <stdbool.h>
#include <stddef.h>

#include "cli/command.h"

#define TABLE_COLUMNS_CEILING 8

struct table {
	struct arena arena;
	size_t columns;
	size_t rows;
	size_t room;
	char **cells; /* of all rows, one behind the other */
	bool failed;
};

void table_init(struct table *table, size_t columns, const char *const *headings);

/* Adds a row; NULL is an empty cell. Text is copied, made one line and harmless for a terminal. */
void table_add(struct table *table, const char *const *cells);

/* Prints the table and releases it. */
enum cli_exit table_print(struct table *table);

#endif
