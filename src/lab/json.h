/* Typed reading of JSON from outside, shared by plans and results: a missing key or null leaves
 * *out alone, a wrong type or a value out of its limits is ERR_FORMAT that names the key.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_JSON_H
#define WATTLE_LAB_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define JSON_INTEGER_MAX (UINT64_C(1) << 53) /* what every reader of JSON keeps exact */

bool json_take_number(const json_t *object, const char *key, double minimum, double maximum,
		      double *out, Err *err);
bool json_take_integer(const json_t *object, const char *key, int64_t minimum, int64_t maximum,
		       int64_t *out, Err *err);
bool json_take_count(const json_t *object, const char *key, uint64_t maximum, uint64_t *out,
		     Err *err);
bool json_take_flag(const json_t *object, const char *key, bool *out, Err *err);
/* Copies with the closing NUL into cap bytes; a text that does not fit or holds a NUL is
 * refused. */
bool json_take_text(const json_t *object, const char *key, char *out, size_t cap, Err *err);
/* *out is borrowed, NULL when absent; refused unless it is an array, or an object. */
bool json_take_array(const json_t *object, const char *key, const json_t **out, Err *err);
bool json_take_object(const json_t *object, const char *key, const json_t **out, Err *err);

/* The member that a path of keys leads to, "receipt.cpu.model"; borrowed, NULL when there is none. */
const json_t *json_at(const json_t *object, const char *path);

/* Decodes base64 (RFC 4648, padded) of exactly len bytes: new memory, NULL and ERR_FORMAT or
 * ERR_MEMORY. */
uint8_t *json_decode_base64(const char *text, size_t text_len, size_t len, Err *err);

#endif
