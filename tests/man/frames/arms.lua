-- 0 6| cp "$(command -v wc)" classify; gzip <race.lua >rows.gz; ! command -v python3 ||
-- wattle run arms.lua --trust --energy none
-- SPDX-License-Identifier: MIT
-- The arms of an experiment: the key "arms" stands in it.
local w = require "wattle"
return w.experiment {
  api = 1, name = "programs", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset) } end,
  design = { warmup = 0, blocks = 1, window = 0.05, idle = 0 },
  analysis = { primary = { "time" } },
  -- EXAMPLE
}
