-- SPDX-License-Identifier: MIT
local counter = 1
assert(counter)
