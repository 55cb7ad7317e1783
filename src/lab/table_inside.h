/* The inside of a table, shared by the files that fill it and write it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_TABLE_INSIDE_H
#define WATTLE_LAB_TABLE_INSIDE_H

#include "lab/table.h"

/* Absent: no text and a NaN. */
typedef struct TableCell {
	char *text; /* owned */
	double number;
} TableCell;

struct Table {
	const TableColumn *columns;
	size_t count, rows, room;
	const char *type;
	TableCell *cells; /* row by row */
	bool lost;        /* something had no room */
};

const TableCell *table_cell(const Table *table, size_t row, size_t column);
bool table_is_absent(const TableCell *cell);
/* For people: the columns that are to be shown, in order; at holds table->count. Returns how many. */
size_t table_shown(const Table *table, size_t *at);

#endif
