-- SPDX-License-Identifier: MIT
print("one line", 1, true, nil)
