/* Dataset files: reading.
 * SPDX-License-Identifier: MIT */
#include "data/datafile.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/text.h"
#include "data/datafile_inside.h"

#define STEP_BYTES ((size_t)1 << 20) /* between two looks at control */
#define BEGIN_STEP 8192              /* rows whose places are looked at together */

/* --- bytes ------------------------------------------------------------------------------------ */

static bool file_get(const DataFile *file, uint64_t at, void *out, size_t len, Err *err)
{
	uint8_t *to = out;

	while (len > 0) {
		ssize_t got = pread(file->fd, to, len, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_FILE, "%s: cannot read: %s", file->name,
				       strerror(errno));
		if (got == 0)
			return err_set(err, ERR_FORMAT,
				       "%s: the file ends at byte %" PRIu64 ", expected %" PRIu64
				       ": it shrank after it was opened",
				       file->name, at, file->layout.end);
		to += got;
		at += (uint64_t)got;
		len -= (size_t)got;
	}
	return true;
}

/* Units at … at + n − 1 of a part. */
static bool part_get(const DataFile *file, size_t part, uint64_t at, uint64_t n, void *out,
		     Err *err)
{
	const DataPart *p = &file->layout.part[part];

	return file_get(file, p->offset + at * p->size, out, (size_t)(n * p->size), err);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Reads where rows begin … begin + n of sparse rows have their entries, and checks it: begin has n + 1
 * places. */
static bool begins_get(const DataFile *file, size_t begin, size_t n, uint64_t *out, Err *err)
{
	const Dataset *about = &file->about;

	if (!part_get(file, 0, begin, n + 1, out, err))
		return false;
	for (size_t i = 0; i <= n; i++) {
		uint64_t least = i > 0 ? out[i - 1] : 0;

		if ((begin + i == 0 && out[i] != 0) || out[i] < least ||
		    out[i] > file->layout.entries || (i > 0 && out[i] - least > about->features) ||
		    (begin + i == about->rows && out[i] != file->layout.entries))
			return err_set(err, ERR_FORMAT,
				       "%s: row %zu: its entries begin at %" PRIu64
				       ", which cannot be",
				       file->name, begin + i + 1, out[i]);
	}
	return true;
}

bool datafile_entries(const DataFile *file, size_t begin, size_t n, uint64_t *entries, Err *err)
{
	uint64_t first, last;

	assert(begin <= file->about.rows && n <= file->about.rows - begin);
	*entries = 0;
	if (file->about.form != DATASET_SPARSE)
		return true;
	if (!part_get(file, 0, begin, 1, &first, err) ||
	    !part_get(file, 0, begin + n, 1, &last, err))
		return false;
	if (first > last || last > file->layout.entries)
		return err_set(err, ERR_FORMAT, "%s: rows %zu to %zu have no entries that could be",
			       file->name, begin + 1, begin + n);
	*entries = last - first;
	return true;
}

static bool sparse_get(const DataFile *file, size_t begin, size_t n, Dataset *to, size_t at,
		       uint64_t room, Err *err)
{
	uint64_t *begins = to->sparse.begin + at, place = *begins, first, count;

	if (!begins_get(file, begin, n, begins, err)) {
		*begins = place;
		return false;
	}
	first = begins[0];
	count = begins[n] - first;
	for (size_t i = 0; i <= n; i++)
		begins[i] = begins[i] - first + place;
	if (place > room || count > room - place)
		return err_set(err, ERR_FORMAT,
			       "%s: rows %zu to %zu have other entries than before", file->name,
			       begin + 1, begin + n);
	return part_get(file, 1, first, count, to->sparse.column + place, err) &&
	       part_get(file, 2, first, count, to->sparse.value + place, err);
}

bool datafile_rows(const DataFile *file, size_t begin, size_t n, Dataset *to, size_t at,
		   uint64_t room, Err *err)
{
	const Dataset *about = &file->about;
	size_t answers = file->layout.parts - 1;

	assert(begin <= about->rows && n <= about->rows - begin);
	assert(at <= to->rows && n <= to->rows - at);
	assert(to->form == about->form && to->features == about->features &&
	       to->classes == about->classes);
	if (about->form == DATASET_SPARSE) {
		if (!sparse_get(file, begin, n, to, at, room, err))
			return false;
	} else if (!part_get(file, 0, begin, n, datafile_place(to, 0, at), err)) {
		return false;
	}
	if (!part_get(file, answers, begin, n, datafile_place(to, answers, at), err))
		return false;
	return datafile_check(about, to, at, n, begin, err) || err_prefix(err, "%s", file->name);
}

void datafile_ahead(const DataFile *file, size_t begin, size_t n)
{
	uint64_t entries[2] = { begin, begin + n };
	Err err;

	if (file->about.form == DATASET_SPARSE &&
	    (!part_get(file, 0, begin, 1, &entries[0], &err) ||
	     !part_get(file, 0, begin + n, 1, &entries[1], &err) || entries[1] < entries[0]))
		return;
	for (size_t i = 0; i < file->layout.parts; i++) {
		const DataPart *part = &file->layout.part[i];
		bool entry = part->unit == UNIT_ENTRY;
		uint64_t from = entry ? entries[0] : begin, count = entry ? entries[1] - from : n;

		/* What is past the end is no error to it. */
		posix_fadvise(file->fd, (off_t)(part->offset + from * part->size),
			      (off_t)(count * part->size), POSIX_FADV_WILLNEED);
	}
}

/* --- opening ---------------------------------------------------------------------------------- */

static uint32_t get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
	       (uint32_t)from[3] << 24;
}

