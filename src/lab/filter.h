/* Filters: which runs are meant, in words: "name=race, seed>=3, receipt.cpu.model~Xeon".
 *
 * Terms are joined by commas; each must hold. A term is FIELD OP VALUE, where FIELD is a path of keys
 * and OP one of = != < <= > >= ~ (holds the text); blanks around them do not count, and a VALUE with
 * commas or blanks at its ends stands in ' or ". Numbers compare as numbers, all else as text: dates
 * of ISO 8601 in their order. Of a list one element must do, with != all of them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_FILTER_H
#define WATTLE_LAB_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FILTER_TERMS_MAX 16
#define FILTER_FIELD_MAX 128
#define FILTER_VALUE_MAX 256

typedef enum FilterOp {
	FILTER_IS,
	FILTER_IS_NOT,
	FILTER_BELOW,
	FILTER_AT_MOST,
	FILTER_ABOVE,
	FILTER_AT_LEAST,
	FILTER_HOLDS,
} FilterOp;

typedef struct FilterTerm {
	char field[FILTER_FIELD_MAX], value[FILTER_VALUE_MAX];
	FilterOp op;
} FilterTerm;

typedef struct Filter {
	FilterTerm term[FILTER_TERMS_MAX];
	size_t terms; /* 0: everything is meant */
} Filter;

/* ERR_USAGE: what is wrong, and where. */
bool filter_parse(Filter *filter, const char *text, Err *err);
/* A field is looked for in each of the objects in turn; the list ends with NULL. What is not there
 * is like nothing: only != holds. */
bool filter_accepts(const Filter *filter, const json_t *const *objects);
/* That look-up: borrowed, NULL when none of them has it. */
const json_t *filter_field(const json_t *const *objects, const char *field);
/* A value as text, as filters compare it and lists show it: no quotes, lists with commas. */
void filter_value(char out[FILTER_VALUE_MAX], const json_t *value);

#endif
