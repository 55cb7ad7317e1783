-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
local s = ("X"):rep(8000000)
while true do s:lower() end
