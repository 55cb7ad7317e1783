/* What the tests of the readers of tables share: reading from memory and from files, and what errors
 * must say.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_TABLE_MAKE_H
#define WATTLE_TESTS_TABLE_MAKE_H

#include "data/dataset.h"

#include "idx_make.h"
#include "unit.h"

/* Frees d, which must be NULL, and looks for the words (a list that ends with NULL) in the error. */
static inline void refused_with(Dataset *d, const Err *err, ErrCode code, const char *const *words)
{
	assert_null(d);
	assert_int_equal(err->code, code);
	for (; *words; words++)
		if (!strstr(err->text, *words))
			fail_msg("\"%s\" does not hold \"%s\"", err->text, *words);
}

#define REFUSED(d, err, code, ...) \
	refused_with(d, err, code, (const char *const[]){ __VA_ARGS__, NULL })

static inline Blob text_blob(const char *text)
{
	return (Blob){ (uint8_t *)text, strlen(text) };
}

static inline void same_floats(const float *got, const float *expected, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&got[i], &expected[i], sizeof *got) != 0 &&
		    !(got[i] != got[i] && expected[i] != expected[i]))
			fail_msg("value %zu is %.9g, expected %.9g", i, (double)got[i],
				 (double)expected[i]);
}

#endif
