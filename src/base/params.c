/* Params: checking arguments against their rows, and keeping them.
 * SPDX-License-Identifier: MIT */
#include "base/info.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/info_rows.h"
#include "base/text.h"

#define PARAM_INTEGER_MAX 9007199254740992.0 /* 2^53: exact as a double and in JSON */
#define PARAM_CHOICE_MAX 32                  /* bytes of one choice, with the NUL */

typedef struct Unit {
	const char *name;
	double factor;
} Unit;

static const Unit param_size_units[], param_time_units[];

/* --- refusing -----------------------------------------------------------------------------------
 * */

/* "prune: sparsity is 1.5, but must be a number from 0 to 0.99" */
static bool param_refuse(const Params *params, const Param *row, const char *value, Err *err)
{
	char wants[PARAM_LIMITS_MAX];

	param_wants(row, wants, sizeof wants);
	return err_set(err, ERR_ARGUMENT, "%s: %s is %.60s, but must be %s", params->info->name,
		       row->name, value, wants);
}

static bool param_refuse_number(const Params *params, const Param *row, double value, Err *err)
{
	char text[32];

	snprintf(text, sizeof text, "%.10g", value);
	return param_refuse(params, row, text, err);
}

static bool param_refuse_text(const Params *params, const Param *row, const char *value, Err *err)
{
	char text[64];

	text_format(text, sizeof text, "'%.50s'", value);
	return param_refuse(params, row, text, err);
}

static ParamValue *params_slot(Params *params, const Param *row)
{
	return &params->values[row - params->info->params];
}

/* --- values -------------------------------------------------------------------------------------
 * */

static bool param_in_limits(const Param *row, double value)
{
	if (!isfinite(value))
		return false;
	return param_unlimited(row) || (value >= row->minimum && value <= row->maximum);
}

static bool param_whole(const Param *row, double value)
{
	return param_in_limits(row, value) && fabs(value) <= PARAM_INTEGER_MAX &&
	       value == floor(value);
}

static bool param_store_number(Params *params, const Param *row, double value, Err *err)
{
	ParamValue *slot = params_slot(params, row);
	bool fine = false;

	switch (row->type) {
	case PARAM_INT:
		fine = param_whole(row, value);
		if (fine)
			slot->integer = (int64_t)value;
		break;
	case PARAM_SIZE:
		fine = value >= 0 && param_whole(row, value);
		if (fine)
			slot->bytes = (uint64_t)value;
		break;
	case PARAM_TIME:
		fine = value >= 0 && param_in_limits(row, value);
		if (fine)
			slot->number = value;
		break;
	case PARAM_NUMBER:
		fine = param_in_limits(row, value);
		if (fine)
			slot->number = value;
		break;
	default:
		break;
	}
	return fine || param_refuse_number(params, row, value, err);
}

static bool param_store_sizes(Params *params, const Param *row, const double *values, size_t count,
			      Err *err)
{
	ParamValue *slot = params_slot(params, row);

	if (count > PARAM_SIZES_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "%s: %s has %zu entries, but at most %d are allowed",
			       params->info->name, row->name, count, PARAM_SIZES_MAX);
	for (size_t i = 0; i < count; i++)
		if (!param_whole(row, values[i]) || values[i] < 0 || values[i] > UINT32_MAX)
			return param_refuse_number(params, row, values[i], err);
	slot->sizes.count = count;
	for (size_t i = 0; i < count; i++)
		slot->sizes.value[i] = (uint32_t)values[i];
	return true;
}

/* A decimal number and its unit; no hexadecimal, no "inf", no blanks. */
static bool param_scan(const char *text, const Unit *units, double *out)
{
	size_t len = strspn(text, "0123456789+-.eE");
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	if (len == 0 || end == text || end > text + len || (errno == ERANGE && fabs(*out) > 1))
		return false;
	if (!*end)
		return true;
	for (; units && units->name; units++) {
		if (strcmp(end, units->name) == 0) {
			*out *= units->factor;
			return true;
		}
	}
	return false;
}

