-- SPDX-License-Identifier: MIT
local a, b = ("key = value"):match "^(.-)%s*=%s*(.-)$"
assert(a == "key" and b == "value")
