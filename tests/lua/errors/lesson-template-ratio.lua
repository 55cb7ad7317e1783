-- SPDX-License-Identifier: MIT
-- expect: script "only run.arm.metric has a baseline"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", vary = { sparsity = { 0.5 } }, minutes = 1, goals = { "g" },
  w.text [[{{sparsity|ratio}}]],
}
