-- lesson: drawn
-- only: fitted
-- expect: fitted fail "it is a table, not a model"
-- A data table with a test of the student's own is the student's own: the checks keep theirs.
return { learn = function(data)
  rawset(data, "test", data.train)
  return data
end }
