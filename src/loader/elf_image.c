/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments of a shared object; see elf_image.h.
 *
 * The file is read with pread() only: one read for the head, which is all of a small plugin, and one for
 * each segment beyond it that somebody asks for. Nothing is mapped. What is refused here is what the
 * dynamic linker would refuse, or would lay out in a way that depends on the machine's page size, and
 * what no plugin needs: writable code, an executable stack, a program interpreter.
 */
#include "loader/elf_image.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/alloc.h"
#include "loader/elf.h"

#define HEAD_SIZE 16384u

/* The smallest page of the machines that we read for. */
#define PAGE 4096u

static enum tocsin_code read_file(const struct elf_image *image, uint64_t offset, unsigned char *bytes, uint64_t size,
				  struct tocsin_error *err)
{
	uint64_t done = 0;

	while (done < size) {
		const ssize_t got = pread(image->fd, bytes + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tocsin_fail(err, TOCSIN_IO, "the file cannot be read: %s", strerror(errno));
		if (got == 0)
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the file ends at byte %" PRIu64 " of %zu: it changed while it was read",
					   offset + done, image->size);
		done += (uint64_t)got;
	}
	return TOCSIN_OK;
}

static uint64_t round_down(uint64_t number, uint64_t unit)
{
	return number & ~(unit - 1);
}

static uint64_t round_up(uint64_t number, uint64_t unit)
{
	return round_down(number + unit - 1, unit);
}

static enum tocsin_code check_identity(struct elf_image *image, struct tocsin_error *err)
{
	const unsigned char *head = image->head;
	const unsigned type = elf_u16(head + offsetof(Elf64_Ehdr, e_type));
	const unsigned machine = elf_u16(head + offsetof(Elf64_Ehdr, e_machine));

	if (memcmp(head, ELFMAG, SELFMAG) != 0)
		return tocsin_fail(err, TOCSIN_INVALID, "the file is not an ELF file");
	if (head[EI_CLASS] != ELFCLASS64 || head[EI_DATA] != ELFDATA2LSB)
		return tocsin_fail(err, TOCSIN_INVALID, "the file is not a 64-bit little-endian ELF file");
	if (head[EI_VERSION] != EV_CURRENT || elf_u32(head + offsetof(Elf64_Ehdr, e_version)) != EV_CURRENT)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has an ELF version other than %d", EV_CURRENT);
	if (head[EI_OSABI] != ELFOSABI_SYSV && head[EI_OSABI] != ELFOSABI_GNU)
		return tocsin_fail(err, TOCSIN_INVALID, "the file is made for another system (ELF OS ABI %u)",
				   head[EI_OSABI]);
	if (head[EI_ABIVERSION] != 0)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has the unknown ELF ABI version %u",
				   head[EI_ABIVERSION]);
	if (type != ET_DYN)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the file is not a shared object (ELF type %u): link it with -shared", type);
	if (machine != EM_X86_64 && machine != EM_AARCH64)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the file is made for a machine (%u) that is neither x86-64 nor aarch64", machine);
	image->machine = (uint16_t)machine;
	return TOCSIN_OK;
}

static enum tocsin_code add_segment(struct elf_image *image, const Elf64_Phdr *header, struct tocsin_error *err)
{
	const size_t number = image->segment_count;

