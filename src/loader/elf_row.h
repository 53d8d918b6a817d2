/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_ROW_H
#define LOADER_ELF_ROW_H

/*
 * A row of a table in a file, member by member: numbers, flags, texts. A member that the row is too short
 * for is zero. Members that are pointers are read in the order in which they stand, as a span wants it.
 */

#include "base/alloc.h"
#include "loader/elf_span.h"

/* What all texts and rows of one contract may take in memory. */
#define ELF_CONTRACT_CEILING (2u * 1024 * 1024)

struct elf_reader {
	struct elf_image *image;
	const struct elf_dynamic *dynamic;
	const struct elf_relocations *relocations;
	struct arena *arena;
	size_t before; /* bytes that the arena had handed out */
};

struct elf_row {
	struct elf_span *span;
	uint64_t offset; /* in the span, which holds all of the row */
	uint32_t size;
	const struct elf_path *path;
};

/* A text member, in the file and in the native struct, where it is a const char *. */
struct elf_text_member {
	const char *name;
	uint16_t file;
	uint16_t native;
};

/* Judges what arena_alloc() gave: fails without memory, and when all together is too much. */
enum tocsin_code elf_reader_check(const struct elf_reader *reader, const void *memory, struct tocsin_error *err);

/* The span of what a pointer to data points to. Fails when that is no constant data of the file. */
enum tocsin_code elf_reader_open(const struct elf_reader *reader, const struct elf_pointer *pointer,
				 const struct elf_path *path, struct elf_span *ret_span, struct tocsin_error *err);

uint32_t elf_row_u32(const struct elf_row *row, size_t member);
enum tocsin_code elf_row_flag(const struct elf_row *row, size_t member, const char *name, bool *ret_flag,
			      struct tocsin_error *err);
enum tocsin_code elf_row_pointer(const struct elf_row *row, size_t member, const struct elf_path *path,
				 struct elf_pointer *ret_pointer, struct tocsin_error *err);

/* Copies texts into the native struct; NULL stays NULL. */
enum tocsin_code elf_row_texts(const struct elf_reader *reader, const struct elf_row *row,
			       const struct elf_text_member *members, size_t count, void *native,
			       struct tocsin_error *err);

/* Copies an array of at most `ceiling` texts that ends with NULL: choices or hosts. */
enum tocsin_code elf_row_list(const struct elf_reader *reader, const struct elf_row *row, size_t member,
			      const char *name, size_t ceiling, const char *const **ret_texts,
			      struct tocsin_error *err);

/* Fails unless all that stands behind the first `known` bytes of the row is zero and stays so. */
enum tocsin_code elf_row_end(const struct elf_row *row, size_t known, struct tocsin_error *err);

#endif
