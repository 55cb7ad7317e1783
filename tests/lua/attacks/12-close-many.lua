-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local mt = { __close = function() while true do end end }
local function f(n)
  local x <close> = setmetatable({}, mt) -- luacheck: ignore
  if n > 0 then f(n - 1) end
  while true do end
end
f(10000)
