/* Splits records at separators, quotes and line ends, in place.
 * SPDX-License-Identifier: MIT */
#include "data/csv_record.h"

#include <stdlib.h>
#include <string.h>

TablePlace csv_place(const CsvRecords *r, size_t field)
{
	return (TablePlace){ .file = lines_name(r->lines),
			     .row = r->row,
			     .line = r->line.number,
			     .column = field == SIZE_MAX ? 0 : field + 1,
			     .name = field < r->names ? r->name[field] : NULL };
}

static bool csv_fault(CsvRecords *r, size_t field, const char *what)
{
	TablePlace place = csv_place(r, field);

	return table_fault(r->err, ERR_FORMAT, &place, "%s", what);
}

/* The separator that the first line has most of, outside quotes; the first of equals. */
static char csv_separator(const Line *line)
{
	static const char candidates[3] = { ',', ';', '\t' };
	size_t counts[3] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < line->len; i++) {
		quoted ^= line->text[i] == '"';
		for (size_t k = 0; k < 3 && !quoted; k++)
			counts[k] += line->text[i] == candidates[k];
	}
	for (size_t k = 1; k < 3; k++)
		if (counts[k] > counts[best])
			best = k;
	return candidates[best];
}

static bool csv_blank(const CsvRecords *r, char c)
{
	return c == ' ' || (c == '\t' && r->separator != '\t');
}

static size_t csv_skip(const CsvRecords *r, size_t at)
{
	while (at < r->line.len && csv_blank(r, r->line.text[at]))
		at++;
	return at;
}

/* Appends the next line to a record whose quote is open. */
static bool csv_go_on(CsvRecords *r, size_t field)
{
	bool more;

	if (!lines_more(r->lines, &r->line, &more)) {
		TablePlace place = csv_place(r, field);
		Err inner = *r->err;

		return inner.code == ERR_LIMIT
			       ? table_fault(r->err, ERR_LIMIT, &place,
					     "the quote that opens here is not closed within the "
					     "bytes that a record may have; close it, or double "
					     "the quotes inside")
			       : false;
	}
	return more || csv_fault(r, field,
				 "the quote that opens here is never closed; close it, or double "
				 "the quotes inside");
}

/* A field that begins with a quote at *at; its text is moved together in place. */
static bool csv_quoted(CsvRecords *r, size_t *at, CsvField *field)
{
	size_t number = (size_t)(field - r->field), read = *at + 1, write = read;

	*field = (CsvField){ .begin = read, .quoted = true };
	for (;;) {
		char *text = r->line.text;
		const char *quote =
			read < r->line.len ? memchr(text + read, '"', r->line.len - read) : NULL;
		size_t len = quote ? (size_t)(quote - text) - read : r->line.len - read;

		memmove(text + write, text + read, len);
		write += len;
		read += len;
		if (!quote) {
			if (!csv_go_on(r, number))
				return false;
			continue;
		}
		read++;
		if (read == r->line.len || text[read] != '"')
			break;
		text[write++] = '"';
		read++;
	}
	field->len = write - field->begin;
	*at = csv_skip(r, read);
	return *at == r->line.len || r->line.text[*at] == r->separator ||
	       csv_fault(r, number,
			 "text follows the closing quote; put all of the field in quotes, and "
			 "double the quotes inside");
}

static bool csv_plain(CsvRecords *r, size_t *at, CsvField *field)
{
	const char *text = r->line.text;
	size_t i = *at, end;

	while (i < r->line.len && !r->stop[(unsigned char)text[i]])
		i++;
	if (i < r->line.len && text[i] == '"')
		return csv_fault(r, (size_t)(field - r->field),
				 "a quote stands inside of the field; put all of it in quotes, and "
				 "double the quotes inside");
	if (i < r->line.len && text[i] == '\r')
		return csv_fault(r, (size_t)(field - r->field),
				 "a carriage return stands inside of the line; convert the line "
				 "ends to those of Unix");
	for (end = i; end > *at && csv_blank(r, text[end - 1]);)
		end--;
	*field = (CsvField){ .begin = *at, .len = end - *at };
	*at = i;
	return true;
}

static bool csv_room(CsvRecords *r)
{
	if (r->count == r->columns_max) {
		TablePlace place = csv_place(r, SIZE_MAX);

		return table_fault(r->err, ERR_LIMIT, &place,
				   "has more than the %zu columns allowed", r->columns_max);
	}
	return table_grow((void **)&r->field, r->count, &r->room, sizeof *r->field,
			  lines_name(r->lines), r->err);
}

static void csv_begin(CsvRecords *r)
{
	if (!r->separator)
		r->separator = csv_separator(&r->line);
	r->stop[(unsigned char)r->separator] = true;
	r->stop['"'] = r->stop['\r'] = true;
}

bool csv_next(CsvRecords *r, size_t row)
{
	size_t at;

	r->count = 0;
	r->row = row;
	do {
		if (!lines_next(r->lines, &r->line))
			return false;
		if (!r->line.text)
			return true;
	} while (csv_skip(r, 0) == r->line.len);
	if (!r->stop['"'])
		csv_begin(r);
	for (at = 0;; at++) {
		if (!csv_room(r))
			return false;
		CsvField *field = &r->field[r->count];

		at = csv_skip(r, at);
		if (at < r->line.len && r->line.text[at] == '"' ? !csv_quoted(r, &at, field)
								: !csv_plain(r, &at, field))
			return false;
		r->count++;
		if (at == r->line.len)
			return true;
	}
}

void csv_records_done(CsvRecords *r)
{
	free(r->field);
	r->field = NULL;
}
