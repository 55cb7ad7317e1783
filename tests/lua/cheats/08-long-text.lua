-- lesson: values
-- only: give
-- expect: give error "over 16 MiB do not cross"
return { give = function() return ("x"):rep(9 << 20), ("y"):rep(9 << 20) end }
