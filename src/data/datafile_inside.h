/* What reading and writing of dataset files share. Private to them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_DATAFILE_INSIDE_H
#define WATTLE_DATA_DATAFILE_INSIDE_H

#include <sys/types.h>

#include "data/datafile.h"

#define DATAFILE_MAGIC "WATTLED1"
#define DATAFILE_MAGIC_BYTES 8
#define DATAFILE_FIXED_BYTES 16 /* magic, header bytes, header CRC */
#define DATAFILE_ALIGN 64
#define DATAFILE_PARTS_MAX 4

/* What there is one number of. */
typedef enum DataUnit { UNIT_ROW, UNIT_ROW_AND_END, UNIT_ENTRY } DataUnit;

typedef struct DataPart {
	const char *name;
	DataUnit unit;
	uint64_t size; /* bytes of a unit */
	uint64_t offset, bytes;
	uint32_t crc;
} DataPart;

/* Where everything is. */
typedef struct DataLayout {
	size_t parts;
	DataPart part[DATAFILE_PARTS_MAX];
	uint64_t entries; /* of all rows; 0 unless sparse */
	uint64_t end;     /* bytes of the file */
} DataLayout;

struct DataFile {
	int fd;
	char *name;
	Dataset about; /* what its pointers lead to is of about.arena */
	DataLayout layout;
};

/* Sizes of the parts, which begin behind `body` bytes. ERR_ARGUMENT: about has sizes that no file can
 * have, and says which. */
bool datafile_layout(DataLayout *out, const Dataset *about, uint64_t entries, uint64_t body,
		     Err *err);
/* Where unit `at` of a part is in a dataset of that form. */
void *datafile_place(const Dataset *set, size_t part, size_t at);

/* The header with its fixed bytes, padded to `room` bytes (0: as it needs), malloc'ed. */
uint8_t *datafile_header_make(const Dataset *about, const DataLayout *layout, size_t room,
			      size_t *len, Err *err);
/* Reads a header's JSON text into file->about and file->layout; body: bytes before the parts.
 * ERR_FORMAT. */
bool datafile_header_read(DataFile *file, const char *text, size_t len, uint64_t body, Err *err);

/* Rows at … at + n − 1 of set, which is like about, and are rows `row` … of the whole. Says what is off
 * without the name of the file. */
bool datafile_check(const Dataset *about, const Dataset *set, size_t at, size_t n, size_t row,
		    Err *err);

#endif
