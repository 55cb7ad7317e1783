/* Lists that grow, and what is left of them when memory is short.
 * SPDX-License-Identifier: MIT */
#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>

#include "alloc_fail.h"
#include "unit.h"

static void items_stay(void **state)
{
	int *list = NULL;
	size_t room = 0, moves = 0;

	(void)state;
	for (size_t n = 0; n < 1000; n++) {
		size_t before = room;
		int *more = list_room(list, n, &room, sizeof *more);

		assert_non_null(more);
		assert_true(room > n);
		moves += room != before;
		list = more;
		list[n] = (int)n;
	}
	for (size_t n = 0; n < 1000; n++)
		assert_int_equal(list[n], n);
	assert_int_equal(moves, 7); /* 16, 32 … 1024 */
	free(list);
}

static void short_of_memory(void **state)
{
	size_t room = 0;
	char *list = list_room(NULL, 0, &room, 1), *more;

	(void)state;
	assert_non_null(list);
	assert_int_equal(room, LIST_ROOM);
	list[0] = 'a';
	alloc_fail_after(0);
	more = list_room(list, LIST_ROOM, &room, 1);
	assert_ptr_equal(list_room(list, LIST_ROOM - 1, &room, 1), list);
	alloc_fail_never();
	assert_null(more);
	assert_int_equal(room, LIST_ROOM);
	assert_int_equal(list[0], 'a');
	free(list);
}

static void no_size_wraps(void **state)
{
	size_t room = 0, most = SIZE_MAX / 2 + 1;

	(void)state;
	assert_null(list_room(NULL, 0, &room, SIZE_MAX / 2));
	assert_int_equal(room, 0);
	assert_null(list_room(NULL, most, &most, 1));
	assert_int_equal(most, SIZE_MAX / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_stay),
		cmocka_unit_test(short_of_memory),
		cmocka_unit_test(no_size_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
