-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("("):rep(40000)
while true do pcall(function() for _ in s:gmatch "%b()" do error "found" end end) end
