-- SPDX-License-Identifier: MIT
local function f(n) return n == 0 and 0 or 1 + f(n - 1) end
assert(f(1000) == 1000)
