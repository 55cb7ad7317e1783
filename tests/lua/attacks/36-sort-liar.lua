-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local t = {}
for i = 1, 100000 do t[i] = i end
while true do table.sort(t, function() return true end) end
