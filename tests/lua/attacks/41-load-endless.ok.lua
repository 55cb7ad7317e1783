-- SPDX-License-Identifier: MIT
assert(load(("-"):rep(1000)))
