-- only: returns
-- only: honest
-- expect: returns error "ex1.lua:7: the test rows are not for you here"
-- expect: honest error "the test rows are not for you here"
local data = require "wattle".data
return { slim = function(base)
  return base:fit(data.load("digits", { seed = 7, valid = 0.1 }).test, { epochs = 3 })
end }
