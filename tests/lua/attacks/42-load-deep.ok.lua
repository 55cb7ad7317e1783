-- SPDX-License-Identifier: MIT
assert(load("return " .. ("("):rep(50) .. "1" .. (")"):rep(50))() == 1)
