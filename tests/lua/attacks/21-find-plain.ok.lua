-- SPDX-License-Identifier: MIT
assert(("a.b"):find(".", 1, true) == 2)
