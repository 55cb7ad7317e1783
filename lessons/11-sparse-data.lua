-- Lesson 11, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.11", title = "Sparse data",
  question = "How few zeros until dense arithmetic wins?",
}
