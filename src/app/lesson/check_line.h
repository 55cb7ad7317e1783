/* A check as a line of text.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_CHECK_LINE_H
#define WATTLE_APP_CHECK_LINE_H

#include <jansson.h>
#include <stdio.h>

/* Prints a check record: "✓ pass small: Half the bytes (3 of 3 points)", and below it what it says.
 * Any other record prints nothing. */
void check_line_print(FILE *to, const json_t *record);

#endif
