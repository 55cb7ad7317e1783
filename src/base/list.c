/* Lists that grow.
 * SPDX-License-Identifier: MIT */
#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>

void *list_room(void *list, size_t count, size_t *room, size_t item_bytes)
{
	size_t wider = *room ? 2 * *room : LIST_ROOM;

	if (count < *room)
		return list;
	if (*room > SIZE_MAX / 2 || wider > SIZE_MAX / item_bytes)
		return NULL;
	void *grown = realloc(list, wider * item_bytes);

	if (grown)
		*room = wider;
	return grown;
}
