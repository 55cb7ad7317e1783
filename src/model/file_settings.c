/* Model files: settings.
 * SPDX-License-Identifier: MIT */
#include "model/file_settings.h"

#include <inttypes.h>

#include "base/text.h"

/* As params_set_text reads it again, to the same value. */
static void setting_text(const Params *params, const Param *row, char out[PARAM_TEXT_MAX])
{
	const ParamValue *value = params_get(params, row->name);
	char choice[32];
	size_t len = 0;

	out[0] = '\0';
	switch (row->type) {
	case PARAM_FLAG:
		text_format(out, PARAM_TEXT_MAX, "%s", value->flag ? "true" : "false");
		break;
	case PARAM_INT:
		text_format(out, PARAM_TEXT_MAX, "%" PRId64, value->integer);
		break;
	case PARAM_NUMBER:
	case PARAM_TIME:
		text_format(out, PARAM_TEXT_MAX, "%.17g", value->number);
		break;
	case PARAM_SIZE:
		text_format(out, PARAM_TEXT_MAX, "%" PRIu64, value->bytes);
		break;
	case PARAM_CHOICE:
		text_format(out, PARAM_TEXT_MAX, "%s", params_choice(params, row->name, choice));
		break;
	case PARAM_TEXT:
	case PARAM_LINES:
		text_format(out, PARAM_TEXT_MAX, "%s", value->text);
		break;
	case PARAM_SIZES:
		for (size_t i = 0; i < value->sizes.count; i++)
			len += text_format(out + len, PARAM_TEXT_MAX - len, "%s%" PRIu32,
					   i ? "," : "", value->sizes.value[i]);
		break;
	case PARAM_OBJECT:
	case PARAM_PAIRS:
		break;
	}
}

json_t *settings_json(const Params *params)
{
	json_t *object = json_object();

	for (const Param *row = params->info->params; object && row && row->name; row++) {
		char text[PARAM_TEXT_MAX];

		if (!params_get(params, row->name)->given)
			continue;
		setting_text(params, row, text);
		if (json_object_set_new(object, row->name, json_string(text))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static bool settings_fill(Params *params, const Info *info, const json_t *object, Err *err)
{
	const char *name;
	json_t *value;

	if (!params_init(params, info, err))
		return false;
	/* The macro wants an object that could change. */
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		const char *text = json_string_value(value);

		if (!text)
			return err_set(err, ERR_ARGUMENT, "the setting '%.40s' is no text", name);
		if (!params_set_text(params, name, text, err))
			return false;
	}
	return params_complete(params, err);
}

bool settings_read(Params *params, const Info *info, const json_t *object, Err *err)
{
	if (!json_is_object(object))
		return err_set(err, ERR_FORMAT, "the settings of a %s are missing", info->name);
	if (settings_fill(params, info, object, err))
		return true;
	if (err->code == ERR_ARGUMENT)
		err->code = ERR_FORMAT;
	return err_prefix(err, "settings");
}
