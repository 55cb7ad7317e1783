-- Lesson 14, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.14", title = "Squeeze the file, count the carbon",
  question = "How small can the file get before its accuracy breaks?",
}
