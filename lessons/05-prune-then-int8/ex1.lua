-- Exercise: make the zeros pay. Save this file; the checks run again by
-- themselves.
-- SPDX-License-Identifier: MIT
local technique = require "wattle".technique
local ex = {}

-- base: a trained network. data.train: the rows that it learned from.
function ex.slim(base, data)
  local m = base:with(technique.prune { sparsity = 0.4, data = data.train,
    epochs = 2 })

  -- TODO too few zeros, and this kernel stores and multiplies every one of them
  return m:lower { kernel = "dense" }
end

return ex
