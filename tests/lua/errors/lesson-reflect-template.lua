-- SPDX-License-Identifier: MIT
-- expect: script "lesson-reflect-template.lua:8: unknown name 'nobody' in {{…}}"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.reflect { id = "a", ask = "{{nobody}}?" },
}
