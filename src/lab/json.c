/* Typed reading of JSON from outside: every type and limit is checked before a value is used.
 * SPDX-License-Identifier: MIT */
#include "lab/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const json_t *present(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

bool json_take_number(const json_t *object, const char *key, double minimum, double maximum,
		      double *out, Err *err)
{
	const json_t *value = present(object, key);

	if (!value)
		return true;
	if (!json_is_number(value))
		return err_set(err, ERR_FORMAT, "%s is not a number", key);
	double number = json_number_value(value);
	if (!(number >= minimum && number <= maximum))
		return err_set(err, ERR_FORMAT, "%s is %g; it must be from %g to %g", key, number,
			       minimum, maximum);
	*out = number;
	return true;
}

bool json_take_integer(const json_t *object, const char *key, int64_t minimum, int64_t maximum,
		       int64_t *out, Err *err)
{
	const json_t *value = present(object, key);

	if (!value)
		return true;
	if (!json_is_integer(value))
		return err_set(err, ERR_FORMAT, "%s is not a whole number", key);
	int64_t number = json_integer_value(value);
	if (number < minimum || number > maximum)
		return err_set(err, ERR_FORMAT, "%s is %lld; it must be from %lld to %lld", key,
			       (long long)number, (long long)minimum, (long long)maximum);
	*out = number;
	return true;
}

bool json_take_count(const json_t *object, const char *key, uint64_t maximum, uint64_t *out,
		     Err *err)
{
	int64_t number = (int64_t)*out;

	if (!json_take_integer(object, key, 0, (int64_t)maximum, &number, err))
		return false;
	*out = (uint64_t)number;
	return true;
}

bool json_take_flag(const json_t *object, const char *key, bool *out, Err *err)
{
	const json_t *value = present(object, key);

	if (!value)
		return true;
	if (!json_is_boolean(value))
		return err_set(err, ERR_FORMAT, "%s is not true or false", key);
	*out = json_is_true(value);
	return true;
}

bool json_take_text(const json_t *object, const char *key, char *out, size_t cap, Err *err)
{
	const json_t *value = present(object, key);

	if (!value)
		return true;
	if (!json_is_string(value))
		return err_set(err, ERR_FORMAT, "%s is not a text", key);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (len >= cap || strlen(text) != len)
		return err_set(err, ERR_FORMAT, "%s is too long (at most %zu bytes) or holds a NUL",
			       key, cap - 1);
	memcpy(out, text, len + 1);
	return true;
}

bool json_take_array(const json_t *object, const char *key, const json_t **out, Err *err)
{
	*out = present(object, key);
	if (*out && !json_is_array(*out))
		return err_set(err, ERR_FORMAT, "%s is not a list", key);
	return true;
}

bool json_take_object(const json_t *object, const char *key, const json_t **out, Err *err)
{
	*out = present(object, key);
	if (*out && !json_is_object(*out))
		return err_set(err, ERR_FORMAT, "%s is not an object", key);
	return true;
}

const json_t *json_at(const json_t *object, const char *path)
{
	char key[128];

	while (object && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof key)
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		object = json_object_get(object, key);
		path += len + (path[len] == '.');
	}
	return object;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint8_t *json_decode_base64(const char *text, size_t text_len, size_t len, Err *err)
{
	uint32_t bits = 0;
	size_t done = 0, pad = (3 - len % 3) % 3;

	if (len > (SIZE_MAX - 2) / 4 || text_len != (len + 2) / 3 * 4) {
		err_set(err, ERR_FORMAT, "base64 of %zu characters cannot hold %zu bytes", text_len,
			len);
		return NULL;
	}
	uint8_t *out = malloc(len ? len : 1);
	if (!out) {
		err_set(err, ERR_MEMORY, "no memory for %zu bytes", len);
		return NULL;
	}
	for (size_t i = 0; i < text_len; i++) {
		bool padding = i >= text_len - pad;
		int value = padding ? (text[i] == '=' ? 0 : -1) : base64_value(text[i]);
		if (value < 0) {
			err_set(err, ERR_FORMAT, "not base64 at character %zu", i + 1);
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		for (int shift = 16; i % 4 == 3 && shift >= 0 && done < len; shift -= 8)
			out[done++] = (uint8_t)(bits >> shift);
	}
	return out;
}
