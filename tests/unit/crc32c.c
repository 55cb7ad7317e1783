/* CRC-32C: the known answers of RFC 3720 B.4, and both paths against each other.
 * SPDX-License-Identifier: MIT */
#include "base/crc32c.h"

#include <string.h>

#include "base/random.h"
#include "unit.h"

typedef uint32_t Crc(uint32_t crc, const void *bytes, size_t len);

static void known_answers(Crc *crc)
{
	unsigned char bytes[32];

	assert_int_equal(crc(0, "", 0), 0);
	assert_int_equal(crc(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc(crc(0, "1234", 4), "56789", 5), 0xe3069283);
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(crc(0, bytes, 32), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(crc(0, bytes, 32), 0x62a8ab43);
	for (unsigned char i = 0; i < 32; i++)
		bytes[i] = i;
	assert_int_equal(crc(0, bytes, 32), 0x46dd794e);
	for (unsigned char i = 0; i < 32; i++)
		bytes[i] = (unsigned char)(31 - i);
	assert_int_equal(crc(0, bytes, 32), 0x113fdb5c);
}

static void both_paths_know_the_answers(void **state)
{
	(void)state;
	known_answers(crc32c);
	known_answers(crc32c_table);
}

static void both_paths_agree(void **state)
{
	unsigned char bytes[600];
	Random random;

	(void)state;
	random_init(&random, 5, 0);
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)random_u64(&random);
	for (size_t start = 0; start < 9; start++) {
		for (size_t len = 0; len < 550; len++) {
			uint32_t seed = (uint32_t)random_u64(&random);

			assert_int_equal(crc32c(seed, bytes + start, len),
					 crc32c_table(seed, bytes + start, len));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_paths_know_the_answers),
		cmocka_unit_test(both_paths_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
