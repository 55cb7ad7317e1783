/* Info: the rows of parameters, what they want in words, and their description in JSON.
 * SPDX-License-Identifier: MIT */
#include "base/info.h"

#include <string.h>

#include "base/info_rows.h"
#include "base/text.h"

static const char *const param_types[];

size_t params_count(const Info *info)
{
	size_t n = 0;

	while (info->params && info->params[n].name)
		n++;
	return n;
}

const Param *params_row(const Info *info, const char *name, Err *err)
{
	const char *names[PARAMS_MAX + 1] = { NULL };
	size_t n = params_count(info);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(info->params[i].name, name) == 0)
			return &info->params[i];
		if (i < PARAMS_MAX)
			names[i] = info->params[i].name;
	}
	char hint[TEXT_HINT_MAX];

	err_set(err, ERR_ARGUMENT, "unknown key '%.60s' in %s%s", name, info->name,
		text_did_you_mean(hint, name, names));
	return NULL;
}

bool param_unlimited(const Param *row)
{
	return row->minimum == 0 && row->maximum == 0;
}

void param_wants(const Param *row, char *out, size_t cap)
{
	static const char *const what[] = {
		[PARAM_FLAG] = "true or false",
		[PARAM_INT] = "a whole number",
		[PARAM_NUMBER] = "a number",
		[PARAM_CHOICE] = "one of",
		[PARAM_TEXT] = "a text",
		[PARAM_LINES] = "a list of texts",
		[PARAM_SIZES] = "a list of whole numbers",
		[PARAM_OBJECT] = "a value of the kind",
		[PARAM_SIZE] = "a size (64M, 2G)",
		[PARAM_TIME] = "a time (500ms, 10s, 5m, 2h)",
		[PARAM_PAIRS] = "KEY=VALUE",
	};
	size_t len = text_format(out, cap, "%s", what[row->type]);

	if (row->type == PARAM_CHOICE) {
		for (const char *p = row->choices; *p;) {
			size_t n = strcspn(p, "|");

			len += text_format(out + len, cap - len, "%s%.*s",
					   p == row->choices ? " " : ", ", (int)n, p);
			p += n + (p[n] == '|');
		}
	} else if (row->type == PARAM_OBJECT) {
		text_format(out + len, cap - len, " %s", row->choices);
	} else if (row->type == PARAM_TEXT || row->type == PARAM_LINES) {
		text_format(out + len, cap - len, " of at most %d bytes", PARAM_TEXT_MAX - 1);
	} else if (row->type != PARAM_FLAG && !param_unlimited(row)) {
		bool unit = row->unit && *row->unit;

		text_format(out + len, cap - len, " from %.16g to %.16g%s%s", row->minimum,
			    row->maximum, unit ? " " : "", unit ? row->unit : "");
	}
}

static json_t *param_json(const Param *row)
{
	bool limited = !param_unlimited(row);

	return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:s, s:s?, s:s?, s:b}", "name", row->name,
			 "type", param_types[row->type], "default", row->value, "minimum",
			 limited ? json_real(row->minimum) : json_null(), "maximum",
			 limited ? json_real(row->maximum) : json_null(), "unit",
			 row->unit ? row->unit : "", "choices", row->choices, "help", row->help,
			 "required", (int)row->required);
}

json_t *info_json(const Info *info)
{
	json_t *list = json_array();

	if (!list)
		return NULL;
	for (const Param *row = info->params; row && row->name; row++) {
		if (json_array_append_new(list, param_json(row)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s?, s:s?, s:o}", "name", info->name, "title", info->title,
			 "about", info->about, "params", list);
}

static const char *const param_types[] = {
	[PARAM_FLAG] = "flag",     [PARAM_INT] = "int",     [PARAM_NUMBER] = "number",
	[PARAM_CHOICE] = "choice", [PARAM_TEXT] = "text",   [PARAM_SIZES] = "sizes",
	[PARAM_OBJECT] = "object", [PARAM_SIZE] = "size",   [PARAM_TIME] = "time",
	[PARAM_PAIRS] = "pairs",   [PARAM_LINES] = "lines",
};
