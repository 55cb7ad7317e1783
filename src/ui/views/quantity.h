/* Numbers as views show and say them: a value with its unit and its interval, in as many digits
 * as the interval bears.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_QUANTITY_H
#define WATTLE_UI_VIEWS_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/results.h"
#include "ui/canvas.h"

#define QUANTITY_MAX 96

/* QUANTITY_SECONDS: of 10,000 predictions as of one; SI prefixes are chosen by the value. */
typedef enum Quantity {
	QUANTITY_SECONDS,
	QUANTITY_JOULES,
	QUANTITY_SHARE,
	QUANTITY_BYTES,
	QUANTITY_COUNT
} Quantity;

/* "41.2 ms ±0.6", "97.1 % ±1.6", "1.07 MB"; "-" for NaN. glyphs: "+-" and "us" at GLYPHS_ASCII.
 * Returns out. */
char *quantity_short(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate,
		     Glyphs glyphs);
/* As quantity_short in round brackets, with the half-width relative: "(0.14 J ±60 %)": for
 * modelled joules. */
char *quantity_modelled(char out[QUANTITY_MAX], const Estimate *estimate, Glyphs glyphs);
/* "41.2 ms [40.6, 41.8]" */
char *quantity_bounds(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate,
		      Glyphs glyphs);
/* "0.27 joule, between 0.25 and 0.29"; "not known" for NaN. */
char *quantity_words(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate);
/* "12 s", "3 min", "2 h": time left or gone. */
char *quantity_duration(char out[QUANTITY_MAX], double seconds);

#endif
