/* Templates: texts of a lesson with {{name}} and {{name|filter}}, filled with what this machine
 * measured or the student answered. Values are put in as they are: nothing in them is filled again.
 *
 * A field is one to three names joined by dots ([A-Za-z0-9_-]+), and a filter at most; no spaces,
 * nothing nested. "{{" begins a field always; a "}}" alone is text. Pure, and bounded: a text
 * has at most TEMPLATE_FIELDS_MAX fields of TEMPLATE_VALUE_MAX bytes each.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_TEMPLATE_H
#define WATTLE_SCRIPT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define TEMPLATE_FIELDS_MAX 100
#define TEMPLATE_VALUE_MAX 512
#define TEMPLATE_NAME_MAX 64
#define TEMPLATE_PARTS_MAX 3

typedef enum Filter {
	FILTER_NONE, /* as befits the value */
	FILTER_PCT,
	FILTER_RATIO, /* to the baseline */
	FILTER_J,
	FILTER_S,
	FILTER_BYTES,
	FILTER_N,
	FILTER_COUNT,
} Filter;

typedef struct TemplateField {
	size_t begin, end; /* bytes of the text, from "{{" to behind "}}" */
	size_t parts;
	char part[TEMPLATE_PARTS_MAX][TEMPLATE_NAME_MAX]; /* "race", "int8", "bytes" */
	Filter filter;
} TemplateField;

/* The first field at or behind *at, which moves behind it. False: no more, and err->code is
 * ERR_NONE, or the text is wrong there (ERR_SCRIPT, without a place; *at is where). */
bool template_next(const char *text, size_t len, size_t *at, TemplateField *out, Err *err);

/* The line of the text, counted from 0, on which a byte lies. */
size_t template_line(const char *text, size_t at);

/* A value for a field: fills out and returns true, or returns false with *err. */
typedef bool (*TemplateValue)(void *user, const TemplateField *field, char out[TEMPLATE_VALUE_MAX],
			      Err *err);
/* The filled text, to be freed; NULL and *err. */
char *template_fill(const char *text, size_t len, TemplateValue value, void *user, Err *err);

/* A number as a filter shows it: "88.3 %", "0.27×", "1.24 J", "41.2 ms", "19.6 kB", "1,066,440". */
void template_number(char out[TEMPLATE_VALUE_MAX], double value, Filter filter);
const char *template_filter_name(Filter filter);

#endif
