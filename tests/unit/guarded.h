/* Memory that ends at a page which may not be touched: sees reads beyond the end that sanitizers
 * do not, such as those of masked vector loads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_GUARDED_H
#define WATTLE_TESTS_GUARDED_H

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static inline size_t guarded_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* NULL when memory is short. Zeroed; aligned as bytes is. */
static inline void *guarded_new(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = guarded_pages(bytes);
	char *base = mmap(NULL, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	if (mprotect(base + pages, page, PROT_NONE) != 0) {
		munmap(base, pages + page);
		return NULL;
	}
	return base + pages - bytes;
}

/* bytes: as given to guarded_new. */
static inline void guarded_free(void *p, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = guarded_pages(bytes);

	munmap((char *)p + bytes - pages, pages + page);
}

#endif
