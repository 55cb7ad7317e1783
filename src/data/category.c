/* Numbers texts through a hash table with open addressing.
 * SPDX-License-Identifier: MIT */
#include "data/category.h"

#include <stdlib.h>
#include <string.h>

#include "data/number.h"

#define CATEGORIES_ROOM 16

/* FNV-1a, 64 bits. */
static uint64_t categories_hash(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

static bool categories_same(const Categories *c, size_t number, const char *text, size_t len)
{
	return strncmp(c->name[number], text, len) == 0 && c->name[number][len] == 0;
}

/* The slot that holds text, or the free one where it belongs. */
static size_t categories_slot(const Categories *c, const char *text, size_t len)
{
	size_t mask = 2 * c->room - 1, at = categories_hash(text, len) & mask;

	while (c->slots[at] && !categories_same(c, c->slots[at] - 1, text, len))
		at = (at + 1) & mask;
	return at;
}

static bool categories_grow(Categories *c, Err *err)
{
	size_t room = c->room ? 2 * c->room : CATEGORIES_ROOM;
	uint32_t *slots = calloc(2 * room, sizeof *slots);
	const char **name = slots ? realloc(c->name, room * sizeof *name) : NULL;

	if (!name) {
		free(slots);
		return err_set(err, ERR_MEMORY, "no memory for %zu categories", room);
	}
	free(c->slots);
	c->slots = slots;
	c->name = name;
	c->room = room;
	for (size_t i = 0; i < c->count; i++)
		slots[categories_slot(c, name[i], strlen(name[i]))] = (uint32_t)i + 1;
	return true;
}

bool categories_number(Categories *c, const char *text, size_t len, uint32_t *number, Err *err)
{
	if (c->count && categories_same(c, c->last, text, len)) {
		*number = (uint32_t)c->last;
		return true;
	}
	if (c->count == c->room && !categories_grow(c, err))
		return false;
	size_t slot = categories_slot(c, text, len);

	if (!c->slots[slot]) {
		char *copy = arena_take(c->arena, len + 1, 1, err);

		if (!copy)
			return false;
		memcpy(copy, text, len);
		c->name[c->count++] = copy;
		c->slots[slot] = (uint32_t)c->count;
	}
	c->last = c->slots[slot] - 1;
	*number = (uint32_t)c->last;
	return true;
}

typedef struct CategoryKey {
	const char *name;
	double value;
	bool numbers; /* all of them are */
	uint32_t old;
} CategoryKey;

static int category_compare(const void *left, const void *right)
{
	const CategoryKey *a = left, *b = right;

	if (a->numbers && a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return strcmp(a->name, b->name);
}

uint32_t *categories_sort(Categories *c, const char *const **names, Err *err)
{
	CategoryKey *key = calloc(c->count + 1, sizeof *key);
	uint32_t *rank = calloc(c->count + 1, sizeof *rank);
	const char **sorted = arena_take(c->arena, c->count, sizeof *sorted, err);
	bool numbers = true;

	if (!key || !rank || !sorted) {
		if (sorted)
			err_set(err, ERR_MEMORY, "no memory to sort %zu categories", c->count);
		free(key);
		free(rank);
		return NULL;
	}
	for (size_t i = 0; i < c->count; i++) {
		const char *name = c->name[i];

		key[i] = (CategoryKey){ .name = name, .old = (uint32_t)i };
		numbers &= number_read(name, strlen(name), &key[i].value) == NUMBER_FINE;
	}
	for (size_t i = 0; i < c->count; i++)
		key[i].numbers = numbers;
	qsort(key, c->count, sizeof *key, category_compare);
	for (size_t i = 0; i < c->count; i++) {
		rank[key[i].old] = (uint32_t)i;
		sorted[i] = key[i].name;
	}
	*names = sorted;
	free(key);
	return rank;
}

void categories_done(Categories *c)
{
	free(c->name);
	free(c->slots);
	*c = (Categories){ .arena = c->arena };
}
