-- run
-- SPDX-License-Identifier: MIT
-- expect: script "must be the SHA-256 of a model file, 64 digits"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset) } end,
  arms = {
    { "a", function() return w.model.file "../../etc/passwd" end },
    { "b", function() return w.model.file "" end },
  },
}
