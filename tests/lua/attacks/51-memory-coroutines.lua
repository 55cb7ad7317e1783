-- SPDX-License-Identifier: MIT
-- expect: limit "memory limit reached"
local t = {}
for i = 1, math.huge do
  t[i] = coroutine.create(function() end)
end
