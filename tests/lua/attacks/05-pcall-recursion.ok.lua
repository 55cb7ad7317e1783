-- SPDX-License-Identifier: MIT
local function f(n) if n > 0 then assert(pcall(f, n - 1)) end end
f(50)
