-- lesson: late
-- grading: late
return { work = function(n) return n end }
