-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached (in the script)"
for _ = 1, math.maxinteger do end
