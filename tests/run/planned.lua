-- A lesson that is only planned.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned { api = 1, id = "test.02", title = "Later", question = "Why?" }
