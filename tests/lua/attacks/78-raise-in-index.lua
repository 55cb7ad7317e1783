-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local t = setmetatable({}, { __index = function() while true do end end })
while true do pcall(function() return t.x end) end
