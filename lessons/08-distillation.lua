-- Lesson 08, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.08", title = "Distillation",
  question = "When has the teacher paid for itself?",
}
