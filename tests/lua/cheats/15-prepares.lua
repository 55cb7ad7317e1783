-- only: returns
-- only: honest
-- expect: returns error "ex1.lua:8: the test rows are not for you here"
-- expect: honest error "the test rows are not for you here"
local data = require "wattle".data
return { slim = function(base, given)
  local mine = data.prepare(given.train, "standardize")
  return base:fit(mine.test, { epochs = 3 })
end }
