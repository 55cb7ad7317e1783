-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("a"):rep(20000)
while true do pcall(s.match, s, "(.*)%1b") end
