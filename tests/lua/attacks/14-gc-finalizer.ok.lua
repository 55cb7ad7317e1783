-- SPDX-License-Identifier: MIT
local t = setmetatable({}, { __index = { a = 1 } })
assert(t.a == 1)
