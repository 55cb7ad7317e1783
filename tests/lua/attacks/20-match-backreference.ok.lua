-- SPDX-License-Identifier: MIT
assert(("abab"):match "^(.+)%1$" == "ab")
