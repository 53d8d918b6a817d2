/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_IMAGE_H
#define LOADER_ELF_IMAGE_H

/*
 * A shared object as the dynamic linker would lay it out: segments by address, read from the file when
 * they are first asked for. Addresses are those of the file, before it is placed anywhere.
 *
 *	elf_image_open(fd, size, &image, err);
 *	elf_image_bytes(&image, address, 24, "the symbol table", &bytes, err);
 *	elf_image_release(&image);
 */

#include <elf.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tocsin/error.h>

/* Linkers make three to six segments and about ten program headers. */
#define ELF_SEGMENTS_CEILING 16u
#define ELF_HEADERS_CEILING 64u

/* No address of a plugin lies higher, so that sums of an address and a size cannot wrap. */
#define ELF_ADDRESS_CEILING ((uint64_t)1 << 47)

/* One part of the file at one range of addresses (PT_LOAD). */
struct elf_segment {
	uint64_t address;
	uint64_t memory_size;
	uint64_t file_size; /* never more than memory_size */
	uint64_t offset;
	uint64_t alignment;
	uint32_t flags; /* PF_R, PF_W, PF_X */
	const unsigned char *bytes; /* file_size bytes; NULL until they are first asked for */
	unsigned char *own; /* what is to be freed; NULL when the bytes are part of the head */
};

struct elf_image {
	int fd;
	size_t size;
	unsigned char *head; /* the first bytes of the file; all of it when it is small */
	size_t head_size;
	uint16_t machine; /* EM_X86_64 or EM_AARCH64 */
	struct elf_segment segments[ELF_SEGMENTS_CEILING]; /* ascending, on separate pages */
	size_t segment_count;
	uint64_t dynamic_address;
	uint64_t dynamic_size;
	uint64_t relro_start; /* made constant by the dynamic linker once it has relocated */
	uint64_t relro_end;
};

/* Checks the ELF header and the program headers. Nothing is to be released when it fails. */
enum tocsin_code elf_image_open(int fd, size_t size, struct elf_image *ret_image, struct tocsin_error *err);
void elf_image_release(struct elf_image *image);

/* The segment whose memory, or whose part of the file, holds all of the range; NULL when none does. */
const struct elf_segment *elf_image_memory(const struct elf_image *image, uint64_t address, uint64_t size);
struct elf_segment *elf_image_find(struct elf_image *image, uint64_t address, uint64_t size);

/* Reads the segment's bytes unless they are there already. */
enum tocsin_code elf_image_load(const struct elf_image *image, struct elf_segment *segment, struct tocsin_error *err);

/*
 * The bytes of a range that no relocation can change: in the file, in a segment that can be read and not
 * written. `what` begins the sentence when they are not.
 */
enum tocsin_code elf_image_bytes(struct elf_image *image, uint64_t address, uint64_t size, const char *what,
				 const unsigned char **ret_bytes, struct tocsin_error *err);

/*
 * How many bytes from `address` on are constant once the file is loaded, and file-backed: not writable,
 * or made so after relocation. 0 when there are none. `*ret_segment` is where they are.
 */
uint64_t elf_image_constant(struct elf_image *image, uint64_t address, struct elf_segment **ret_segment);

/* Whether code of the file is at the address. */
bool elf_image_is_code(struct elf_image *image, uint64_t address);

/* Little-endian numbers at any alignment. */
static inline uint16_t elf_u16(const unsigned char *bytes)
{
	uint16_t number;

	memcpy(&number, bytes, sizeof(number));
	return le16toh(number);
}

static inline uint32_t elf_u32(const unsigned char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

static inline uint64_t elf_u64(const unsigned char *bytes)
{
	uint64_t number;

	memcpy(&number, bytes, sizeof(number));
	return le64toh(number);
}

#endif
