-- SPDX-License-Identifier: MIT
assert(require "wattle".api == 1)
