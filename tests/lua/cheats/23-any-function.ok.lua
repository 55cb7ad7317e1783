-- lesson: values
return setmetatable({ give = function() return 3 end }, { __index = { other = print } })
