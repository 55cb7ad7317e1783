-- SPDX-License-Identifier: MIT
-- expect: none
table.sort(setmetatable({}, { __len = function() return 1 << 30 end, __index = tostring }), rawequal)
