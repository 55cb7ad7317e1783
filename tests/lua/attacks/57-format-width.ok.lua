-- SPDX-License-Identifier: MIT
assert(("%5.1f|%q|%s"):format(1.25, "a", {} and 1) == "  1.2|\"a\"|1")
