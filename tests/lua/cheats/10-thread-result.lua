-- lesson: values
-- only: give
-- expect: give error "a thread does not cross"
return { give = function() return coroutine.create(print) end }
