-- lesson: values
return { give = function() return tonumber("3") end }
