-- SPDX-License-Identifier: MIT
assert(not getmetatable "" and ("x"):upper() == "X")
