/* Model files: the encodings of a section.
 * SPDX-License-Identifier: MIT */
#include "model/file_format.h"

bool encoding_bytes(Encoding encoding, size_t rows, size_t cols, size_t kept, uint64_t *bytes)
{
	uint64_t n = (uint64_t)rows * cols, bitmap = (n + 7) / 8;

	switch (encoding) {
	case ENCODING_F32:
		*bytes = 4 * n;
		return true;
	case ENCODING_BITS32:
		*bytes = bitmap + 4 * (uint64_t)kept;
		return true;
	case ENCODING_CSR16:
		*bytes = 4 * (uint64_t)cols + 6 * (uint64_t)kept;
		return rows <= FILE_CSR16_ROWS_MAX && n <= *bytes * FILE_EXPANSION_MAX;
	case ENCODING_S8:
		*bytes = 4 * (uint64_t)cols + n;
		return true;
	case ENCODING_BITS8:
		*bytes = 4 * (uint64_t)cols + bitmap + kept;
		return true;
	case ENCODING_U8:
		*bytes = n;
		return true;
	case ENCODING_U16:
		*bytes = 2 * n;
		return true;
	case ENCODING_U32:
		*bytes = 4 * n;
		return true;
	case ENCODINGS:
		break;
	}
	return false;
}

const char *const encoding_names[ENCODINGS] = {
	[ENCODING_F32] = "f32", [ENCODING_BITS32] = "bits32", [ENCODING_CSR16] = "csr16",
	[ENCODING_S8] = "s8",   [ENCODING_BITS8] = "bits8",   [ENCODING_U8] = "u8",
	[ENCODING_U16] = "u16", [ENCODING_U32] = "u32",
};
