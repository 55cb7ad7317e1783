-- SPDX-License-Identifier: MIT
assert(next({ 1 }) == 1)
