-- lesson: values
-- only: give
-- only: near
-- expect: give error "ex1.lua: bad � \x1b[31m \u202e"
-- expect: near error "ex1.lua: bad � \x1b[31m \u202e"
-- What a terminal would obey, and what is no text, is shown.
return { give = function() error("bad \xff \27[31m \u{202e}", 0) end }
