-- SPDX-License-Identifier: MIT
assert(type(math.pi) == "number")
