-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local mt = { __close = function() while true do end end }
local co = coroutine.wrap(function()
  local x <close> = setmetatable({}, mt) -- luacheck: ignore
  while true do end
end)
pcall(co)
