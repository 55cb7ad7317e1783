-- only: returns
-- only: honest
local data = require "wattle".data
return { slim = function(base, given)
  local mine = data.load("digits", { seed = 7, valid = 0.1 })
  assert(#mine.train + #mine.valid == #given.train and mine.classes == 10)
  return base:fit(mine.train, { epochs = 1 })
end }
