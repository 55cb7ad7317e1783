-- SPDX-License-Identifier: MIT
local f = coroutine.wrap(function() coroutine.yield(1) return 2 end)
assert(f() == 1 and f() == 2)
