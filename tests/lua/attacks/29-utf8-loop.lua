-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("x"):rep(8000000)
while true do utf8.len(s) end
