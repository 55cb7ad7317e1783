/* The cache of kernel choices: reading, checking, and replacing its file.
 * SPDX-License-Identifier: MIT */
#include "app/session/lowering_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/paths.h"
#include "base/file.h"
#include "base/text.h"

#define KEY_DIGITS 64
#define KERNELS_MAX 128 /* layers of a network */
#define NAME_MAX_BYTES 40

/* --- lines ------------------------------------------------------------------------------------ */

static bool made_of(const char *text, size_t len, const char *letters)
{
	return text && strlen(text) == len && strspn(text, letters) == len;
}

static bool key_fine(const char *key)
{
	return made_of(key, KEY_DIGITS, "0123456789abcdef");
}

static bool kernels_fine(const json_t *kernels)
{
	size_t n = json_array_size(kernels);

	for (size_t i = 0; i < n; i++) {
		const json_t *name = json_array_get(kernels, i);
		size_t len = json_string_length(name);

		if (len == 0 || len > NAME_MAX_BYTES ||
		    !made_of(json_string_value(name), len, "abcdefghijklmnopqrstuvwxyz0123456789-"))
			return false;
	}
	return n > 0 && n <= KERNELS_MAX;
}

/* The newest choice stands last. */
static void choices_set(json_t *choices, const char *key, json_t *kernels)
{
	json_object_del(choices, key);
	json_object_set(choices, key, kernels);
}

static bool parse_line(json_t *choices, const char *line, size_t len)
{
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *key = json_string_value(json_object_get(json, "key"));
	json_t *kernels = json_object_get(json, "kernels");
	bool fine = json_integer_value(json_object_get(json, "v")) == 1 && key_fine(key) &&
		    kernels_fine(kernels);

	if (fine)
		choices_set(choices, key, kernels);
	json_decref(json);
	return fine;
}

size_t lowering_cache_parse(json_t *choices, const char *text, size_t len)
{
	size_t damaged = 0;

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;

		damaged += !parse_line(choices, text, line);
		line += end != NULL;
		text += line;
		len -= line;
	}
	return damaged;
}

/* --- the file --------------------------------------------------------------------------------- */

/* Regular files only; what is longer than allowed is read up to there. */
static size_t file_read(const char *path, json_t *choices)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = fd >= 0 ? malloc(LOWERING_CACHE_BYTES_MAX) : NULL;
	size_t len = 0, damaged = 0;
	struct stat status;

	if (text && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		ssize_t n;

		while ((n = read(fd, text + len, LOWERING_CACHE_BYTES_MAX - len)) > 0)
			len += (size_t)n;
		damaged = lowering_cache_parse(choices, text, len);
	}
	free(text);
	if (fd >= 0)
		close(fd);
	return damaged;
}

void lowering_cache_open(LoweringCache *cache, const char *path)
{
	*cache = (LoweringCache){ .choices = json_object(), .fresh = json_object() };
	text_format(cache->path, sizeof cache->path, "%s", path);
	if (*path && cache->choices)
		cache->damaged = file_read(path, cache->choices);
}

void lowering_cache_take(LoweringCache *cache, const json_t *record)
{
	const char *key = json_string_value(json_object_get(record, "key"));
	json_t *kernels = json_object_get(record, "kernels");

	if (!key_fine(key) || !kernels_fine(kernels))
		return;
	choices_set(cache->choices, key, kernels);
	choices_set(cache->fresh, key, kernels);
}

static json_t *line_json(const char *key, json_t *kernels)
{
	return json_pack("{s:i, s:s, s:O}", "v", 1, "key", key, "kernels", kernels);
}

/* The newest choices that fit. False when one cannot be written. */
static bool choices_write(json_t *choices, FILE *to)
{
	size_t n = json_object_size(choices), total = 0, at = 0;
	const char *key;
	json_t *kernels;

	json_object_foreach(choices, key, kernels) total +=
		json_array_size(kernels) * (NAME_MAX_BYTES + 3) + KEY_DIGITS + 32;
	json_object_foreach(choices, key, kernels)
	{
		json_t *line = line_json(key, kernels);
		char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
		/* The sum is of the longest names: never too small. */
		bool fits = total <= LOWERING_CACHE_BYTES_MAX || at + 1 == n;

		total -= json_array_size(kernels) * (NAME_MAX_BYTES + 3) + KEY_DIGITS + 32;
		at++;
		if (text && fits)
			fprintf(to, "%s\n", text);
		json_decref(line);
		free(text);
		if (!text)
			return false;
	}
	return true;
}

static void file_replace(const char *path, json_t *choices)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	bool fine = to && choices_write(choices, to);
	Err err = { 0 }; /* what cannot be written is not kept */

	if (to)
		fine = fclose(to) == 0 && fine;
	file_make_folders(path);
	if (fine)
		file_write(path, "the choices of kernels", text, len, FILE_REPLACE, &err);
	free(text);
}

void lowering_cache_close(LoweringCache *cache)
{
	const char *key;
	json_t *kernels, *all = json_object();

	if (all && *cache->path && json_object_size(cache->fresh) > 0) {
		file_read(cache->path, all);
		json_object_foreach(cache->fresh, key, kernels) choices_set(all, key, kernels);
		file_replace(cache->path, all);
	}
	json_decref(all);
	json_decref(cache->choices);
	json_decref(cache->fresh);
	cache->choices = cache->fresh = NULL;
}