	if (number == ELF_SEGMENTS_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has more than %u segments", ELF_SEGMENTS_CEILING);
	if (header->p_offset > image->size || header->p_filesz > image->size - header->p_offset)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "segment %zu lies beyond the end of the file: the file was cut off", number);
	if ((header->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return tocsin_fail(err, TOCSIN_INVALID, "segment %zu is both writable and executable", number);
	if (header->p_memsz == 0 || header->p_filesz > header->p_memsz)
		return tocsin_fail(err, TOCSIN_INVALID, "segment %zu is empty or larger in the file than in memory",
				   number);
	if (header->p_vaddr >= ELF_ADDRESS_CEILING || header->p_memsz >= ELF_ADDRESS_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "segment %zu has an impossible address or size", number);
	if (header->p_align < PAGE || (header->p_align & (header->p_align - 1)) != 0 ||
	    ((header->p_vaddr - header->p_offset) & (header->p_align - 1)) != 0)
		return tocsin_fail(err, TOCSIN_INVALID, "segment %zu is not aligned to pages", number);
	image->segments[image->segment_count++] = (struct elf_segment){
		.address = header->p_vaddr,
		.memory_size = header->p_memsz,
		.file_size = header->p_filesz,
		.offset = header->p_offset,
		.alignment = header->p_align,
		.flags = header->p_flags,
	};
	return TOCSIN_OK;
}

/* What the headers said besides segments. */
struct seen {
	bool dynamic;
	uint64_t dynamic_offset;
	bool relro;
	bool stack;
};

static enum tocsin_code take_header(struct elf_image *image, const Elf64_Phdr *header, struct seen *seen,
				    struct tocsin_error *err)
{
	switch (header->p_type) {
	case PT_LOAD:
		return add_segment(image, header, err);
	case PT_DYNAMIC:
		if (seen->dynamic)
			return tocsin_fail(err, TOCSIN_INVALID, "the file has two dynamic sections");
		seen->dynamic = true;
		seen->dynamic_offset = header->p_offset;
		image->dynamic_address = header->p_vaddr;
		image->dynamic_size = header->p_filesz;
		return TOCSIN_OK;
	case PT_GNU_RELRO:
		if (seen->relro)
			return tocsin_fail(err, TOCSIN_INVALID, "the file has two relocated constant ranges");
		if (header->p_vaddr >= ELF_ADDRESS_CEILING || header->p_memsz >= ELF_ADDRESS_CEILING)
			return tocsin_fail(err, TOCSIN_INVALID, "the relocated constant range has an impossible place");
		seen->relro = true;
		image->relro_start = header->p_vaddr;
		image->relro_end = header->p_vaddr + header->p_memsz;
		return TOCSIN_OK;
	case PT_GNU_STACK:
		if (header->p_flags & PF_X)
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the file asks for an executable stack: link it with -z noexecstack");
		seen->stack = true;
		return TOCSIN_OK;
	case PT_INTERP:
		return tocsin_fail(err, TOCSIN_INVALID, "the file is a program, with an interpreter of its own");
	default:
		return TOCSIN_OK;
	}
}

/* Linkers stretch the range to the end of its last page, beyond what the segment says it has. */
static bool relro_is_sound(const struct elf_image *image)
{
	const struct elf_segment *segment = elf_image_memory(image, image->relro_start, 1);

	return segment && (segment->flags & PF_W) &&
	       round_down(image->relro_end, PAGE) <= round_up(segment->address + segment->memory_size, PAGE);
}

static enum tocsin_code check_seen(struct elf_image *image, const struct seen *seen, struct tocsin_error *err)
{
	const struct elf_segment *segment;

	if (!image->segment_count)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has no segments to load");
	if (!seen->dynamic)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has no dynamic section");
	/* On some machines silence means an executable stack. */
	if (!seen->stack)
		return tocsin_fail(
			err, TOCSIN_INVALID,
			"the file does not say that its stack is not executable: link it with -z noexecstack");
	if (seen->relro && !relro_is_sound(image))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the relocated constant range lies outside the writable segments");
	segment = elf_image_find(image, image->dynamic_address, image->dynamic_size);
	if (!segment)
		return tocsin_fail(err, TOCSIN_INVALID, "the dynamic section lies outside the segments");
	/* The dynamic linker goes by the address, other tools by the offset: they must mean the same. */
	if (seen->dynamic_offset != segment->offset + (image->dynamic_address - segment->address))
		return tocsin_fail(err, TOCSIN_INVALID, "the dynamic section has two places");
	return TOCSIN_OK;
}

/* A machine's page is never larger than the smallest alignment, since the dynamic linker refuses the file otherwise. */
static uint64_t smallest_alignment(const struct elf_image *image)
{
	uint64_t smallest = UINT64_MAX;

	for (size_t i = 0; i < image->segment_count; i++)
		if (image->segments[i].alignment < smallest)
			smallest = image->segments[i].alignment;
	return smallest;
}

/*
 * The dynamic linker protects whole pages: what is on a last, partial page stays writable. Some linkers align the
 * end to 4 KiB only in files for machines with pages of up to 64 KiB, so that it depends on the machine what is
 * constant. It is this one's page that counts: the contract is read where the plugin is loaded. A file that is
 * aligned to less is for other machines.
 */
static uint64_t protected_end(const struct elf_image *image)
{
	const uint64_t own = (uint64_t)getpagesize(), alignment = smallest_alignment(image);

	return round_down(image->relro_end, alignment < own ? alignment : own);
}

/* Two segments on one page would make its content depend on the order of mapping. */
static enum tocsin_code check_pages(const struct elf_image *image, struct tocsin_error *err)
{
	const uint64_t page = smallest_alignment(image);
	uint64_t total = 0;

	for (size_t i = 0; i < image->segment_count; i++)
		total += image->segments[i].file_size;
	/* Linkers map a page twice where code and constants meet, but not a file again and again. */
	if (total > 2 * (uint64_t)image->size)
		return tocsin_fail(err, TOCSIN_INVALID, "the segments together are larger than the file");
	for (size_t i = 1; i < image->segment_count; i++) {
		const struct elf_segment *before = &image->segments[i - 1], *segment = &image->segments[i];
		const uint64_t end = before->address + before->memory_size;

		if (round_down(segment->address, page) < end)
			return tocsin_fail(err, TOCSIN_INVALID,
					   "segments %zu and %zu share a page or are not in ascending order", i - 1, i);
	}
	return TOCSIN_OK;
}

static Elf64_Phdr header_of(const unsigned char *bytes)
{
	return (Elf64_Phdr){
		.p_type = elf_u32(bytes + offsetof(Elf64_Phdr, p_type)),
		.p_flags = elf_u32(bytes + offsetof(Elf64_Phdr, p_flags)),
		.p_offset = elf_u64(bytes + offsetof(Elf64_Phdr, p_offset)),
		.p_vaddr = elf_u64(bytes + offsetof(Elf64_Phdr, p_vaddr)),
		.p_filesz = elf_u64(bytes + offsetof(Elf64_Phdr, p_filesz)),
		.p_memsz = elf_u64(bytes + offsetof(Elf64_Phdr, p_memsz)),
		.p_align = elf_u64(bytes + offsetof(Elf64_Phdr, p_align)),
	};
}

static enum tocsin_code read_headers(struct elf_image *image, struct tocsin_error *err)
{
	const uint64_t offset = elf_u64(image->head + offsetof(Elf64_Ehdr, e_phoff));
	const uint64_t count = elf_u16(image->head + offsetof(Elf64_Ehdr, e_phnum));
	const uint64_t size = count * sizeof(Elf64_Phdr);
	unsigned char far_headers[ELF_HEADERS_CEILING * sizeof(Elf64_Phdr)];
	const unsigned char *headers = far_headers;
	struct seen seen = {0};
	enum tocsin_code code = TOCSIN_OK;

	if (elf_u16(image->head + offsetof(Elf64_Ehdr, e_phentsize)) != sizeof(Elf64_Phdr))
		return tocsin_fail(err, TOCSIN_INVALID, "the program headers have an unknown size");
	if (count > ELF_HEADERS_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has %" PRIu64 " program headers, at most %u are read",
				   count, ELF_HEADERS_CEILING);
	if (offset > image->size || size > image->size - offset)
		return tocsin_fail(err, TOCSIN_INVALID, "the program headers lie beyond the end of the file");
	if (offset + size <= image->head_size)
		headers = image->head + offset;
	else
		code = read_file(image, offset, far_headers, size, err);
	for (uint64_t i = 0; i < count && !code; i++) {
		const Elf64_Phdr header = header_of(headers + i * sizeof(header));

		code = take_header(image, &header, &seen, err);
	}
	if (!code)
		code = check_pages(image, err);
	if (!code)
		code = check_seen(image, &seen, err);
	if (!code)
		image->relro_end = protected_end(image);
	return code;
}

enum tocsin_code elf_image_open(int fd, size_t size, struct elf_image *ret_image, struct tocsin_error *err)
{
	struct elf_image image = {.fd = fd, .size = size};
	enum tocsin_code code;

	if (size > ELF_SIZE_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has %zu bytes, at most %u are read", size,
				   ELF_SIZE_CEILING);
	if (size < sizeof(Elf64_Ehdr))
		return tocsin_fail(err, TOCSIN_INVALID, "the file has %zu bytes, too few for a shared object", size);
	image.head_size = size < HEAD_SIZE ? size : HEAD_SIZE;
	image.head = mem_alloc(image.head_size);
	if (!image.head)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to read the file");
	code = read_file(&image, 0, image.head, image.head_size, err);
	if (!code)
		code = check_identity(&image, err);
	if (!code)
		code = read_headers(&image, err);
	if (code)
		elf_image_release(&image);
	else
		*ret_image = image;
	return code;
}

void elf_image_release(struct elf_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->segment_count; i++)
		mem_free(image->segments[i].own);
	mem_free(image->head);
	*image = (struct elf_image){.fd = -1};
}

static bool holds(uint64_t start, uint64_t room, uint64_t address, uint64_t size)
{
	return address >= start && address - start <= room && size <= room - (address - start);
}

const struct elf_segment *elf_image_memory(const struct elf_image *image, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < image->segment_count; i++)
		if (holds(image->segments[i].address, image->segments[i].memory_size, address, size))
			return &image->segments[i];
	return NULL;
}

