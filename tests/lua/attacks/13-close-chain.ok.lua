-- SPDX-License-Identifier: MIT
local inner = coroutine.create(function() coroutine.yield() end)
coroutine.resume(inner)
local outer = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() assert(coroutine.close(inner)) end }) -- luacheck: ignore
  coroutine.yield()
end)
coroutine.resume(outer)
assert(coroutine.close(outer))
