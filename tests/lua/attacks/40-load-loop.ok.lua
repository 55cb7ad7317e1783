-- SPDX-License-Identifier: MIT
local n = 0
assert(load(function() n = n + 1 return ({ "return ", "7" })[n] end)() == 7)
