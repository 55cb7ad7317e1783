-- Lesson 12, in preparation: it stands in the list with its question, no more.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

return w.planned {
  api = 1, id = "green.12", title = "Threads, SIMD, BLAS",
  question = "When do two threads cost more than they give?",
}
