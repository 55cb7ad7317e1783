/* Reads /proc/self/status.
 * SPDX-License-Identifier: MIT */
#include "base/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "VmHWM:	  123 kB" in bytes. */
uint64_t status_bytes(int fd, const char *key)
{
	char text[4096];
	ssize_t len = pread(fd, text, sizeof text - 1, 0);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	const char *at = strstr(text, key);
	return at ? strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}
