-- SPDX-License-Identifier: MIT
assert(#("x"):rep(1000000) == 1000000)
