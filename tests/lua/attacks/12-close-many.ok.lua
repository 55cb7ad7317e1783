-- SPDX-License-Identifier: MIT
local n = 0
local mt = { __close = function() n = n + 1 end }
local function f(k)
  local x <close> = setmetatable({}, mt) -- luacheck: ignore
  if k > 0 then f(k - 1) end
end
f(99)
assert(n == 100)
