-- SPDX-License-Identifier: MIT
assert(("X"):lower() == "x")
