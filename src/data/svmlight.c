/* Reads rows of index:value pairs into compressed sparse rows.
 * SPDX-License-Identifier: MIT */
#include "data/svmlight.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/lines.h"
#include "data/number.h"

/* What a class is to be called. */
typedef struct SvmlightClass {
	const char *value, *name;
} SvmlightClass;

typedef struct Svmlight {
	SvmlightOptions options;
	Lines *lines;
	Dataset *out;
	Err *err;
	TableLabels labels;
	uint64_t *begin; /* (rows + 1) */
	uint32_t *column;
	float *value;
	size_t rows, entries;
	size_t begin_room, column_room, value_room;
	size_t features;    /* the largest column so far and one */
	size_t columns_max; /* limit */
	Column *name;       /* (names) */
	size_t names, name_room;
	SvmlightClass *class; /* (classes) */
	size_t classes, class_room;
	TablePlace place; /* of the row; column is the index in work */
} Svmlight;

/* The next word of a row: *at moves behind it. */
typedef struct SvmlightWord {
	const char *text;
	size_t len;
} SvmlightWord;

static bool svmlight_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static SvmlightWord svmlight_word(const char **at, const char *end)
{
	SvmlightWord word;

	while (*at < end && svmlight_blank(**at))
		++*at;
	word.text = *at;
	while (*at < end && !svmlight_blank(**at))
		++*at;
	word.len = (size_t)(*at - word.text);
	return word;
}

static bool svmlight_fault(Svmlight *s, SvmlightWord word, const char *what)
{
	char cut[TABLE_CUT_MAX];

	return table_fault(s->err, ERR_FORMAT, &s->place, "'%s' %s",
			   table_cut(cut, word.text, word.len), what);
}

static bool svmlight_label(Svmlight *s, SvmlightWord word)
{
	double value;

	if (memchr(word.text, ':', word.len))
		return svmlight_fault(s, word,
				      "stands where the label should be; a row begins with its "
				      "label");
	if (memchr(word.text, ',', word.len))
		return svmlight_fault(s, word, "is more than one label; keep one for each row");
	if (number_read(word.text, word.len, &value) == NUMBER_NOT &&
	    !table_missing(word.text, word.len))
		return svmlight_fault(s, word, "is not a label; labels are numbers");
	return table_label_add(&s->labels, word.text, word.len, &s->place, s->err);
}

/* The index before the colon, as a column from 0. */
static bool svmlight_index(Svmlight *s, SvmlightWord word, size_t digits, size_t *column)
{
	size_t index = 0, first = s->options.from_zero ? 0 : 1;

	for (size_t i = 0; i < digits; i++) {
		if (word.text[i] < '0' || word.text[i] > '9')
			return svmlight_fault(s, word,
					      word.text[i] == '-' && i == 0
						      ? "has a negative index; indices count up "
							"from 0 or 1"
						      : "is not index:value");
		if (index <= s->columns_max)
			index = index * 10 + (size_t)(word.text[i] - '0');
	}
	s->place.column = index;
	if (index < first)
		return svmlight_fault(s, word,
				      "has index 0, but indices count from 1; ask for indices from "
				      "0 if all of the file counts so");
	*column = index - first;
	if (s->options.features && *column >= s->options.features)
		return table_fault(s->err, ERR_FORMAT, &s->place,
				   "the index is beyond the %zu features that are asked for",
				   s->options.features);
	return *column < s->columns_max ||
	       table_fault(s->err, ERR_LIMIT, &s->place,
			   "the index is beyond the %zu columns allowed", s->columns_max);
}

static bool svmlight_value(Svmlight *s, SvmlightWord word, size_t colon, double *value)
{
	switch (number_read(word.text + colon + 1, word.len - colon - 1, value)) {
	case NUMBER_FINE:
		return true;
	case NUMBER_TOO_BIG:
		return svmlight_fault(s, word, "has a value that is too large; mend or remove it");
	case NUMBER_NOT:
		return svmlight_fault(s, word, "is not index:value; a value is a number");
	default:
		return svmlight_fault(s, word,
				      "has a value that is not finite; leave it out when it is "
				      "missing");
	}
}

