/* Lists that grow.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_LIST_H
#define WATTLE_BASE_LIST_H

#include <stddef.h>

/* A list of count items with room for one more: twice *room when it was full (LIST_ROOM at first).
 * The list may have moved. NULL: memory is short, and the list is as it was. Owned by the caller,
 * for free(). item_bytes is above 0. */
void *list_room(void *list, size_t count, size_t *room, size_t item_bytes);

#define LIST_ROOM 16

#endif
