-- Lesson 07, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.07", title = "Quantization inside",
  question = "How few bits are enough?",
}
