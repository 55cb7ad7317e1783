/* Splits the records of a CSV file into fields; private to the reader of CSV files.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_CSV_RECORD_H
#define WATTLE_DATA_CSV_RECORD_H

#include "data/lines.h"

/* A field without its quotes, in the buffer of the record's line. */
typedef struct CsvField {
	size_t begin, len;
	bool quoted;
} CsvField;

typedef struct CsvRecords {
	Lines *lines;
	Err *err;
	size_t columns_max;
	char separator; /* 0: find it in the first line */
	bool stop[256]; /* bytes that end the plain part of a field */
	CsvField *field;
	size_t room;
	/* The record. */
	Line line;
	size_t count; /* fields; 0: there is none left */
	size_t row;   /* of the record, for messages; 0: the header */
	/* Names of the columns, for messages; NULL while unknown. */
	const char *const *name;
	size_t names;
} CsvRecords;

/* { .lines, .err, .columns_max, .separator } are set. The next record, over empty lines; row is for
 * messages. False: ERR_FORMAT, ERR_LIMIT, ERR_MEMORY or what lines say. */
bool csv_next(CsvRecords *r, size_t row);
void csv_records_done(CsvRecords *r);

static inline const char *csv_text(const CsvRecords *r, size_t field)
{
	return r->line.text + r->field[field].begin;
}

/* Where field (from 0) is, for table_fault; SIZE_MAX: the record. */
TablePlace csv_place(const CsvRecords *r, size_t field);

#endif
