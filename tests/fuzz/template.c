/* Fuzzes the templates of lessons: any text either fills, to what stood between its fields and
 * their values, or is refused with a message. Fields lie in order inside the text; values are
 * not read again.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* A value that would be a field, were it read again. */
static bool value(void *user, const TemplateField *field, char out[TEMPLATE_VALUE_MAX], Err *err)
{
	size_t *fields = user;

	(void)err;
	++*fields;
	require(field->parts >= 1 && field->parts <= TEMPLATE_PARTS_MAX);
	for (size_t i = 0; i < field->parts; i++)
		require(field->part[i][0] && strlen(field->part[i]) < TEMPLATE_NAME_MAX);
	require(field->filter >= FILTER_NONE && field->filter < FILTER_COUNT);
	memset(out, '{', TEMPLATE_VALUE_MAX - 1);
	out[TEMPLATE_VALUE_MAX - 1] = '\0';
	return true;
}

static void check_fields(const char *text, size_t len)
{
	TemplateField field;
	size_t at = 0, before = 0;
	Err err;

	while (template_next(text, len, &at, &field, &err)) {
		require(field.begin >= before && field.end == at && at <= len);
		require(memcmp(text + field.begin, "{{", 2) == 0);
		require(memcmp(text + field.end - 2, "}}", 2) == 0);
		before = at;
	}
	require(err.code == ERR_NONE || err.text[0]);
	require(at <= len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char number[TEMPLATE_VALUE_MAX];
	size_t fields = 0;
	double x = 0;
	Err err;

	if (size > 65536 || memchr(data, '\0', size))
		return 0;
	char *text = malloc(size + 1);

	require(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_fields(text, size);
	char *filled = template_fill(text, size, value, &fields, &err);

	require(filled ? strlen(filled) >= fields * (TEMPLATE_VALUE_MAX - 1) &&
				 fields <= TEMPLATE_FIELDS_MAX
		       : err.text[0] != '\0');
	free(filled);
	free(text);
	memcpy(&x, data, size < sizeof x ? size : sizeof x);
	for (int filter = FILTER_NONE; filter < FILTER_COUNT; filter++) {
		template_number(number, x, (Filter)filter);
		require(number[0] && strlen(number) < TEMPLATE_VALUE_MAX);
	}
	return 0;
}
