-- SPDX-License-Identifier: MIT
-- expect: script "unknown filter 'pcts' in {{…}} (did you mean 'pct'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", vary = { sparsity = { 0.5 } }, minutes = 1, goals = { "g" },
  w.text [[{{sparsity|pcts}}]],
}
