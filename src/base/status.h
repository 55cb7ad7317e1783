/* Memory of this process, as the kernel counts it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_STATUS_H
#define WATTLE_BASE_STATUS_H

#include <stdint.h>

/* A line of /proc/self/status in bytes: "VmHWM:", the most resident memory since exec (ru_maxrss
 * would count that of the process before it), "VmSize:", the address space. fd: that file, opened
 * early, for the walls of a worker hide it. 0 when it cannot be read. */
uint64_t status_bytes(int fd, const char *key);

#endif
