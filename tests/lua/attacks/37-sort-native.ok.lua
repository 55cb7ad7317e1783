-- SPDX-License-Identifier: MIT
local t = { 1, 2, 3 }
table.sort(t, function(x, y) return x > y end)
assert(t[1] == 3)
