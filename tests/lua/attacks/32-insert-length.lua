-- SPDX-License-Identifier: MIT
-- expect: none
local t = setmetatable({}, { __len = function() return 1 << 40 end })
table.insert(t, 1, "x")
assert(rawlen(t) == 1)
