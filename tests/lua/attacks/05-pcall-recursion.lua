-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local function f() pcall(f) pcall(f) end
f()
while true do f() end
