-- SPDX-License-Identifier: MIT
for _ = 1, 10 do assert(#("x"):rep(10) == 10) end
