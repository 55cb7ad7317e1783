/* Fuzzes the reader of points that people gave: what is read lies between 0 and its maximum.
 * SPDX-License-Identifier: MIT */
#include "app/grading/by_hand.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ByHand hand;
	Err err = { .code = ERR_NONE };

	if (!by_hand_parse(&hand, data, size, "points.csv", &err)) {
		require(err.code != ERR_NONE && !hand.row);
		return 0;
	}
	for (size_t i = 0; i < hand.count; i++)
		require(hand.row[i].points >= 0 && hand.row[i].points <= hand.row[i].max &&
			hand.row[i].line > 1);
	by_hand_done(&hand);
	return 0;
}
