-- SPDX-License-Identifier: MIT
local t = { 1, 3 }
table.insert(t, 2, 2)
assert(t[2] == 2 and #t == 3)
