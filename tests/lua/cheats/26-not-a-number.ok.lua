-- lesson: values
return { give = function() return 6 / 2 end }
