/* Runs a fuzz harness without libFuzzer.
 *
 * NAME FILE…: each file once. NAME: everything in tests/fuzz/corpus/NAME, then FUZZ_RUNS (20000)
 * seeded mutations of it; FUZZ_SEED (1) gives others. What a crash was fed is left in NAME.crash of
 * the current folder.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "base/text.h"

#define REPLAY_FILES_MAX 256
#define REPLAY_INPUT_MAX 65536 /* bytes of a file that are used */
#define REPLAY_MUTATED_MAX \
	4096 /* bytes of a mutation: many small inputs find more than a few large ones */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Input {
	uint8_t *data;
	size_t size;
} Input;

static Input replay_files[REPLAY_FILES_MAX];
static size_t replay_count;
static Input replay_now;
static char replay_crash[PATH_MAX];

static void replay_died(int number)
{
	int fd = open(replay_crash, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd >= 0 && write(fd, replay_now.data, replay_now.size) >= 0)
		close(fd);
	signal(number, SIG_DFL);
	raise(number);
}

/* In a block of exactly its size, so that AddressSanitizer sees a read behind the end. */
static void replay_run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	replay_now = (Input){ copy, size };
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static bool replay_load(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(REPLAY_INPUT_MAX);

	if (!file || !data || replay_count == REPLAY_FILES_MAX) {
		fprintf(stderr, "cannot load %s\n", path);
		free(data);
		if (file)
			fclose(file);
		return false;
	}
	replay_files[replay_count++] = (Input){ data, fread(data, 1, REPLAY_INPUT_MAX, file) };
	fclose(file);
	return true;
}

static int replay_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool replay_load_folder(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, replay_order);
	bool fine = n > 0;

	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		text_format(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			fine = replay_load(path) && fine;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return fine && replay_count > 0;
}

/* Replaces the bytes from at to at + gone − 1 by those of part, as far as there is room. */
static void replay_splice(uint8_t *data, size_t *size, size_t at, size_t gone, Input part)
{
	if (*size - gone + part.size > REPLAY_MUTATED_MAX)
		return;
	memmove(data + at + part.size, data + at + gone, *size - at - gone);
	if (part.size > 0)
		memmove(data + at, part.data, part.size);
	*size += part.size - gone;
}

/* One change: a bit, a byte, a slice removed, doubled or taken from another file, or a telling
 * token. */
static void replay_mutate(Random *random, uint8_t *data, size_t *size)
{
	static const char *const tokens[] = { "\x1b[",
					      "\xe2\x80\xae",
					      "\xed\xa0\x80",
					      "\xff",
					      "-1",
					      "1e999",
					      "0",
					      "4294967296",
					      "9007199254740993",
					      "\"",
					      "{",
					      "[",
					      "\n",
					      ",",
					      "\\u0000",
					      ":",
					      "nan",
					      " " };
	size_t at = (size_t)random_below(random, *size + 1);
	size_t gone = (size_t)random_below(random, (*size - at < 16 ? *size - at : 16) + 1);
	uint8_t slice[16], byte = (uint8_t)random_u64(random);
	const Input *other = &replay_files[random_below(random, replay_count)];
	const char *token = tokens[random_below(random, sizeof tokens / sizeof tokens[0])];
	size_t from = (size_t)random_below(random, other->size + 1);
	size_t len = (size_t)random_below(random,
					  (other->size - from < 64 ? other->size - from : 64) + 1);

	memcpy(slice, data + at, gone);
	switch (random_below(random, 6)) {
	case 0:
		if (at < *size)
			data[at] ^= (uint8_t)(1u << (byte & 7));
		break;
	case 1:
		replay_splice(data, size, at, at < *size && byte & 1, (Input){ &byte, 1 });
		break;
	case 2:
		replay_splice(data, size, at, gone, (Input){ NULL, 0 });
		break;
	case 3:
		replay_splice(data, size, at, 0, (Input){ slice, gone });
		break;
	case 4:
		replay_splice(data, size, at, gone, (Input){ other->data + from, len });
		break;
	default:
		replay_splice(data, size, at, 0, (Input){ (uint8_t *)token, strlen(token) });
	}
}

static uint64_t replay_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static void replay_mutations(void)
{
	uint64_t runs = replay_number("FUZZ_RUNS", 20000);
	Random random;

	random_init(&random, replay_number("FUZZ_SEED", 1), 0);
	for (uint64_t i = 0; i < runs; i++) {
		const Input *file = &replay_files[random_below(&random, replay_count)];
		uint8_t data[REPLAY_MUTATED_MAX];
		size_t size = file->size < sizeof data ? file->size : sizeof data;

		if (size > 0)
			memcpy(data, file->data, size);
		for (uint64_t n = 1 + random_below(&random, 6); n > 0; n--)
			replay_mutate(&random, data, &size);
		replay_run(data, size);
	}
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *top = getenv("top_srcdir");
	char folder[PATH_MAX];
	bool fine = true;

	text_format(replay_crash, sizeof replay_crash, "%s.crash", name);
	signal(SIGABRT, replay_died);
	signal(SIGSEGV, replay_died);
	signal(SIGFPE, replay_died);
	text_format(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", top ? top : ".", name);
	for (int i = 1; i < argc; i++)
		fine = replay_load(argv[i]) && fine;
	if (argc == 1 && !replay_load_folder(folder)) {
		fprintf(stderr, "no corpus in %s\n", folder);
		return 1;
	}
	for (size_t i = 0; i < replay_count; i++)
		replay_run(replay_files[i].data, replay_files[i].size);
	if (argc == 1)
		replay_mutations();
	while (replay_count > 0)
		free(replay_files[--replay_count].data);
	return fine ? 0 : 1;
}
