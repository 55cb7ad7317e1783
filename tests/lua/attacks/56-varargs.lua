-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
while true do pcall(f) end
