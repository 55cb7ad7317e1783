-- SPDX-License-Identifier: MIT
for i = 1, 10 do assert(i <= 10) end
