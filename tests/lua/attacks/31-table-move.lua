-- SPDX-License-Identifier: MIT
-- expect: script "too many elements to move"
table.move({}, 1, 1 << 40, 2)
