/* Tables of plain values: the cells. How they are written is in table_write.c.
 * SPDX-License-Identifier: MIT */
#include "lab/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "lab/table_inside.h"

Table *table_new(const TableColumn *columns, size_t count, const char *type, Err *err)
{
	Table *table = calloc(1, sizeof *table);

	if (!table) {
		err_set(err, ERR_MEMORY, "no memory for a table");
		return NULL;
	}
	table->columns = columns;
	table->count = count;
	table->type = type;
	return table;
}

void table_free(Table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->rows * table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

void table_row(Table *table)
{
	TableCell *more =
		list_room(table->cells, table->rows, &table->room, table->count * sizeof *more);

	table->lost |= !more;
	if (!more)
		return;
	table->cells = more;
	for (size_t i = 0; i < table->count; i++)
		table->cells[table->rows * table->count + i] = (TableCell){ .number = NAN };
	table->rows++;
}

/* The cell of the last row, empty; NULL when memory was short. */
static TableCell *last(Table *table, size_t column)
{
	if (!table->rows || column >= table->count) {
		table->lost = true;
		return NULL;
	}
	TableCell *cell = &table->cells[(table->rows - 1) * table->count + column];

	free(cell->text);
	*cell = (TableCell){ .number = NAN };
	return cell;
}

void table_text(Table *table, size_t column, const char *text)
{
	TableCell *cell = last(table, column);

	if (!cell || !text)
		return;
	cell->text = strdup(text);
	table->lost |= !cell->text;
}

void table_number(Table *table, size_t column, double number)
{
	TableCell *cell = last(table, column);

	if (cell && isfinite(number))
		cell->number = number;
}

size_t table_rows(const Table *table)
{
	return table->rows;
}

const TableCell *table_cell(const Table *table, size_t row, size_t column)
{
	return &table->cells[row * table->count + column];
}

bool table_is_absent(const TableCell *cell)
{
	return !cell->text && isnan(cell->number);
}

size_t table_shown(const Table *table, size_t *at)
{
	size_t count = 0;

	for (size_t c = 0; c < table->count; c++) {
		bool there = !table->columns[c].optional;

		for (size_t r = 0; !there && r < table->rows; r++)
			there = !table_is_absent(table_cell(table, r, c));
		if (there)
			at[count++] = c;
	}
	return count;
}
