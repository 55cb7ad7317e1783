-- SPDX-License-Identifier: MIT
local n = 0
for _ in ("(a)(b)"):gmatch "%b()" do n = n + 1 end
assert(n == 2)
