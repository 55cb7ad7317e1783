-- SPDX-License-Identifier: MIT
local co = coroutine.create(function(a) return coroutine.yield(a + 1) end)
local _, v = coroutine.resume(co, 1)
assert(v == 2 and coroutine.status(co) == "suspended")
