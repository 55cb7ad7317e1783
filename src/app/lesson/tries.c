/* Tries, by the checksums of their texts.
 * SPDX-License-Identifier: MIT */
#include "app/lesson/tries.h"

#include <nettle/sha2.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

void try_of(const char *text, char out[TRY_TEXT_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sum;

	sha256_init(&sum);
	sha256_update(&sum, strlen(text), (const uint8_t *)text);
	sha256_digest(&sum, sizeof digest, digest);
	text_hex(out, digest, sizeof digest);
}

bool tries_begin(Tries *tries, const char *starter)
{
	char try[TRY_TEXT_MAX];

	*tries = (Tries){ .known = json_object() };
	if (!tries->known)
		return false;
	if (starter)
		try_of(starter, try);
	return !starter || json_object_set_new(tries->known, try, json_true()) == 0;
}

void tries_done(Tries *tries)
{
	json_decref(tries->known);
	tries->known = NULL;
}

bool tries_add(Tries *tries, const char *try)
{
	if (json_object_get(tries->known, try))
		return false;
	json_object_set_new(tries->known, try, json_true());
	tries->failed++;
	return true;
}
