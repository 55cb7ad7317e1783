/* The different texts of a column, numbered: what a reader turns words into.
 *
 * They are numbered as they come, and put in order when all are there: by value when every one of
 * them is a number, else by their bytes. So the numbers depend on which texts there are, not on the
 * order of the rows.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_CATEGORY_H
#define WATTLE_DATA_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct Categories {
	Arena *arena;      /* borrowed; owns the texts, and names once sorted */
	const char **name; /* (count) */
	size_t count;
	size_t room;     /* of name; a power of two */
	uint32_t *slots; /* 2·room; number + 1, 0: free */
	size_t last;     /* the one found last: tables repeat themselves */
} Categories;

/* An empty one: { .arena = arena }. */
void categories_done(Categories *c);

/* The number of a text, which is added when it is new. False and ERR_MEMORY. */
bool categories_number(Categories *c, const char *text, size_t len, uint32_t *number, Err *err);

/* Puts them in order and gives the new number of each old one, (count), for the caller to free.
 * *names, (count), is the arena's. NULL and ERR_MEMORY. Nothing can be added behind it. */
uint32_t *categories_sort(Categories *c, const char *const **names, Err *err);

#endif
