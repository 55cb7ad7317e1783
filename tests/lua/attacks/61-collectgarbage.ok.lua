-- SPDX-License-Identifier: MIT
assert(rawlen { 1 } == 1)
