/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer: each seed as it is, cut off at lengths spread over all of it, with single
 * bits flipped, and spoiled at random by a fixed generator, until a number of mutations or of seconds is used up.
 *
 *	fuzz_elf [--seconds N] [--mutations N] FILE_OR_DIRECTORY...
 *
 * Equal arguments and enough seconds give equal inputs. The input is copied to a block of its very size, so that
 * a sanitizer sees the first byte read beyond it. A failure is the target's own abort() or the sanitizer's; the
 * input that caused it is then in the file "crash-input" of the working directory.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#define SEED_CEILING (4u * 1024 * 1024)
#define SEEDS_CEILING 4096u
#define LENGTHS 20000u
#define FLIPS 8000u

struct seed {
	uint8_t *bytes;
	size_t size;
};

struct run {
	struct seed *seeds;
	size_t count;
	uint64_t random;
	uint64_t inputs;
	time_t end;
};

/* What the target is looking at, for the handler. */
static const uint8_t *volatile current;
static volatile size_t current_size;

static void keep_input(int number)
{
	const int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0 && write(fd, (const void *)current, current_size) == (ssize_t)current_size)
		close(fd);
	signal(number, SIG_DFL);
	raise(number);
}

static void die(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s: %s\n", what, path, strerror(errno));
	exit(2);
}

static bool in_time(const struct run *run)
{
	return time(NULL) < run->end;
}

static void try_input(struct run *run, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		die("memory", "input");
	if (size)
		memcpy(copy, bytes, size);
	current = copy;
	current_size = size;
	LLVMFuzzerTestOneInput(copy, size);
	run->inputs++;
	free(copy);
}

static uint32_t draw(struct run *run)
{
	run->random ^= run->random << 13;
	run->random ^= run->random >> 7;
	run->random ^= run->random << 17;
	return (uint32_t)(run->random >> 16);
}

