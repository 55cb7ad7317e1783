-- Exercise: pick under a budget. Save this file; the checks run again by
-- themselves.
-- SPDX-License-Identifier: MIT
local model = require "wattle".model
local ex = {}

-- data.train to learn from, data.valid to choose by; data.inputs, data.classes.
-- macs: most multiply-adds of a prediction. bytes: most bytes of the saved
-- model.
function ex.pick(data, macs, bytes)
  local m = model.logistic {}:fit(data.train)

  if m:macs() > macs or m:bytes() > bytes then
    return nil   -- TODO another family may fit
  end
  return m       -- TODO a better one may fit as well
end

return ex
