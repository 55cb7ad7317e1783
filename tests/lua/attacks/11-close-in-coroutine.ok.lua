-- SPDX-License-Identifier: MIT
local closed = false
local co = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() closed = true end }) -- luacheck: ignore
  coroutine.yield()
end)
coroutine.resume(co)
assert(coroutine.close(co) and closed)