static void read_file(struct run *run, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(SEED_CEILING);
	struct seed *seeds;
	size_t size;

	if (!file || !bytes)
		die("cannot read", path);
	size = fread(bytes, 1, SEED_CEILING, file);
	if (ferror(file) || run->count == SEEDS_CEILING)
		die("cannot read", path);
	fclose(file);
	seeds = realloc(run->seeds, (run->count + 1) * sizeof(*seeds));
	bytes = seeds ? realloc(bytes, size ? size : 1) : NULL;
	if (!bytes)
		die("memory", path);
	run->seeds = seeds;
	run->seeds[run->count++] = (struct seed){bytes, size};
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_path(struct run *run, const char *path)
{
	struct dirent **entries;
	struct stat status;
	char *name;
	int count;

	if (stat(path, &status) != 0)
		die("cannot read", path);
	if (!S_ISDIR(status.st_mode)) {
		read_file(run, path);
		return;
	}
	count = scandir(path, &entries, is_visible, alphasort);
	if (count < 0)
		die("cannot read", path);
	for (int i = 0; i < count; i++) {
		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			die("memory", path);
		read_path(run, name);
		free(name);
		free(entries[i]);
	}
	free(entries);
}

/* Steps that visit `wanted` of `size` places, or all where there are no more. */
static size_t step_of(size_t size, size_t wanted)
{
	return size > wanted ? size / wanted : 1;
}

static void try_systematically(struct run *run, const struct seed *seed)
{
	uint8_t *bytes = malloc(seed->size ? seed->size : 1);

	if (!bytes)
		die("memory", "input");
	if (seed->size)
		memcpy(bytes, seed->bytes, seed->size);
	try_input(run, bytes, seed->size);
	for (size_t size = 0; size < seed->size && in_time(run); size += step_of(seed->size, LENGTHS))
		try_input(run, bytes, size);
	for (size_t place = 0; place < seed->size && in_time(run); place += step_of(seed->size, FLIPS)) {
		const uint8_t was = bytes[place];

		bytes[place] = (uint8_t)(was ^ 1u << place % 8);
		try_input(run, bytes, seed->size);
		bytes[place] = was;
	}
	free(bytes);
}

/* Changes `bytes` once; the result is never longer than `room`. Returns its size. */
static size_t mutate(struct run *run, uint8_t *bytes, size_t size, size_t room)
{
	static const uint64_t numbers[] = {0,
					   1,
					   0x7f,
					   0x80,
					   0xff,
					   0x7fff,
					   0xffff,
					   0x7fffffff,
					   0x80000000,
					   0xffffffff,
					   (uint64_t)1 << 47,
					   INT64_MAX,
					   (uint64_t)1 << 63,
					   UINT64_MAX - 7,
					   UINT64_MAX};
	const struct seed *other = &run->seeds[draw(run) % run->count];
	const size_t place = size ? draw(run) % size : 0;
	const size_t width = (size_t)1 << draw(run) % 4;
	uint64_t number;
	size_t length;

	switch (draw(run) % 8) {
	case 0: /* cut off */
		return place;
	case 1: /* a piece of another seed over this place */
	case 2:
		if (!other->size)
			return size;
		length = 1 + draw(run) % 64;
		number = draw(run) % other->size;
		length = length > other->size - number ? other->size - number : length;
		length = length > room - place ? room - place : length;
		memcpy(bytes + place, other->bytes + number, length);
		return place + length > size ? place + length : size;
	case 3: /* a piece taken out */
		length = draw(run) % 32;
		length = length > size - place ? size - place : length;
		memmove(bytes + place, bytes + place + length, size - place - length);
		return size - length;
	case 4: /* a piece twice */
		length = draw(run) % 32;
		length = length > size - place ? size - place : length;
		length = length > room - size ? room - size : length;
		memmove(bytes + place + length, bytes + place, size - place);
		return size + length;
	case 5: /* a number that is often a limit */
		number = numbers[draw(run) % (sizeof(numbers) / sizeof(numbers[0]))];
		break;
	case 6: /* a small step from what is there, as a number */
		number = 0;
		if (place + width <= size)
			memcpy(&number, bytes + place, width);
		number += draw(run) % 33 - 16u;
		break;
	default: /* one byte */
		if (size)
			bytes[place] = (uint8_t)draw(run);
		return size;
	}
	if (place + width <= size)
		memcpy(bytes + place, &number, width);
	return size;
}

static void try_at_random(struct run *run, uint64_t mutations)
{
	for (uint64_t i = 0; i < mutations && in_time(run); i++) {
		const struct seed *seed = &run->seeds[i % run->count];
		const size_t room = seed->size + 256;
		uint8_t *bytes = malloc(room);
		size_t size = seed->size;

		if (!bytes)
			die("memory", "input");
		if (size)
			memcpy(bytes, seed->bytes, size);
		for (uint32_t times = 1 + draw(run) % 6; times; times--)
			size = mutate(run, bytes, size, room);
		try_input(run, bytes, size);
		free(bytes);
	}
}

int main(int argc, char **argv)
{
	struct run run = {.random = 0x9e3779b97f4a7c15u};
	uint64_t mutations = UINT64_MAX;
	long seconds = 10;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
			seconds = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--mutations") == 0 && i + 1 < argc)
			mutations = strtoull(argv[++i], NULL, 10);
		else
			read_path(&run, argv[i]);
	}
	if (!run.count) {
		fprintf(stderr, "usage: %s [--seconds N] [--mutations N] FILE_OR_DIRECTORY...\n", argv[0]);
		return 2;
	}
	signal(SIGABRT, keep_input);
	signal(SIGSEGV, keep_input);
	run.end = time(NULL) + seconds;
	for (size_t i = 0; i < run.count; i++)
		try_systematically(&run, &run.seeds[i]);
	try_at_random(&run, mutations);
	printf("%llu inputs from %zu seeds\n", (unsigned long long)run.inputs, run.count);
	for (size_t i = 0; i < run.count; i++)
		free(run.seeds[i].bytes);
	free(run.seeds);
	return 0;
}
