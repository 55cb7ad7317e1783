-- SPDX-License-Identifier: MIT
local t = { 3, 1, 2 }
table.sort(t)
assert(table.concat(t) == "123")