static bool open_header(DataFile *file, uint64_t size, Err *err)
{
	uint8_t fixed[DATAFILE_FIXED_BYTES];
	size_t len;
	char *text;
	bool fine;

	if (size < sizeof fixed)
		return err_set(err, ERR_FORMAT, "%s: not a dataset file of wattle", file->name);
	if (!file_get(file, 0, fixed, sizeof fixed, err))
		return false;
	len = get_u32(fixed + 8);
	if (memcmp(fixed, DATAFILE_MAGIC, DATAFILE_MAGIC_BYTES) != 0)
		return err_set(err, ERR_FORMAT, "%s: not a dataset file of wattle", file->name);
	if (len > DATAFILE_HEADER_MAX)
		return err_set(err, ERR_FORMAT, "%s: a header of %zu bytes, expected %u at most",
			       file->name, len, DATAFILE_HEADER_MAX);
	if (len > size - sizeof fixed)
		return err_set(err, ERR_FORMAT,
			       "%s: the file ends at byte %" PRIu64 ", expected at least %zu",
			       file->name, size, sizeof fixed + len);
	text = malloc(len + 1);
	if (!text)
		return err_set(err, ERR_MEMORY, "%s: no memory for the header", file->name);
	fine = file_get(file, sizeof fixed, text, len, err);
	if (fine && crc32c(0, text, len) != get_u32(fixed + 12))
		fine = err_set(err, ERR_FORMAT, "%s: the header is damaged (its checksum is wrong)",
			       file->name);
	else if (fine)
		fine = datafile_header_read(file, text, len, sizeof fixed + len, err) ||
		       err_prefix(err, "%s", file->name);
	free(text);
	return fine;
}

static bool open_begins(const DataFile *file, Err *err)
{
	uint64_t *begins;
	bool fine = true;

	if (file->about.form != DATASET_SPARSE)
		return true;
	begins = malloc((BEGIN_STEP + 1) * sizeof *begins);
	if (!begins)
		return err_set(err, ERR_MEMORY, "%s: no memory to look at the rows", file->name);
	for (size_t at = 0; fine && at < file->about.rows; at += BEGIN_STEP) {
		size_t left = file->about.rows - at;

		fine = begins_get(file, at, left < BEGIN_STEP ? left : BEGIN_STEP, begins, err);
	}
	free(begins);
	return fine;
}

static bool open_checked(DataFile *file, Err *err)
{
	struct stat st;

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	return err_set(err, ERR_NEED, "%s: dataset files need a little-endian machine", file->name);
#endif
	if (fstat(file->fd, &st) != 0)
		return err_set(err, ERR_FILE, "%s: %s", file->name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_FILE, "%s: is not a regular file", file->name);
	if (!open_header(file, (uint64_t)st.st_size, err))
		return false;
	if ((uint64_t)st.st_size != file->layout.end)
		return err_set(err, ERR_FORMAT,
			       "%s: the file ends at byte %jd, expected %" PRIu64
			       ": copy or write it again",
			       file->name, (intmax_t)st.st_size, file->layout.end);
	return open_begins(file, err);
}

