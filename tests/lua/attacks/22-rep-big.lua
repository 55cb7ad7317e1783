-- SPDX-License-Identifier: MIT
-- expect: limit "memory limit reached"
local t = {}
for i = 1, 100 do t[i] = ("x"):rep(8000000 + i) end
