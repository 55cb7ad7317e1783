-- lesson: values
-- only: give
return { give = function() return { { { { { { { { 8 } } } } } } } } end }
