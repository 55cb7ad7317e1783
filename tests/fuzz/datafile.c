/* Fuzzes dataset files: what opens can be read whole, row by row, without a wrong index, and its header
 * can be made again.
 *
 * A checksum would stop nearly every mutation of the header, so it is made right first.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "data/datafile_inside.h"
#include "fuzz.h"

#define STEP 3

/* What a model would use as an index, or add up. */
static void check_rows(const Dataset *about, const Dataset *set, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const float *x = set->floats ? set->floats + i * about->features : NULL;

		require(set->classes ? set->labels[i] < set->classes : isfinite(set->targets[i]));
		for (size_t j = 0; set->floats && j < about->features; j++) {
			require(isfinite(x[j]) || (about->missing && isnan(x[j])));
			if (about->column && about->column[j].categories && !isnan(x[j]))
				require(x[j] >= 0 && (size_t)x[j] < about->column[j].categories);
		}
		for (uint64_t e = set->sparse.begin ? set->sparse.begin[i] : 0;
		     set->sparse.begin && e < set->sparse.begin[i + 1]; e++)
			require(set->sparse.column[e] < about->features);
	}
}

static void read_rows(const DataFile *file)
{
	const Dataset *about = datafile_about(file);
	size_t entries_max = about->form == DATASET_SPARSE ? (size_t)file->layout.entries : 0;
	Dataset set = *about;
	Err err = { .code = ERR_NONE };

	set.arena = NULL;
	set.rows = STEP;
	require(dataset_take(&set, entries_max, &err));
	for (size_t at = 0; at < about->rows; at += STEP) {
		size_t n = about->rows - at < STEP ? about->rows - at : STEP;
		uint64_t entries;

		require(datafile_entries(file, at, n, &entries, &err) && entries <= entries_max);
		datafile_ahead(file, at, n);
		if (datafile_rows(file, at, n, &set, 0, entries_max, &err))
			check_rows(about, &set, n);
		else
			require(err.code == ERR_FORMAT && err.text[0]);
	}
	free(set.bytes);
	free(set.floats);
	free(set.sparse.begin);
	free(set.sparse.column);
	free(set.sparse.value);
	free(set.labels);
	free(set.targets);
}

/* The header that is made of what was read is read the same. */
static void make_again(const DataFile *file)
{
	DataFile again = { .fd = -1 };
	Err err = { .code = ERR_NONE };
	size_t len;
	uint8_t *header = datafile_header_make(&file->about, &file->layout, 0, &len, &err);

	require(header);
	require(datafile_header_read(&again, (const char *)header + DATAFILE_FIXED_BYTES,
				     len - DATAFILE_FIXED_BYTES, len, &err));
	require(again.about.rows == file->about.rows &&
		again.about.features == file->about.features &&
		again.about.form == file->about.form &&
		again.layout.entries == file->layout.entries &&
		again.layout.parts == file->layout.parts &&
		strcmp(again.about.name, file->about.name) == 0);
	arena_free(again.about.arena);
	free(header);
}

static void open_bytes(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	Err err = { .code = ERR_NONE };

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	DataFile *file = datafile_open_fd(fd, "fuzz", &err);

	if (!file) {
		require(err.code == ERR_FORMAT && err.text[0]);
		return;
	}
	require(datafile_verify(file, NULL, &err) || err.code == ERR_FORMAT);
	read_rows(file);
	make_again(file);
	datafile_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *mended;
	uint32_t len, crc;

	open_bytes(data, size);
	if (size < DATAFILE_FIXED_BYTES)
		return 0;
	memcpy(&len, data + 8, sizeof len);
	if (len > size - DATAFILE_FIXED_BYTES)
		return 0;
	mended = malloc(size);
	require(mended);
	memcpy(mended, data, size);
	crc = crc32c(0, mended + DATAFILE_FIXED_BYTES, len);
	memcpy(mended + 12, &crc, sizeof crc);
	open_bytes(mended, size);
	free(mended);
	return 0;
}
