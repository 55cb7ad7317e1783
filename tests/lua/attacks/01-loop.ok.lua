-- SPDX-License-Identifier: MIT
local n = 0
for i = 1, 100000 do n = n + i end
assert(n == 5000050000)
