/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_SPAN_H
#define LOADER_ELF_SPAN_H

/*
 * A range of constant data with its relocations, read from its beginning to its end.
 *
 *	elf_span_open(image, relocations, address, &span);
 *	elf_span_pointer(&span, 0, path, &pointer, err);
 *	elf_span_pointer(&span, 8, path, &pointer, err);
 *	elf_span_close(&span, 16, path, err);
 *
 * A relocation that changes anything but the pointers asked for makes the next call fail: what is not a
 * pointer is what the file says it is.
 */

#include "loader/elf_path.h"
#include "loader/elf_relocation.h"

struct elf_span {
	const unsigned char *bytes;
	uint64_t address;
	uint64_t size; /* constant bytes from the address on */
	const struct elf_relocation *next; /* the first that was not asked for yet */
	const struct elf_relocation *end;
};

enum elf_pointer_kind {
	ELF_POINTER_NULL,
	ELF_POINTER_ADDRESS, /* of this file */
	ELF_POINTER_SYMBOL, /* of whatever has that name when the file is loaded */
};

struct elf_pointer {
	enum elf_pointer_kind kind;
	uint64_t address; /* for a symbol: what is added to its address */
	uint32_t symbol;
};

/* A span of size 0 when there is no constant data at the address. Fails when the file cannot be read. */
enum tocsin_code elf_span_open(struct elf_image *image, const struct elf_relocations *relocations, uint64_t address,
			       struct elf_span *ret_span, struct tocsin_error *err);

/*
 * What the eight bytes at `offset` point to once the file is loaded. Offsets ascend from call to call and
 * lie in the span. `path` names the pointer in the sentence.
 */
enum tocsin_code elf_span_pointer(struct elf_span *span, uint64_t offset, const struct elf_path *path,
				  struct elf_pointer *ret_pointer, struct tocsin_error *err);

/* Fails when a relocation changes a byte before `offset` that was not asked for. */
enum tocsin_code elf_span_close(const struct elf_span *span, uint64_t offset, const struct elf_path *path,
				struct tocsin_error *err);

#endif