static bool svmlight_entry(Svmlight *s, SvmlightWord word)
{
	const char *colon = memchr(word.text, ':', word.len), *file = lines_name(s->lines);
	size_t digits = colon ? (size_t)(colon - word.text) : 0, column = 0;
	double value;

	if (!digits)
		return svmlight_fault(s, word, "is not index:value");
	if (!svmlight_index(s, word, digits, &column) || !svmlight_value(s, word, digits, &value))
		return false;
	if (s->entries > s->begin[s->rows] && s->column[s->entries - 1] >= column)
		return svmlight_fault(s, word,
				      s->column[s->entries - 1] == column
					      ? "has the index of the one before; an index stands "
						"once in a row"
					      : "comes after a larger index; put the indices of "
						"the row in rising order");
	if (!table_grow((void **)&s->column, s->entries, &s->column_room, sizeof *s->column, file,
			s->err) ||
	    !table_grow((void **)&s->value, s->entries, &s->value_room, sizeof *s->value, file,
			s->err))
		return false;
	if (column >= s->features)
		s->features = column + 1;
	s->column[s->entries] = (uint32_t)column;
	s->value[s->entries++] = (float)value;
	return true;
}

/* Removes the zeros that the row had: they were kept so long to see that indices rise. */
static void svmlight_drop_zeros(Svmlight *s)
{
	size_t kept = s->begin[s->rows];

	for (size_t i = kept; i < s->entries; i++) {
		if (s->value[i] == 0)
			continue;
		s->column[kept] = s->column[i];
		s->value[kept++] = s->value[i];
	}
	s->entries = kept;
}

static bool svmlight_row(Svmlight *s, const char *at, const char *end)
{
	SvmlightWord word = svmlight_word(&at, end);

	if (s->rows == s->options.limits.rows)
		return table_fault(
			s->err, ERR_LIMIT, &s->place,
			"is one more than the %zu rows allowed; raise the limit, or read "
			"a part of the file",
			s->rows);
	if (!table_grow((void **)&s->begin, s->rows + 1, &s->begin_room, sizeof *s->begin,
			lines_name(s->lines), s->err))
		return false;
	if (!s->rows)
		s->begin[0] = 0;
	if (!svmlight_label(s, word))
		return false;
	for (bool first = true; (word = svmlight_word(&at, end)).len; first = false) {
		if (first && word.len > 4 && memcmp(word.text, "qid:", 4) == 0)
			continue;
		if (!svmlight_entry(s, word))
			return false;
	}
	svmlight_drop_zeros(s);
	s->begin[++s->rows] = s->entries;
	return true;
}

/* The word as a text of the arena; NULL when there is none. */
static bool svmlight_named(Svmlight *s, SvmlightWord word, const char **name)
{
	char *copy;

	*name = NULL;
	if (!word.len)
		return true;
	copy = arena_take(s->out->arena, word.len + 1, 1, s->err);
	if (!copy)
		return false;
	memcpy(copy, word.text, word.len);
	*name = copy;
	return true;
}

static bool svmlight_is(SvmlightWord word, const char *text)
{
	return word.len == strlen(text) && memcmp(word.text, text, word.len) == 0;
}

/* A comment above the rows: the name of the next column or of a class, or anything else. */
static bool svmlight_comment(Svmlight *s, const char *at, const char *end)
{
	SvmlightWord kind = svmlight_word(&at, end), key = svmlight_word(&at, end);
	SvmlightWord word = svmlight_word(&at, end);
	const char *file = lines_name(s->lines), *name, *value;
	char next[32];

	text_format(next, sizeof next, "%zu", s->names + !s->options.from_zero);
	if (svmlight_is(kind, "feature") && svmlight_is(key, next)) {
		if (!svmlight_named(s, word, &name) ||
		    !table_grow((void **)&s->name, s->names, &s->name_room, sizeof *s->name, file,
				s->err))
			return false;
		s->name[s->names] = (Column){ .name = name };
		s->names += name != NULL;
	} else if (svmlight_is(kind, "label")) {
		if (!svmlight_named(s, key, &value) || !svmlight_named(s, word, &name) ||
		    !table_grow((void **)&s->class, s->classes, &s->class_room, sizeof *s->class,
				file, s->err))
			return false;
		s->class[s->classes] = (SvmlightClass){ value, name };
		s->classes += name != NULL;
	}
	return true;
}

/* Replaces the labels that have a name by it. */
static bool svmlight_class_names(Svmlight *s)
{
	Dataset *out = s->out;
	const char **names;

	if (!s->classes || !out->classes)
		return true;
	names = arena_take(out->arena, out->classes, sizeof *names, s->err);
	if (!names)
		return false;
	for (size_t k = 0; k < out->classes; k++) {
		names[k] = out->class_name[k];
		for (size_t i = 0; i < s->classes && i < DATASET_CLASSES_MAX; i++)
			if (strcmp(s->class[i].value, out->class_name[k]) == 0)
				names[k] = s->class[i].name;
	}
	out->class_name = names;
	return true;
}

