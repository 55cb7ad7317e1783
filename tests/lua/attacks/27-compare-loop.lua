-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local a, b = ("x"):rep(8000000), ("x"):rep(8000000)
while true do local c = a == b end -- luacheck: ignore
