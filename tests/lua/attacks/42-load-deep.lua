-- SPDX-License-Identifier: MIT
-- expect: script "overflow"
assert(load("return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000)))
