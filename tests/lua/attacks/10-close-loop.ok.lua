-- SPDX-License-Identifier: MIT
local closed = 0
do
  local x <close> = setmetatable({}, { __close = function() closed = closed + 1 end }) -- luacheck: ignore
end
assert(closed == 1)
