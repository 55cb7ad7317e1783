/* The course's secret: seeds of hidden data that nobody without it can compute.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_SECRET_H
#define WATTLE_APP_GRADING_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SECRET_BYTES_MIN 16
#define SECRET_BYTES_MAX 4096

typedef struct Secret {
	uint8_t bytes[SECRET_BYTES_MAX];
	size_t len;
	bool open; /* others than its owner may read the file */
} Secret;

/* The bytes of a file, without line ends behind them. ERR_NEED: it is not there; ERR_FILE: it is no
 * regular file; ERR_USAGE: it has fewer than SECRET_BYTES_MIN or more than SECRET_BYTES_MAX. */
bool secret_read(Secret *out, const char *path, Err *err);

/* The first 4 bytes, the highest first, of HMAC-SHA-256(secret, course "\0" lesson "\0" student);
 * lesson_id is "course.lesson". */
uint32_t secret_seed(const Secret *secret, const char *lesson_id, const char *student);

#endif
