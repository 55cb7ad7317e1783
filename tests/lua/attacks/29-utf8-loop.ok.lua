-- SPDX-License-Identifier: MIT
assert(utf8.len "über" == 4)
