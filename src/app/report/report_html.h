/* How the parts of a report are written. For this folder alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_REPORT_HTML_H
#define WATTLE_APP_REPORT_HTML_H

#include <stdio.h>

/* Texts one after the other, markup and content by turns: html_put(to, "<td>", name, "</td>",
 * NULL). Content is escaped. A NULL ends it. */
void html_put(FILE *to, ...) __attribute__((sentinel));
/* A heading of level h. */
void html_heading(FILE *to, int h, const char *words);

#endif
