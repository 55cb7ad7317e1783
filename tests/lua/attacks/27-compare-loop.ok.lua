-- SPDX-License-Identifier: MIT
assert(("x"):rep(100) == ("x"):rep(100))
