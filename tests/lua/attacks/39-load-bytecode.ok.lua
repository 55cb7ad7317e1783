-- SPDX-License-Identifier: MIT
assert(load "return 1 + 1"() == 2)
