-- SPDX-License-Identifier: MIT
-- expect: script "invalid value (at index 1)"
table.concat(setmetatable({}, { __index = tostring }), "", 1, 1 << 40)
