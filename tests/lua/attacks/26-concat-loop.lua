-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("x"):rep(4000000)
while true do local t = s .. "y" end -- luacheck: ignore
