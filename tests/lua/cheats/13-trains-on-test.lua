-- only: returns
-- expect: returns error "ex1.lua:4: the test rows are not for you here: they are kept for the checks"
return { slim = function(base, data)
  return base:fit(data.test, { epochs = 30 })
end }
