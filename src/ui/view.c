/* The table of views, and what they share.
 * SPDX-License-Identifier: MIT */
#include "ui/view.h"

#include <string.h>

#define ROW(name) extern const View view_##name;
#include "ui/views.inc"
#undef ROW

const View *view_find(const char *name)
{
	for (const View *const *view = views; *view; view++)
		if (strcmp((*view)->info.name, name) == 0)
			return *view;
	return NULL;
}

void request_done(Request *request)
{
	json_decref(request->value);
	*request = (Request){ .kind = REQUEST_NONE };
}

int view_scroll(int top, int row, int rows, int height)
{
	if (height < 1)
		return 0;
	if (top > row)
		top = row;
	if (row - top >= height)
		top = row - height + 1;
	if (top > rows - height)
		top = rows - height;
	return top < 0 ? 0 : top;
}

const View *const views[] = {
#define ROW(name) &view_##name,
#include "ui/views.inc"
#undef ROW
	NULL,
};

bool view_move(size_t *at, size_t most, size_t page, Action action)
{
	switch (action) {
	case ACTION_UP:
		*at -= *at > 0 ? 1 : 0;
		break;
	case ACTION_DOWN:
		*at += 1;
		break;
	case ACTION_PAGE_UP:
		*at -= *at > page ? page : *at;
		break;
	case ACTION_PAGE_DOWN:
		*at += page;
		break;
	case ACTION_TOP:
		*at = 0;
		break;
	case ACTION_BOTTOM:
		*at = most;
		break;
	default:
		return false;
	}
	*at = *at > most ? most : *at;
	return true;
}