static bool param_store_list(Params *params, const Param *row, const char *text, Err *err)
{
	double values[PARAM_SIZES_MAX];
	size_t count = 0;

	for (const char *p = text; *p; count++) {
		char item[32];
		size_t n = strcspn(p, ",");

		if (count == PARAM_SIZES_MAX || n == 0 || n >= sizeof item)
			return param_refuse_text(params, row, text, err);
		memcpy(item, p, n);
		item[n] = '\0';
		if (!param_scan(item, NULL, &values[count]))
			return param_refuse_text(params, row, text, err);
		p += n;
		if (*p == ',' && !*++p)
			return param_refuse_text(params, row, text, err);
	}
	return param_store_sizes(params, row, values, count, err);
}

static bool param_store_flag(Params *params, const Param *row, const char *text, Err *err)
{
	bool yes = !strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on");

	if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0 &&
	    strcmp(text, "off") != 0)
		return param_refuse_text(params, row, text, err);
	params_slot(params, row)->flag = yes;
	return true;
}

static bool param_store_choice(Params *params, const Param *row, const char *text, Err *err)
{
	char names[PARAMS_MAX][PARAM_CHOICE_MAX];
	const char *list[PARAMS_MAX + 1] = { NULL };
	int count = 0;

	for (const char *p = row->choices; *p && count < PARAMS_MAX; count++) {
		size_t n = strcspn(p, "|");

		text_format(names[count], PARAM_CHOICE_MAX, "%.*s", (int)n, p);
		list[count] = names[count];
		p += n + (p[n] == '|');
		if (strcmp(names[count], text) == 0) {
			params_slot(params, row)->choice = count;
			return true;
		}
	}
	param_refuse_text(params, row, text, err);
	char hint[TEXT_HINT_MAX];
	size_t len = strlen(err->text);

	text_format(err->text + len, sizeof err->text - len, "%s",
		    text_did_you_mean(hint, text, list));
	return false;
}

/* Whole numbers are read as such: a double would round 2^53 + 1 into the limits. What is written in
 * another way (1e6) must stay below the first whole number that two texts share. */
static bool param_store_integer(Params *params, const Param *row, const char *text, Err *err)
{
	const char *digits = text + (*text == '-' || *text == '+');
	double number;

	if (*digits && !digits[strspn(digits, "0123456789")]) {
		errno = 0;
		long long whole = strtoll(text, NULL, 10);

		if (errno == 0 && llabs(whole) <= (long long)PARAM_INTEGER_MAX)
			return param_store_number(params, row, (double)whole, err);
		return param_refuse_text(params, row, text, err);
	}
	if (!param_scan(text, NULL, &number) || fabs(number) >= PARAM_INTEGER_MAX)
		return param_refuse_text(params, row, text, err);
	return param_store_number(params, row, number, err);
}

static bool param_store_text(Params *params, const Param *row, const char *text, Err *err)
{
	double number;

	switch (row->type) {
	case PARAM_FLAG:
		return param_store_flag(params, row, text, err);
	case PARAM_CHOICE:
		return param_store_choice(params, row, text, err);
	case PARAM_TEXT:
	case PARAM_LINES:
		if (strlen(text) >= PARAM_TEXT_MAX)
			return param_refuse_text(params, row, text, err);
		memcpy(params_slot(params, row)->text, text, strlen(text) + 1);
		return true;
	case PARAM_SIZES:
		return param_store_list(params, row, text, err);
	case PARAM_OBJECT:
	case PARAM_PAIRS:
		return param_refuse_text(params, row, text, err);
	case PARAM_INT:
		return param_store_integer(params, row, text, err);
	case PARAM_NUMBER:
	case PARAM_SIZE:
	case PARAM_TIME:
		break;
	}
	const Unit *units = row->type == PARAM_SIZE   ? param_size_units
			    : row->type == PARAM_TIME ? param_time_units
						      : NULL;

	if (!param_scan(text, units, &number))
		return param_refuse_text(params, row, text, err);
	return param_store_number(params, row, number, err);
}

/* --- public -------------------------------------------------------------------------------------
 * */