struct elf_segment *elf_image_find(struct elf_image *image, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < image->segment_count; i++)
		if (holds(image->segments[i].address, image->segments[i].file_size, address, size))
			return &image->segments[i];
	return NULL;
}

enum tocsin_code elf_image_load(const struct elf_image *image, struct elf_segment *segment, struct tocsin_error *err)
{
	unsigned char *own;
	enum tocsin_code code;

	if (segment->bytes)
		return TOCSIN_OK;
	if (segment->offset + segment->file_size <= image->head_size) {
		segment->bytes = image->head + segment->offset;
		return TOCSIN_OK;
	}
	own = mem_alloc(segment->file_size);
	if (!own)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for %" PRIu64 " bytes of the file",
				   segment->file_size);
	code = read_file(image, segment->offset, own, segment->file_size, err);
	if (code) {
		mem_free(own);
		return code;
	}
	segment->bytes = segment->own = own;
	return TOCSIN_OK;
}

enum tocsin_code elf_image_bytes(struct elf_image *image, uint64_t address, uint64_t size, const char *what,
				 const unsigned char **ret_bytes, struct tocsin_error *err)
{
	struct elf_segment *segment = elf_image_find(image, address, size);
	enum tocsin_code code;

	if (!segment)
		return tocsin_fail(err, TOCSIN_INVALID, "%s lies outside the segments of the file", what);
	if ((segment->flags & (PF_R | PF_W)) != PF_R)
		return tocsin_fail(err, TOCSIN_INVALID, "%s lies in a segment that can be written or not be read",
				   what);
	code = elf_image_load(image, segment, err);
	if (!code)
		*ret_bytes = segment->bytes + (address - segment->address);
	return code;
}

uint64_t elf_image_constant(struct elf_image *image, uint64_t address, struct elf_segment **ret_segment)
{
	struct elf_segment *segment = elf_image_find(image, address, 1);
	uint64_t end;

	if (!segment || !(segment->flags & PF_R))
		return 0;
	end = segment->address + segment->file_size;
	/* The dynamic linker writes addresses into the dynamic section. */
	if (address >= image->dynamic_address && address - image->dynamic_address < image->dynamic_size)
		return 0;
	if (image->dynamic_address > address && image->dynamic_address < end)
		end = image->dynamic_address;
	if (segment->flags & PF_W) {
		if (address < image->relro_start || address >= image->relro_end)
			return 0;
		if (end > image->relro_end)
			end = image->relro_end;
	}
	*ret_segment = segment;
	return end - address;
}

bool elf_image_is_code(struct elf_image *image, uint64_t address)
{
	const struct elf_segment *segment = elf_image_find(image, address, 1);

	return segment && (segment->flags & PF_X);
}
