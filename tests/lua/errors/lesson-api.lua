-- SPDX-License-Identifier: MIT
-- expect: script "api is 2, but this version knows 1"
-- lesson
local w = require "wattle"

return w.lesson { api = 2, id = "t.01", title = "T", minutes = 1, goals = { "g" }, w.text [[x]] }
