/* Filters: parsed term by term, then held against JSON.
 * SPDX-License-Identifier: MIT */
#include "lab/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lab/json.h"

/* Longer signs before those that they begin with. */
static const struct {
	const char *sign;
	FilterOp op;
} ops[] = {
	{ "!=", FILTER_IS_NOT }, { "<=", FILTER_AT_MOST }, { ">=", FILTER_AT_LEAST },
	{ "=", FILTER_IS },      { "<", FILTER_BELOW },    { ">", FILTER_ABOVE },
	{ "~", FILTER_HOLDS },
};

#define BLANKS " \t\n"

/* --- parsing ---------------------------------------------------------------------------------- */

static bool wrong(Err *err, const char *what, const char *at)
{
	return err_set(err, ERR_USAGE,
		       "the filter %s at '%.40s': it reads FIELD OP VALUE, with commas between, as "
		       "in name=race,seed>=3",
		       what, at);
}

static bool take_field(FilterTerm *term, const char **at, Err *err)
{
	size_t len = strcspn(*at, "=!<>~," BLANKS);

	if (len == 0 || len >= sizeof term->field)
		return wrong(err, len ? "has too long a field" : "lacks a field", *at);
	memcpy(term->field, *at, len);
	term->field[len] = '\0';
	*at += len;
	*at += strspn(*at, BLANKS);
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strncmp(*at, ops[i].sign, strlen(ops[i].sign)) == 0) {
			term->op = ops[i].op;
			*at += strlen(ops[i].sign);
			*at += strspn(*at, BLANKS);
			return true;
		}
	return wrong(err, "lacks one of = != < <= > >= ~", *at);
}

static bool take_value(FilterTerm *term, const char **at, Err *err)
{
	char quote = **at == '"' || **at == '\'' ? **at : '\0';
	const char *begin = *at + (quote != '\0');
	const char *end = quote ? strchr(begin, quote) : begin + strcspn(begin, ",");

	if (!end)
		return wrong(err, "has an open quote", *at);
	size_t len = (size_t)(end - begin);

	*at = end + (quote != '\0');
	while (!quote && len > 0 && strchr(BLANKS, begin[len - 1]))
		len--;
	if (len >= sizeof term->value)
		return wrong(err, "has too long a value", begin);
	memcpy(term->value, begin, len);
	term->value[len] = '\0';
	return true;
}

bool filter_parse(Filter *filter, const char *text, Err *err)
{
	const char *at = text + strspn(text, BLANKS);

	filter->terms = 0;
	for (;;) {
		if (filter->terms == FILTER_TERMS_MAX)
			return wrong(err, "has too many terms", at);
		FilterTerm *term = &filter->term[filter->terms++];

		if (!take_field(term, &at, err) || !take_value(term, &at, err))
			return false;
		at += strspn(at, BLANKS);
		if (!*at)
			return true;
		if (*at != ',')
			return wrong(err, "has something behind a quote", at);
		at++;
		at += strspn(at, BLANKS);
	}
}

/* --- matching --------------------------------------------------------------------------------- */

const json_t *filter_field(const json_t *const *objects, const char *field)
{
	const json_t *found = NULL;

	for (; *objects && !found; objects++)
		found = json_at(*objects, field);
	return found;
}

void filter_value(char out[FILTER_VALUE_MAX], const json_t *value)
{
	size_t at, len = 0;
	const json_t *element;

	*out = '\0';
	if (json_is_string(value)) {
		text_format(out, FILTER_VALUE_MAX, "%s", json_string_value(value));
	} else if (json_is_number(value)) {
		text_format(out, FILTER_VALUE_MAX, "%.15g", json_number_value(value));
	} else if (json_is_boolean(value)) {
		text_format(out, FILTER_VALUE_MAX, "%s", json_is_true(value) ? "true" : "false");
	} else if (json_is_array(value)) {
		char inner[FILTER_VALUE_MAX];

		json_array_foreach(value, at, element)
		{
			if (json_is_array(element) || len + 1 >= FILTER_VALUE_MAX)
				continue;
			filter_value(inner, element);
			len += text_format(out + len, FILTER_VALUE_MAX - len, "%s%s",
					   len ? "," : "", inner);
		}
	} else if (json_is_object(value)) {
		char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

		text_format(out, FILTER_VALUE_MAX, "%s", text ? text : "");
		free(text);
	}
}

/* Less than 0, 0, more than 0: the value against the term's. */
static int compare(const FilterTerm *term, const json_t *value)
{
	char text[FILTER_VALUE_MAX], *end;
	double number = strtod(term->value, &end);

	if (json_is_number(value) && *term->value && !*end) {
		double mine = json_number_value(value);

		return mine < number ? -1 : mine > number;
	}
	filter_value(text, value);
	return strcmp(text, term->value);
}

static bool holds(const FilterTerm *term, const json_t *value)
{
	char text[FILTER_VALUE_MAX];

	switch (term->op) {
	case FILTER_IS:
		return compare(term, value) == 0;
	case FILTER_IS_NOT:
		return compare(term, value) != 0;
	case FILTER_BELOW:
		return compare(term, value) < 0;
	case FILTER_AT_MOST:
		return compare(term, value) <= 0;
	case FILTER_ABOVE:
		return compare(term, value) > 0;
	case FILTER_AT_LEAST:
		return compare(term, value) >= 0;
	case FILTER_HOLDS:
		filter_value(text, value);
		return strstr(text, term->value) != NULL;
	}
	return false;
}

static bool term_accepts(const FilterTerm *term, const json_t *value)
{
	bool all = term->op == FILTER_IS_NOT;
	const json_t *element;
	size_t at;

	if (!value || json_is_null(value))
		return all;
	if (!json_is_array(value))
		return holds(term, value);
	json_array_foreach(value, at, element)
	{
		if (holds(term, element) != all)
			return !all;
	}
	return all;
}

bool filter_accepts(const Filter *filter, const json_t *const *objects)
{
	for (size_t i = 0; i < filter->terms; i++)
		if (!term_accepts(&filter->term[i], filter_field(objects, filter->term[i].field)))
			return false;
	return true;
}
