/* Errors: setting and prefixing the text, names and exit statuses of the codes.
 * SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"

typedef struct ErrRow {
	const char *name;
	int status;
} ErrRow;

static const ErrRow err_rows[ERR_INTERNAL + 1];

/* Formatted apart first: an argument may be err->text itself. */
bool err_set(Err *err, ErrCode code, const char *format, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	assert(err && code != ERR_NONE);
	va_start(args, format);
	text_vformat(text, sizeof text, format, args);
	va_end(args);
	err->code = code;
	memcpy(err->text, text, sizeof text);
	return false;
}

bool err_prefix(Err *err, const char *format, ...)
{
	char prefix[ERR_TEXT_MAX], text[ERR_TEXT_MAX];
	va_list args;

	assert(err);
	va_start(args, format);
	text_vformat(prefix, sizeof prefix, format, args);
	va_end(args);
	text_format(text, sizeof text, "%s: %s", prefix, err->text);
	memcpy(err->text, text, sizeof text);
	return false;
}

const char *err_name(ErrCode code)
{
	return err_rows[code].name;
}

int err_exit_status(ErrCode code)
{
	return err_rows[code].status;
}

static const ErrRow err_rows[ERR_INTERNAL + 1] = {
#define X(code, exit_status, text) [ERR_##code] = { .name = text, .status = exit_status },
	ERR_LIST(X)
#undef X
};