bool params_init(Params *params, const Info *info, Err *err)
{
	size_t n = params_count(info);

	memset(params, 0, sizeof *params);
	params->info = info;
	if (n > PARAMS_MAX)
		return err_set(err, ERR_INTERNAL, "%s has %zu parameters, more than %d", info->name,
			       n, PARAMS_MAX);
	for (size_t i = 0; i < n; i++) {
		const Param *row = &info->params[i];

		if (row->type == PARAM_CHOICE)
			params->values[i].choice = -1;
		if (row->value && !param_store_text(params, row, row->value, err)) {
			err->code = ERR_INTERNAL;
			return err_prefix(err, "default");
		}
	}
	return true;
}

bool params_set_text(Params *params, const char *name, const char *value, Err *err)
{
	const Param *row = params_row(params->info, name, err);

	if (!row || !param_store_text(params, row, value, err))
		return false;
	params_slot(params, row)->given = true;
	return true;
}

bool params_set_number(Params *params, const char *name, double value, Err *err)
{
	const Param *row = params_row(params->info, name, err);

	if (!row)
		return false;
	if (row->type == PARAM_SIZES)
		return params_set_sizes(params, name, &value, 1, err);
	if (!param_store_number(params, row, value, err))
		return false;
	params_slot(params, row)->given = true;
	return true;
}

bool params_set_flag(Params *params, const char *name, bool value, Err *err)
{
	const Param *row = params_row(params->info, name, err);

	if (!row)
		return false;
	if (row->type != PARAM_FLAG)
		return param_refuse(params, row, value ? "true" : "false", err);
	params_slot(params, row)->flag = value;
	params_slot(params, row)->given = true;
	return true;
}

bool params_set_sizes(Params *params, const char *name, const double *values, size_t count,
		      Err *err)
{
	const Param *row = params_row(params->info, name, err);

	if (!row)
		return false;
	if (row->type != PARAM_SIZES)
		return param_refuse(params, row, "a list", err);
	if (!param_store_sizes(params, row, values, count, err))
		return false;
	params_slot(params, row)->given = true;
	return true;
}

bool params_set_object(Params *params, const char *name, const char *kind, const void *object,
		       Err *err)
{
	const Param *row = params_row(params->info, name, err);

	if (!row)
		return false;
	if (row->type != PARAM_OBJECT || strcmp(row->choices, kind) != 0)
		return param_refuse(params, row, kind, err);
	params_slot(params, row)->object = object;
	params_slot(params, row)->given = true;
	return true;
}

bool params_complete(const Params *params, Err *err)
{
	size_t n = params_count(params->info);

	for (size_t i = 0; i < n; i++) {
		const Param *row = &params->info->params[i];
		char wants[PARAM_LIMITS_MAX];

		if (!row->required || params->values[i].given)
			continue;
		param_wants(row, wants, sizeof wants);
		return err_set(err, ERR_ARGUMENT, "%s: %s is missing; give %s", params->info->name,
			       row->name, wants);
	}
	return true;
}

static const Param *params_known(const Params *params, const char *name)
{
	const Param *row = params->info->params;

	while (row && row->name && strcmp(row->name, name) != 0)
		row++;
	assert(row && row->name);
	return row;
}

const ParamValue *params_get(const Params *params, const char *name)
{
	return &params->values[params_known(params, name) - params->info->params];
}

const char *params_choice(const Params *params, const char *name, char out[32])
{
	const Param *row = params_known(params, name);
	int left = params_get(params, name)->choice;
	const char *p = row->choices;

	assert(row->type == PARAM_CHOICE);
	out[0] = '\0';
	if (left < 0)
		return out;
	for (; left > 0; left--)
		p += strcspn(p, "|") + 1;
	text_format(out, PARAM_CHOICE_MAX, "%.*s", (int)strcspn(p, "|"), p);
	return out;
}

static const Unit param_size_units[] = {
	{ "K", 0x1p10 }, { "M", 0x1p20 }, { "G", 0x1p30 }, { "T", 0x1p40 }, { NULL, 0 },
};

static const Unit param_time_units[] = {
	{ "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { NULL, 0 },
};
