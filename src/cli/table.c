/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people; see table.h.
 *
 * Columns are as wide as their widest cell. On a terminal that is too narrow the widest columns are cut,
 * with an ellipsis; into a file or pipe nothing is ever cut. Width is counted in terminal columns: two for
 * wide characters, none for combining ones, as the C library's tables for UTF-8 say.
 */
#include "cli/table.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/buffer.h"
#include "base/printable.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/report.h"

#define CELL_CEILING 4096ul
#define GAP 2
#define NARROWEST 6

/* The bytes of the character at `text`, and its columns. The text is valid UTF-8 without control characters. */
static size_t next_character(const char *text, size_t *ret_columns)
{
	const size_t bytes = text_prefix(text, 1);
	mbstate_t state = {0};
	wchar_t character;
	int columns = 1;

	if (bytes > 1 && mbrtowc(&character, text, bytes, &state) == bytes)
		columns = wcwidth(character);
	*ret_columns = columns >= 0 ? (size_t)columns : 1;
	return bytes;
}

static size_t width_of(const char *text)
{
	size_t width = 0, columns;

	while (*text) {
		text += next_character(text, &columns);
		width += columns;
	}
	return width;
}

/* The bytes at the start of `text` that take at most `room` columns, and how many those take. */
static size_t fitting(const char *text, size_t room, size_t *ret_width)
{
	size_t bytes = 0, width = 0;

	while (text[bytes]) {
		size_t columns;
		const size_t size = next_character(text + bytes, &columns);

		if (width + columns > room)
			break;
		width += columns;
		bytes += size;
	}
	*ret_width = width;
	return bytes;
}

static char *clean_cell(struct table *table, const char *text)
{
	struct buffer clean;
	char *cell = NULL;

	buffer_init(&clean, 6 * CELL_CEILING);
	printable_add(&clean, text, strnlen(text, CELL_CEILING));
	if (!buffer_code(&clean))
		cell = arena_text(&table->arena, buffer_text(&clean));
	buffer_release(&clean);
	return cell;
}

void table_init(struct table *table, size_t columns, const char *const *headings)
{
	*table = (struct table){.columns = columns};
	table_add(table, headings);
}

void table_add(struct table *table, const char *const *cells)
{
	char **row;

	if (table->rows == table->room) {
		const size_t room = table->room ? 2 * table->room : 16;
		char **grown = mem_grow(table->cells, room * table->columns, sizeof(*grown));

		if (!grown) {
			table->failed = true;
			return;
		}
		table->cells = grown;
		table->room = room;
	}
	row = table->cells + table->rows * table->columns;
	for (size_t i = 0; i < table->columns; i++) {
		row[i] = clean_cell(table, cells[i] ? cells[i] : "");
		if (!row[i]) {
			table->failed = true;
			return;
		}
	}
	table->rows++;
}

/* Takes columns from the widest until the whole fits into `width`, as far as NARROWEST allows. */
static void fit(size_t *widths, size_t count, size_t width)
{
	for (;;) {
		size_t total = GAP * (count - 1), widest = 0;

		for (size_t i = 0; i < count; i++) {
			total += widths[i];
			if (widths[i] > widths[widest])
				widest = i;
		}
		if (total <= width || widths[widest] <= NARROWEST)
			return;
		widths[widest]--;
	}
}

static void add_cell(struct buffer *out, const char *cell, size_t width, bool last)
{
	size_t used = width_of(cell);

	if (used <= width) {
		buffer_text_add(out, cell);
	} else {
		buffer_add(out, cell, fitting(cell, width - 1, &used));
		buffer_text_add(out, "…");
		used++;
	}
	while (!last && used++ < width + GAP)
		buffer_byte(out, ' ');
}

static void render(const struct table *table, struct buffer *out)
{
	size_t widths[TABLE_COLUMNS_CEILING] = {0};
	const size_t terminal = output_width(stdout);

	for (size_t i = 0; i < table->rows * table->columns; i++) {
		const size_t width = width_of(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	if (terminal)
		fit(widths, table->columns, terminal);
	for (size_t row = 0; row < table->rows; row++) {
		char *const *cells = table->cells + row * table->columns;
		size_t last = table->columns;

		/* Empty cells at the end would leave spaces at the end of the line. */
		while (last > 1 && !*cells[last - 1])
			last--;
		for (size_t i = 0; i < last; i++)
			add_cell(out, cells[i], widths[i], i + 1 == last);
		buffer_byte(out, '\n');
	}
}

enum cli_exit table_print(struct table *table)
{
	/* Without the locale only the widths of characters outside of ASCII are guessed. */
	const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	const locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	struct buffer text;
	enum cli_exit status;

	buffer_init(&text, (size_t)64 * 1024 * 1024);
	if (table->failed)
		text.code = TOCSIN_NO_MEMORY;
	else
		render(table, &text);
	status = output_buffer(&text);
	buffer_release(&text);
	mem_free(table->cells);
	arena_release(&table->arena);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return status;
}
