-- lesson: drawn
-- only: fitted
-- expect: fitted fail "it is nothing, not a model"
-- The test rows lie behind the training rows: no view of these reaches them.
return { learn = function(data)
  local n, train = #data.train, data.train
  for _, i in ipairs { 0, -1, n + 1, n + 100, math.maxinteger, math.mininteger } do
    assert(not pcall(train.row, train, i))
  end
  assert(#train:head(n + 100) == n and not pcall(train.sample, train, n + 1))
  local seen = 0
  for batch in train:batches { size = 64, shuffle = true, seed = 3 } do
    seen = seen + #batch
    assert(not pcall(batch.row, batch, #batch + 1))
  end
  local all = train:where { class = { 0, 1, 2, 3 } }
  assert(seen == n and #all == n and #data.valid == 0)
  local blobs = require "wattle".data
  assert(not pcall(blobs.load, "blobs") and not pcall(blobs.stream, "blobs"))
  return nil
end }
