/* A table of plain values, and the formats in which people and programs read it.
 *
 * One description of the columns serves every format. Cells belong to the table; texts are copied and
 * may be untrusted: each format escapes what it must, and what a terminal would obey comes out visibly
 * (text.h). Numbers always use '.'. Absent is absent: "-" for people, empty in CSV, null in JSON.
 *
 *   TABLE_TEXT      columns as wide as their widest cell, for a terminal
 *   TABLE_CSV       RFC 4180: a row of names, lines end with CR LF, quotes where they are needed; a
 *                   text that begins with = + - @ (or one of these in full width), a tab or the end
 *                   of a line and is no number gets a ' before it, so that no spreadsheet takes it for
 *                   a formula; cells are whole, as long as they may be
 *   TABLE_JSON      an object a line, {"v":1,"type":…,"t_ns":0,…}; an absent cell is null with its
 *                   reason beside it, KEY_why, which is what the column named in why has in that row
 *   TABLE_MARKDOWN  a pipe table
 *   TABLE_LATEX     a table environment with booktabs' rules; every special character is escaped
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_TABLE_H
#define WATTLE_LAB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

typedef enum TableFormat {
	TABLE_TEXT,
	TABLE_CSV,
	TABLE_JSON,
	TABLE_MARKDOWN,
	TABLE_LATEX,
} TableFormat;

typedef enum TableKind {
	TABLE_WORDS,
	TABLE_FIGURES, /* texts of figures, for people: set to the right */
	TABLE_REAL,
	TABLE_WHOLE, /* a whole number */
	TABLE_FLAG,  /* true unless 0 */
} TableKind;

typedef struct TableColumn {
	const char *name;  /* what programs read: "value_low" */
	const char *title; /* what people read, with its unit: "time / 10,000 (ms)" */
	TableKind kind;
	const char *why; /* the column that says why a cell of this one is absent, or NULL */
	/* Not shown to people where it is absent in every row, left out of JSON where it is. */
	bool optional;
} TableColumn;

typedef struct Table Table;

/* columns and type, the "type" of each row in JSON, are borrowed and outlive the table. */
Table *table_new(const TableColumn *columns, size_t count, const char *type, Err *err);
void table_free(Table *table);

/* Begins a row, all of whose cells are absent. What memory is too short for is noted, here and
 * below, and table_write fails. */
void table_row(Table *table);
/* Fill a cell of the last row; NULL, NaN and infinity leave it absent. */
void table_text(Table *table, size_t column, const char *text);
void table_number(Table *table, size_t column, double number);
size_t table_rows(const Table *table);

/* What stands about a table for people; each is NULL or a text, which may be untrusted. */
typedef struct TableAbout {
	const char *caption; /* of LaTeX and Markdown */
	const char *label;   /* of LaTeX: its letters and digits are kept */
} TableAbout;

/* about may be NULL. ERR_MEMORY when a cell was lost. Write errors are left to ferror(to). */
bool table_write(FILE *to, const Table *table, TableFormat format, const TableAbout *about,
		 Err *err);

/* What is said beside a table, for people's formats: a text as that format has it, and a list of
 * sentences. Texts are cleaned and escaped; "" is no item. */
void table_write_text(FILE *to, const char *text, TableFormat format);
void table_begin_list(FILE *to, TableFormat format);
void table_write_item(FILE *to, const char *text, TableFormat format);
void table_end_list(FILE *to, TableFormat format);

#endif
