/* Fuzzes the records' parser and reader: what is taken can be written, and comes back the same.
 * SPDX-License-Identifier: MIT */
#include "base/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static int file_new(void)
{
	int fd = memfd_create("records", MFD_CLOEXEC);

	require(fd >= 0);
	return fd;
}

/* Takes the reference. Reals are written with ten digits, so the second writing must equal the
 * first. */
static void check_round(json_t *record)
{
	char *lines[2] = { NULL, NULL };
	Err err = { 0 };

	for (int i = 0; i < 2; i++) {
		int fd = file_new();
		RecordOut *out = record_out_new(fd, 0, &err);
		RecordIn *in = record_in_new(fd, &err);

		require(out && in && record_out_put(out, record, &err));
		lseek(fd, 0, SEEK_SET);
		require(record_in_next(in, &record, &err) == RECORD_GOT);
		lines[i] = json_dumps(record, JSON_COMPACT);
		record_in_free(in);
		record_out_free(out);
		close(fd);
	}
	json_decref(record);
	require(lines[0] && lines[1] && strcmp(lines[0], lines[1]) == 0);
	free(lines[0]);
	free(lines[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { 0 };
	json_t *record = record_parse((const char *)data, size, &err);

	require(record || err.code == ERR_FORMAT);
	if (record)
		check_round(record);
	int fd = file_new();
	RecordIn *in = record_in_new(fd, &err);
	size_t lines = 1, got = 0;
	RecordGot what;

	require(in && write(fd, data, size) == (ssize_t)size);
	lseek(fd, 0, SEEK_SET);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	while ((what = record_in_next(in, &record, &err)) != RECORD_END) {
		require(what == RECORD_GOT || (what == RECORD_BAD && err.code == ERR_FORMAT));
		require(++got <= lines);
		json_decref(record);
	}
	require(got == lines - 1);
	require(record_in_torn(in) == (size > 0 && data[size - 1] != '\n'));
	record_in_free(in);
	close(fd);
	return 0;
}
