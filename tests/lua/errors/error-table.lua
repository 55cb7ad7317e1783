-- SPDX-License-Identifier: MIT
-- expect: script "error-table.lua:3: error value of type table"
error { code = 1 }
