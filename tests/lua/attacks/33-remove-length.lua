-- SPDX-License-Identifier: MIT
-- expect: none
local t = setmetatable({}, { __len = function() return 1 << 40 end })
assert(table.remove(t, 1) == nil)