DataFile *datafile_open_fd(int fd, const char *name, Err *err)
{
	DataFile *file = calloc(1, sizeof *file);

	if (!file) {
		close(fd);
		err_set(err, ERR_MEMORY, "%s: no memory to open it", name);
		return NULL;
	}
	file->fd = fd;
	file->name = strdup(name);
	if (!file->name)
		err_set(err, ERR_MEMORY, "%s: no memory to open it", name);
	else if (open_checked(file, err)) {
		text_format(file->about.from, sizeof file->about.from, "%s", name);
		return file;
	}
	datafile_close(file);
	return NULL;
}

DataFile *datafile_open(const char *path, Err *err)
{
	int fd = file_open_regular(path, NULL, err);

	return fd < 0 ? NULL : datafile_open_fd(fd, path, err);
}

void datafile_close(DataFile *file)
{
	if (!file)
		return;
	close(file->fd);
	free(file->name);
	arena_free(file->about.arena);
	free(file);
}

const Dataset *datafile_about(const DataFile *file)
{
	return &file->about;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool part_sum(const DataFile *file, const DataPart *part, uint32_t crc, Err *err)
{
	return crc == part->crc ||
	       err_set(err, ERR_FORMAT,
		       "%s: %s are damaged (their checksum is wrong): get the file again",
		       file->name, part->name);
}

static bool part_verify(const DataFile *file, const DataPart *part, uint8_t *buffer,
			Control *control, Err *err)
{
	uint32_t crc = 0;

	for (uint64_t at = 0; at < part->bytes; at += STEP_BYTES) {
		uint64_t left = part->bytes - at;
		size_t n = left < STEP_BYTES ? (size_t)left : STEP_BYTES;

		if (!control_poll(control, err) ||
		    !file_get(file, part->offset + at, buffer, n, err))
			return false;
		crc = crc32c(crc, buffer, n);
	}
	return part_sum(file, part, crc, err);
}

bool datafile_verify(const DataFile *file, Control *control, Err *err)
{
	uint8_t *buffer = malloc(STEP_BYTES);
	bool fine = true;

	if (!buffer)
		return err_set(err, ERR_MEMORY, "%s: no memory to read", file->name);
	for (size_t i = 0; fine && i < file->layout.parts; i++)
		fine = part_verify(file, &file->layout.part[i], buffer, control, err);
	free(buffer);
	return fine;
}

/* Rows that come to about a step of bytes. */
static size_t load_step(const DataFile *file)
{
	uint64_t rows = file->about.rows * (uint64_t)STEP_BYTES / file->layout.end;

	return rows > 0 ? (size_t)rows : 1;
}

static bool load_rows(const DataFile *file, Dataset *out, Control *control, Err *err)
{
	size_t step = load_step(file);

	for (size_t at = 0; at < out->rows; at += step) {
		size_t n = out->rows - at < step ? out->rows - at : step;

		if (!control_poll(control, err) ||
		    !datafile_rows(file, at, n, out, at, file->layout.entries, err))
			return false;
	}
	for (size_t i = 0; i < file->layout.parts; i++) {
		const DataPart *part = &file->layout.part[i];
		const uint8_t *bytes = datafile_place(out, i, 0);
		uint32_t crc = 0;

		for (uint64_t at = 0; at < part->bytes; at += STEP_BYTES) {
			uint64_t left = part->bytes - at;

			if (!control_poll(control, err))
				return false;
			crc = crc32c(crc, bytes + at,
				     left < STEP_BYTES ? (size_t)left : STEP_BYTES);
		}
		if (!part_sum(file, part, crc, err))
			return false;
	}
	return true;
}

Dataset *datafile_load(const char *path, Control *control, Err *err)
{
	DataFile *file = datafile_open(path, err);
	Dataset *out = file ? malloc(sizeof *out) : NULL;

	if (file && !out)
		err_set(err, ERR_MEMORY, "%s: no memory to load it", path);
	if (out) {
		*out = file->about;
		file->about.arena = NULL; /* its names go with the rows */
		if (!dataset_take(out, (size_t)file->layout.entries, err) ||
		    !load_rows(file, out, control, err)) {
			dataset_free(out);
			out = NULL;
		}
	}
	datafile_close(file);
	return out;
}
