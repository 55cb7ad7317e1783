-- SPDX-License-Identifier: MIT
local s = "x"
for _ = 1, 16 do s = s .. s end
