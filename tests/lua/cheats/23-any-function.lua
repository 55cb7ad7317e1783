-- lesson: values
-- only: give
-- expect: give error "ex1.lua: the table that it returns has no function 'give' (did you mean 'gives'?)"
return setmetatable({ gives = print }, { __index = function() return function() return 3 end end })
