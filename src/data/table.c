/* Labels of tables that are read from text, and how their faults are told.
 * SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "data/number.h"

#define TABLE_ROOM 1024
/* Whole numbers up to here are written without an exponent, each in one way. */
#define TABLE_WHOLE_MAX 9007199254740992.0

const char *table_cut(char out[TABLE_CUT_MAX], const char *text, size_t len)
{
	bool whole = len < TABLE_CUT_MAX - 4;

	/* A precision may end inside a character; text_format drops such an end only when it cuts. */
	text_format(out, whole ? TABLE_CUT_MAX : TABLE_CUT_MAX - 4, "%.*s",
		    (int)(whole ? len : TABLE_CUT_MAX), text);
	if (!whole)
		strcat(out, "…");
	return out;
}

bool table_fault(Err *err, ErrCode code, const TablePlace *place, const char *format, ...)
{
	char text[ERR_TEXT_MAX], cut[TABLE_CUT_MAX], column[TABLE_CUT_MAX + 40] = "";
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	if (place->column && place->name)
		text_format(column, sizeof column, ", column %zu '%s'", place->column,
			    table_cut(cut, place->name, strlen(place->name)));
	else if (place->column)
		text_format(column, sizeof column, ", column %zu", place->column);
	return place->row ? err_set(err, code, "%s: row %zu (line %zu)%s: %s", place->file,
				    place->row, place->line, column, text)
			  : err_set(err, code, "%s: header (line %zu)%s: %s", place->file,
				    place->line, column, text);
}

const char *table_name(char out[DATASET_NAME_MAX], const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strcspn(name, ".");

	text_format(out, DATASET_NAME_MAX, "%.*s", (int)(len ? len : strlen(name)), name);
	return out;
}

bool table_missing(const char *text, size_t len)
{
	static const char *const words[] = { "NA", "N/A", "?", "NaN", "null" };

	if (!len)
		return true;
	if (len > 4 || !strchr("Nn?", *text))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == len && strncasecmp(text, words[i], len) == 0)
			return true;
	return false;
}

bool table_grow(void **array, size_t count, size_t *room, size_t size, const char *file, Err *err)
{
	size_t more = *room ? *room : TABLE_ROOM / 2, bytes;
	void *larger;

	if (count < *room)
		return true;
	if (!size_mul(more, 2, &more) || !size_mul(more, size, &bytes))
		return err_set(err, ERR_LIMIT, "%s: has too many values", file);
	larger = realloc(*array, bytes);
	if (!larger)
		return err_set(err, ERR_MEMORY, "%s: no memory for %zu bytes", file, bytes);
	*array = larger;
	*room = more;
	return true;
}

/* --- labels ----------------------------------------------------------------------------------- */

static bool table_label_number(TableLabels *l, NumberIs is, double value, const char *text,
			       size_t len, const TablePlace *place, Err *err)
{
	char cut[TABLE_CUT_MAX];

	if (is == NUMBER_FINE) {
		l->target[l->count] = (float)value;
		l->fraction |= value != floor(value);
		return true;
	}
	table_cut(cut, text, len);
	if (is != NUMBER_NOT)
		return table_fault(err, ERR_FORMAT, place,
				   "'%s' %s, and cannot be predicted; remove the row or mend it",
				   cut, is == NUMBER_INFINITE ? "is infinite" : "does not fit");
	if (l->task == TABLE_NUMBERS || l->closed)
		return table_fault(
			err, ERR_FORMAT, place,
			"'%s' is not a number, but numbers are to be predicted; mend it, "
			"or ask for classes",
			cut);
	l->text = true;
	return true;
}

static bool table_label_class(TableLabels *l, NumberIs is, double value, const char *text,
			      size_t len, const TablePlace *place, Err *err)
{
	char whole[32];
	uint32_t number;

	if (is == NUMBER_FINE && value == floor(value) && fabs(value) < TABLE_WHOLE_MAX) {
		len = text_format(whole, sizeof whole, "%" PRId64, (int64_t)value);
		text = whole;
	}
	if (!categories_number(&l->classes, text, len, &number, err))
		return false;
	if (number < DATASET_CLASSES_MAX) {
		l->label[l->count] = (uint16_t)number;
		return true;
	}
	l->closed = true;
	return (l->task == TABLE_AUTO && !l->text) ||
	       table_fault(err, ERR_FORMAT, place,
			   "is the %dst class; at most %d can be told apart. Is this the column of "
			   "labels? Name another, or ask for numbers",
			   DATASET_CLASSES_MAX + 1, DATASET_CLASSES_MAX);
}

bool table_label_add(TableLabels *l, const char *text, size_t len, const TablePlace *place,
		     Err *err)
{
	double value = 0;
	NumberIs is = number_read(text, len, &value);

	if (is == NUMBER_NAN || table_missing(text, len))
		return table_fault(err, ERR_FORMAT, place,
				   "the label is missing; fill it in, or remove the row");
	if (!table_grow((void **)&l->label, l->count, &l->label_room, sizeof *l->label, place->file,
			err) ||
	    !table_grow((void **)&l->target, l->count, &l->target_room, sizeof *l->target,
			place->file, err))
		return false;
	if (l->task != TABLE_CLASSES && !table_label_number(l, is, value, text, len, place, err))
		return false;
	if (l->task != TABLE_NUMBERS && !l->closed &&
	    !table_label_class(l, is, value, text, len, place, err))
		return false;
	l->count++;
	return true;
}

static bool table_classes_move(TableLabels *l, Dataset *out, const char *file, Err *err)
{
	const char *const *names;
	char cut[TABLE_CUT_MAX];

	if (l->classes.count < 2)
		return err_set(
			err, ERR_FORMAT,
			"%s: all %zu rows are of one class, '%s'; there is nothing to learn. "
			"Is this the right column of labels?",
			file, l->count,
			table_cut(cut, l->classes.name[0], strlen(l->classes.name[0])));
	out->classes = l->classes.count;
	uint32_t *rank = categories_sort(&l->classes, &names, err);

	if (!rank)
		return false;
	for (size_t i = 0; i < l->count; i++)
		l->label[i] = (uint16_t)rank[l->label[i]];
	free(rank);
	out->class_name = names;
	out->labels = l->label;
	l->label = NULL;
	return true;
}

bool table_labels_move(TableLabels *l, Dataset *out, const char *file, Err *err)
{
	bool few = !l->fraction && !l->closed && l->classes.count <= TABLE_AUTO_CLASSES;

	free(out->labels);
	free(out->targets);
	out->labels = NULL;
	out->targets = NULL;
	if (l->task == TABLE_CLASSES || (l->task == TABLE_AUTO && (l->text || few)))
		return table_classes_move(l, out, file, err);
	out->targets = l->target;
	out->classes = 0;
	l->target = NULL;
	return true;
}

void table_labels_done(TableLabels *l)
{
	categories_done(&l->classes);
	free(l->label);
	free(l->target);
	*l = (TableLabels){ .task = l->task, .classes = l->classes };
}
