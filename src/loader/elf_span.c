/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant data with its relocations; see elf_span.h.
 *
 * The cursor moves forward over sorted relocations, so that a table costs one search and no relocation
 * inside it can be overlooked. A NULL pointer is one without relocation and with eight zero bytes.
 */
#include "loader/elf_span.h"

#include <inttypes.h>

enum tocsin_code elf_span_open(struct elf_image *image, const struct elf_relocations *relocations, uint64_t address,
			       struct elf_span *ret_span, struct tocsin_error *err)
{
	struct elf_span span = {.address = address};
	struct elf_segment *segment;
	enum tocsin_code code;

	span.size = elf_image_constant(image, address, &segment);
	if (span.size) {
		code = elf_image_load(image, segment, err);
		if (code)
			return code;
		span.bytes = segment->bytes + (address - segment->address);
		span.end = relocations->items + relocations->count;
		/* Relocations lie in writable memory, so that what is not writable has none. */
		span.next = segment->flags & PF_W ? relocations->items + elf_relocations_from(relocations, address)
						  : span.end;
	}
	*ret_span = span;
	return TOCSIN_OK;
}

static bool is_before(const struct elf_span *span, uint64_t offset)
{
	return span->next < span->end && span->next->place < span->address + offset;
}

enum tocsin_code elf_span_close(const struct elf_span *span, uint64_t offset, const struct elf_path *path,
				struct tocsin_error *err)
{
	if (is_before(span, offset))
		return elf_path_fail(path, err,
				     "is changed by a relocation at 0x%" PRIx64 " that is not a pointer of the table",
				     span->next->place);
	return TOCSIN_OK;
}

enum tocsin_code elf_span_pointer(struct elf_span *span, uint64_t offset, const struct elf_path *path,
				  struct elf_pointer *ret_pointer, struct tocsin_error *err)
{
	const uint64_t number = elf_u64(span->bytes + offset);
	const struct elf_relocation *relocation = span->next;
	enum tocsin_code code = elf_span_close(span, offset, path, err);

	if (code)
		return code;
	if (!is_before(span, offset + sizeof(number))) {
		if (number)
			return elf_path_fail(path, err, "is the number 0x%" PRIx64 ", which points nowhere", number);
		*ret_pointer = (struct elf_pointer){.kind = ELF_POINTER_NULL};
		return TOCSIN_OK;
	}
	if (relocation->place != span->address + offset || relocation->change == ELF_CHANGE_OTHER)
		return elf_path_fail(path, err,
				     "is changed by a relocation that is no pointer to something of this file");
	switch ((enum elf_change)relocation->change) {
	case ELF_CHANGE_SYMBOL:
		*ret_pointer = (struct elf_pointer){ELF_POINTER_SYMBOL, relocation->addend, relocation->symbol};
		break;
	case ELF_CHANGE_PACKED:
		*ret_pointer = (struct elf_pointer){ELF_POINTER_ADDRESS, number, 0};
		break;
	default:
		*ret_pointer = (struct elf_pointer){ELF_POINTER_ADDRESS, relocation->addend, 0};
		break;
	}
	span->next++;
	return TOCSIN_OK;
}
