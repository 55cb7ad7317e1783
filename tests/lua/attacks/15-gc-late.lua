-- SPDX-License-Identifier: MIT
-- expect: none
-- A finalizer that is added later is never seen by Lua.
local mt = {}
local t = setmetatable({}, mt) -- luacheck: ignore
mt.__gc = function() while true do end end
t = nil -- luacheck: ignore
for i = 1, 200000 do t = { i } end
