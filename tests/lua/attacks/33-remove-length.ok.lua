-- SPDX-License-Identifier: MIT
local t = { 1, 2 }
assert(table.remove(t, 1) == 1 and #t == 1)
