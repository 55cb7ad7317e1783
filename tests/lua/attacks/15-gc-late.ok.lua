-- SPDX-License-Identifier: MIT
local t
for i = 1, 200000 do t = { i } end
assert(t[1] == 200000)
