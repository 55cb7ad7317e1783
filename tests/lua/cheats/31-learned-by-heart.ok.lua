-- grading: basic
-- attempts: 3
-- run_seed: 77
-- only: returns
-- only: other
-- only: peeking
-- only: attempts
-- record: "points":4,"of":4
local technique = require "wattle".technique
return { slim = function(base, data)
  return base:with(technique.quantize { bits = 8, data = data.train:head(64) })
end }
