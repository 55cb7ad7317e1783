/* Fuzzes the file of trusted scripts: nothing is trusted that no whole line names, and what is whole
 * ends where a line does.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/program/trust.h"
#include "fuzz.h"

#define SUM "1111111111111111111111111111111111111111111111111111111111111111"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t lines = 0;
	TrustFound found, again;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	trust_parse(text, size, SUM, &found);
	require(found.whole <= size && found.damaged <= lines);
	require(found.whole == 0 || text[found.whole - 1] == '\n');
	require(!memchr(text + found.whole, '\n', size - found.whole));
	/* A torn tail changes nothing. */
	trust_parse(text, found.whole, SUM, &again);
	require(again.found == found.found && again.damaged == found.damaged);
	require(again.whole == found.whole);
	return 0;
}
