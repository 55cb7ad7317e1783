/* The accuracies that epoch records tell.
 * SPDX-License-Identifier: MIT */
#include "lab/epoch.h"

#include "base/record.h"

void epoch_accuracies(double share[EPOCH_ROWS], const json_t *record)
{
	static const char *const keys[EPOCH_ROWS] = { [EPOCH_TEST] = "test_accuracy",
						      [EPOCH_WATCHED] = "watch_accuracy",
						      [EPOCH_VALID] = "valid_accuracy",
						      [EPOCH_TRAIN] = "accuracy" };

	for (size_t i = 0; i < EPOCH_ROWS; i++)
		share[i] = record_number(record, keys[i]);
}

const char *epoch_rows_name(EpochRows rows)
{
	static const char *const names[EPOCH_ROWS] = { [EPOCH_TEST] = "test rows",
						       [EPOCH_WATCHED] = "watched rows",
						       [EPOCH_VALID] = "validation rows",
						       [EPOCH_TRAIN] = "training rows" };

	return names[rows];
}

const char *epoch_rows_short(EpochRows rows)
{
	static const char *const names[EPOCH_ROWS] = { [EPOCH_TEST] = "test",
						       [EPOCH_WATCHED] = "watched",
						       [EPOCH_VALID] = "valid",
						       [EPOCH_TRAIN] = "train" };

	return names[rows];
}
