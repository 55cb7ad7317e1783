/* Cells of the CSV files that instructors give: columns by their names, texts with an end.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_CELLS_H
#define WATTLE_APP_GRADING_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/csv_record.h"

#define CELLS_NONE SIZE_MAX /* no column */
#define CELLS_COLUMNS_MAX 256

/* The column of the header, which is the record at hand; in any case. CELLS_NONE: there is none. */
size_t cells_column(const CsvRecords *csv, const char *name);
/* The field of the record at hand, cut to cap bytes with its end; "" when it has no such column. */
void cells_text(const CsvRecords *csv, size_t field, char *out, size_t cap);
/* False, with the place in csv->err: the field is no UTF-8 text. */
bool cells_check(const CsvRecords *csv, size_t field);

#endif
