-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s, p = ("a"):rep(4000000), ("a"):rep(2000000) .. "b"
while true do s:find(p, 1, true) end
