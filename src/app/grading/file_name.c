/* Names of files, safe and short enough for any file system.
 * SPDX-License-Identifier: MIT */
#include "app/grading/file_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/text.h"

#define HASH_BYTES 8
#define HASH_CHARS (1 + 2 * HASH_BYTES) /* "~0123456789abcdef" */

/* The bytes that c takes, 1 or 3. */
static size_t put_byte(char out[4], unsigned char c, bool first)
{
	bool plain = (c < 0x80 && isalnum(c)) || strchr("@_-", c) || (c == '.' && !first);
	return (size_t)snprintf(out, 4, plain ? "%c" : "%%%02X", c);
}

void grade_file_name(char out[GRADE_FILE_NAME_MAX], const char *student)
{
	struct sha256_ctx sum;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char one[4];
	size_t len = 0, cut = 0, i = 0;
	for (; student[i]; i++) {
		size_t more = put_byte(one, (unsigned char)student[i], i == 0);
		if (len + more >= GRADE_FILE_NAME_MAX)
			break;
		memcpy(out + len, one, more);
		len += more;
		if (len + HASH_CHARS < GRADE_FILE_NAME_MAX)
			cut = len;
	}
	out[len] = '\0';
	if (!student[i])
		return;
	sha256_init(&sum);
	sha256_update(&sum, strlen(student), (const uint8_t *)student);
	sha256_digest(&sum, sizeof digest, digest);
	out[cut] = '~';
	text_hex(out + cut + 1, digest, HASH_BYTES);
}
