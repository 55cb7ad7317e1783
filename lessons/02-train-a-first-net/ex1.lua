-- Exercise: stop in time. Save this file; the checks run again by themselves.
-- SPDX-License-Identifier: MIT
local ex = {}

-- history: accuracies on the validation rows so far, from 0 to 1, the newest
-- last.
function ex.stop(history)
  -- TODO this trains on until it runs out of epochs, however long nothing was
  -- gained
  return #history >= 1000
end

return ex