/* Keeps the names when every column has one. */
static bool svmlight_names(Svmlight *s)
{
	Column *columns;

	if (!s->names || s->names != s->out->features)
		return true;
	columns = arena_take(s->out->arena, s->names, sizeof *columns, s->err);
	if (!columns)
		return false;
	memcpy(columns, s->name, s->names * sizeof *columns);
	s->out->column = columns;
	return true;
}

static bool svmlight_lines(Svmlight *s)
{
	Line line;

	for (;;) {
		if (!lines_next(s->lines, &line))
			return false;
		if (!line.text)
			return true;
		const char *comment = memchr(line.text, '#', line.len);
		const char *at = line.text, *end = comment ? comment : line.text + line.len;

		if (!svmlight_word(&at, end).len) {
			if (comment && !s->rows &&
			    !svmlight_comment(s, comment + 1, line.text + line.len))
				return false;
			continue;
		}
		s->place = (TablePlace){ .file = lines_name(s->lines),
					 .row = s->rows + 1,
					 .line = line.number };
		if (!svmlight_row(s, line.text, end))
			return false;
	}
}

static void *svmlight_fitting(void *array, size_t bytes)
{
	void *fitting = realloc(array, bytes);

	return fitting ? fitting : array;
}

static bool svmlight_give(Svmlight *s)
{
	Dataset *out = s->out;
	const char *file = lines_name(s->lines);

	if (!s->rows)
		return err_set(s->err, ERR_FORMAT,
			       "%s: has no rows; each is a label and "
			       "index:value pairs",
			       file);
	if (!s->features)
		return err_set(s->err, ERR_FORMAT,
			       "%s: no row has an index:value; there is nothing to learn from",
			       file);
	free(out->sparse.begin);
	free(out->sparse.column);
	free(out->sparse.value);
	out->form = DATASET_SPARSE;
	out->sparse = (Sparse){ svmlight_fitting(s->begin, (s->rows + 1) * sizeof *s->begin),
				svmlight_fitting(s->column, (s->entries + 1) * sizeof *s->column),
				svmlight_fitting(s->value, (s->entries + 1) * sizeof *s->value) };
	s->begin = NULL;
	s->column = NULL;
	s->value = NULL;
	out->rows = s->rows;
	out->features = s->options.features ? s->options.features : s->features;
	lines_sha256(s->lines, out->sha256);
	text_format(out->from, sizeof out->from, "%s", file);
	return svmlight_names(s) && table_labels_move(&s->labels, out, file, s->err) &&
	       svmlight_class_names(s);
}

bool svmlight_fill(Dataset *out, const char *path, const uint8_t *bytes, size_t len,
		   const SvmlightOptions *options, Control *control, Err *err)
{
	Svmlight s = { .out = out, .err = err };
	TableLimits *limits = &s.options.limits;
	bool fine;

	if (options)
		s.options = *options;
	limits->rows = limits->rows ? limits->rows : TABLE_ROWS;
	s.columns_max = limits->columns ? limits->columns : TABLE_SPARSE_COLUMNS;
	if (s.options.features > s.columns_max || s.columns_max > UINT32_MAX - 1)
		return err_set(err, ERR_ARGUMENT, "%zu features are more than the %zu allowed",
			       s.options.features, s.columns_max);
	if (!out->arena)
		out->arena = arena_new(4096, err);
	if (!out->arena)
		return false;
	s.labels = (TableLabels){ .task = s.options.task, .classes.arena = out->arena };
	s.lines = lines_open(bytes ? NULL : path, bytes, len, path, limits, control, err);
	if (!s.lines)
		return false;
	fine = svmlight_lines(&s) && svmlight_give(&s);
	free(s.begin);
	free(s.column);
	free(s.value);
	free(s.name);
	free(s.class);
	table_labels_done(&s.labels);
	lines_close(s.lines);
	return fine;
}

static Dataset *svmlight_new(const char *path, const uint8_t *bytes, size_t len,
			     const SvmlightOptions *options, Control *control, Err *err)
{
	char name[DATASET_NAME_MAX];
	Dataset *d = dataset_new(table_name(name, path), DATASET_SPARSE, 0, 0, 0, 0, err);

	if (!d)
		return NULL;
	if (svmlight_fill(d, path, bytes, len, options, control, err)) {
		d->train_rows = d->rows;
		return d;
	}
	dataset_free(d);
	return NULL;
}

Dataset *svmlight_read(const char *path, const SvmlightOptions *options, Control *control, Err *err)
{
	return svmlight_new(path, NULL, 0, options, control, err);
}

Dataset *svmlight_read_memory(const uint8_t *bytes, size_t len, const char *name,
			      const SvmlightOptions *options, Control *control, Err *err)
{
	return svmlight_new(name, bytes ? bytes : (const uint8_t *)"", len, options, control, err);
}
