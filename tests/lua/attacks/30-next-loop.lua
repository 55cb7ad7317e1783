-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local t = {}
for i = 1, 200000 do t["k" .. i] = i end
for k in pairs(t) do t[k] = nil end
while true do next(t) end
