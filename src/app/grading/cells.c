/* Fields of a record by the names of the header.
 * SPDX-License-Identifier: MIT */
#include "app/grading/cells.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 128

/* A field with its end: the record's line is ours to write to, but its separators are still looked
 * at. */
void cells_text(const CsvRecords *csv, size_t field, char *out, size_t cap)
{
	size_t len = field < csv->count ? csv->field[field].len : 0;
	if (len >= cap)
		len = cap - 1;
	if (len)
		memcpy(out, csv_text(csv, field), len);
	out[len] = '\0';
}

size_t cells_column(const CsvRecords *csv, const char *name)
{
	char text[NAME_MAX_BYTES];
	for (size_t i = 0; i < csv->count; i++) {
		cells_text(csv, i, text, sizeof text);
		if (strcasecmp(text, name) == 0)
			return i;
	}
	return CELLS_NONE;
}

bool cells_check(const CsvRecords *csv, size_t field)
{
	char cut[TABLE_CUT_MAX];
	size_t len = field < csv->count ? csv->field[field].len : 0;
	const char *cell = len ? csv_text(csv, field) : "";
	json_t *text = json_stringn(cell, len);
	TablePlace place = csv_place(csv, field);
	bool fine = text != NULL;
	json_decref(text);
	return fine || table_fault(csv->err, ERR_FORMAT, &place,
				   "'%s' is no UTF-8 text; save the file as UTF-8",
				   table_cut(cut, cell, len));
}
