/* Fuzzes the CSV reader: what is accepted is whole and in range, the same bytes gzipped are judged
 * alike, and reading again gives the same. The first byte chooses the options.
 * SPDX-License-Identifier: MIT */
#include "data/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "squeeze.h"

static void whole(const Dataset *d)
{
	size_t length = 0; /* reads every name to its end */

	require(d->rows && d->features && d->train_rows == d->rows);
	require((d->labels != NULL) == (d->classes > 0) && (d->targets != NULL) == !d->classes);
	require((d->bytes != NULL) == (d->form == DATASET_BYTES));
	for (size_t i = 0; i < d->rows; i++)
		require(d->labels ? d->labels[i] < d->classes : isfinite(d->targets[i]));
	for (size_t i = 0; d->floats && i < d->rows * d->features; i++) {
		const Column *column = d->column ? &d->column[i % d->features] : NULL;

		require(!isinf(d->floats[i]) && (d->missing || !isnan(d->floats[i])));
		if (column && column->categories && !isnan(d->floats[i]))
			length += strlen(column->category[(size_t)d->floats[i]]);
	}
	for (size_t k = 0; k < d->classes; k++)
		length += strlen(d->class_name[k]);
	for (size_t k = 0; d->column && k < d->features; k++)
		length += strlen(d->column[k].name);
	require(length < SIZE_MAX / 2);
}

static Dataset *read_whole(const uint8_t *data, size_t size, const CsvOptions *options)
{
	Err err = { 0 };
	Dataset *d = csv_read_memory(data, size, "fuzz.csv", options, NULL, &err);

	if (d)
		whole(d);
	else
		require((err.code == ERR_FORMAT || err.code == ERR_LIMIT ||
			 err.code == ERR_MEMORY || err.code == ERR_ARGUMENT) &&
			err.text[0]);
	return d;
}

static void same(const Dataset *a, const Dataset *b)
{
	size_t cells;

	require((a != NULL) == (b != NULL));
	if (!a)
		return;
	cells = a->rows * a->features;
	require(a->rows == b->rows && a->features == b->features && a->classes == b->classes &&
		a->form == b->form && strcmp(a->sha256, b->sha256) == 0);
	require(a->bytes ? memcmp(a->bytes, b->bytes, cells) == 0
			 : memcmp(a->floats, b->floats, cells * sizeof *a->floats) == 0);
	require(a->labels ? memcmp(a->labels, b->labels, a->rows * sizeof *a->labels) == 0
			  : memcmp(a->targets, b->targets, a->rows * sizeof *a->targets) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[4] = { 0, ',', ';', '\t' };
	uint8_t choice = size ? *data : 0;
	CsvOptions options = {
		.separator = separators[choice & 3],
		.header = (CsvHeader)((choice >> 2 & 3) % 3),
		.task = (TableTask)((choice >> 4 & 3) % 3),
		.bytes = choice & 64,
		.label = choice & 128 ? "class" : NULL,
		.limits = { .line_bytes = 300,
			    .bytes = 1 << 20,
			    .rows = 5000,
			    .columns = 20,
			    .categories = 30 },
	};
	size_t packed_size;
	uint8_t *packed;

	if (!size)
		return 0;
	Dataset *plain = read_whole(data + 1, size - 1, &options);
	bool gzip = size >= 3 && data[1] == 0x1f && data[2] == 0x8b;

	if (!gzip && size < 65536) {
		packed = squeeze(data + 1, size - 1, &packed_size);
		Dataset *again = read_whole(packed, packed_size, &options);

		same(plain, again);
		dataset_free(again);
		free(packed);
	}
	dataset_free(plain);
	return 0;
}
