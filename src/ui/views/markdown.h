/* A lesson's Markdown (CommonMark and tables, no HTML) as flowing text.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_MARKDOWN_H
#define WATTLE_UI_VIEWS_MARKDOWN_H

#include "ui/views/flow.h"

/* Appends the text to the flow. Glyphs: bullets and rules; GLYPHS_ASCII also for what is said
 * aloud. */
void markdown_flow(Flow *flow, const char *text, Glyphs glyphs);

#endif
