-- lesson: quick
-- expect: work timeout "ex1.lua:6: time limit (2 s): the file does not come to its end"
-- expect: again timeout "ex1.lua:6: time limit (2 s): the file does not come to its end"
-- expect: other timeout "ex1.lua:6: time limit (2 s): the file does not come to its end"
local n = 0
while true do n = n + 1 end
