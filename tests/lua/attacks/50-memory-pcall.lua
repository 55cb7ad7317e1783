-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local function bomb()
  local t = {}
  while true do t[#t + 1] = ("x"):rep(1000) end
end
while true do pcall(bomb) end
