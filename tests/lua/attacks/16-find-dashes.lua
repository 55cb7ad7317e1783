-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("a"):rep(40000)
local p = (".-"):rep(6) .. "b"
while true do pcall(s.find, s, p) end
