/* Model files: one section, from its bytes to a span's values. What is used as an index is checked, and
 * every number that must be finite.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_FILE_SECTION_H
#define WATTLE_MODEL_FILE_SECTION_H

#include <math.h>

#include "model/file_format.h"

/* One span as the header describes it. */
typedef struct Section {
	Encoding encoding;
	const uint8_t *bytes;
	size_t len;
	float x_scale, y_scale;
	uint8_t x_zero, y_zero;
} Section;

/* Where a span's values go. */
typedef struct Target {
	const Span *span;
	void *data;       /* its numbers */
	float *w;         /* the same; NULL: integers */
	uint8_t *mask;    /* NULL: not pruned */
	SpanQuant *quant; /* NULL: not quantized */
} Target;

static inline bool file_bad(Err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, "%s", what);
}

static inline bool section_scale_fine(float scale)
{
	return isnormal(scale) && scale > 0 && scale <= FILE_SCALE_MAX;
}

/* The section's length suits its encoding and the span. ERR_FORMAT says what is off. */
bool section_fill(Target *to, const Section *section, Err *err);

#endif
