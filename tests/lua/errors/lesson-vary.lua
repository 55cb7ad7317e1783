-- SPDX-License-Identifier: MIT
-- expect: script "vary: sparsity must be a list of numbers or of texts"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", vary = { sparsity = { {} } }, minutes = 1, goals = { "g" },
  w.text [[x]],
}
