-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local function spin() while true do end end
while true do
  local co = coroutine.create(spin)
  coroutine.resume(co)
end
