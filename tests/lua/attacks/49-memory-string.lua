-- SPDX-License-Identifier: MIT
-- expect: limit "memory limit reached"
local s = "x"
while true do s = s .. s end
