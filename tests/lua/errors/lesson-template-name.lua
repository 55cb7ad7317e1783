-- SPDX-License-Identifier: MIT
-- expect: script "lesson-template-name.lua:10: unknown name 'sparsty' in {{…}} (did you mean 'sparsity'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", vary = { sparsity = { 0.5 } }, minutes = 1, goals = { "g" },
  w.text [[
One line and another,
with {{sparsty|pct}}.]],
}
