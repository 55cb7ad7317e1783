/* Reading tests/unit/fixtures/NAME.json, made by scripts/fixtures/make-pytorch.py, which documents
 * them. Include after unit.h; whatever is missing fails the test.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_FIXTURE_H
#define WATTLE_TESTS_FIXTURE_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The caller gives it back with json_decref. */
static inline json_t *fixture_load(const char *name)
{
	const char *top = getenv("top_srcdir");
	json_error_t error;
	char path[4096];
	json_t *root;

	snprintf(path, sizeof path, "%s/tests/unit/fixtures/%s.json", top ? top : ".", name);
	root = json_load_file(path, 0, &error);
	if (!root)
		fail_msg("%s: %s", path, error.text);
	return root;
}

static inline const json_t *fixture_list(const json_t *object, const char *key)
{
	const json_t *list = json_object_get(object, key);

	if (!json_is_array(list))
		fail_msg("the fixture has no list '%s'", key);
	return list;
}

static inline const char *fixture_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text)
		fail_msg("the fixture has no text '%s'", key);
	return text;
}

static inline double fixture_number_or(const json_t *object, const char *key, double absent)
{
	const json_t *number = json_object_get(object, key);

	return json_is_number(number) ? json_number_value(number) : absent;
}

static inline size_t fixture_size(const json_t *object, const char *key)
{
	double number = fixture_number_or(object, key, -1);

	if (!(number >= 0 && number <= 1e6))
		fail_msg("the fixture has no size '%s'", key);
	return (size_t)number;
}

/* The list must have count numbers. */
static inline void fixture_floats(const json_t *object, const char *key, float *out, size_t count)
{
	const json_t *list = fixture_list(object, key);

	if (json_array_size(list) != count)
		fail_msg("'%s' has %zu numbers, not %zu", key, json_array_size(list), count);
	for (size_t i = 0; i < count; i++)
		out[i] = (float)json_number_value(json_array_get(list, i));
}

static inline void fixture_labels(const json_t *object, const char *key, uint16_t *out,
				  size_t count)
{
	const json_t *list = fixture_list(object, key);

	assert_int_equal(json_array_size(list), count);
	for (size_t i = 0; i < count; i++)
		out[i] = (uint16_t)json_integer_value(json_array_get(list, i));
}

/* got against the list, each within tolerance·max(1, |expected|); what names the case. */
static inline void fixture_near(const json_t *object, const char *key, const float *got,
				size_t count, double tolerance, const char *what)
{
	const json_t *list = fixture_list(object, key);

	if (json_array_size(list) != count)
		fail_msg("%s: '%s' has %zu numbers, not %zu", what, key, json_array_size(list),
			 count);
	for (size_t i = 0; i < count; i++) {
		double want = json_number_value(json_array_get(list, i));

		if (!(fabs((double)got[i] - want) <= tolerance * fmax(1, fabs(want))))
			fail_msg("%s: %s[%zu] is %.9g, the fixture says %.9g", what, key, i,
				 (double)got[i], want);
	}
}

#endif
