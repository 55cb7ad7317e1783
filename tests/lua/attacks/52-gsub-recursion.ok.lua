-- SPDX-License-Identifier: MIT
assert(("abc"):gsub("%w", { a = "x" }) == "xbc")
