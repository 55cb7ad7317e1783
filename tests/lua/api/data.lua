-- Datasets and rows.
-- SPDX-License-Identifier: MIT
local data = require "wattle".data

local d = data.load "digits"
assert(d.name == "digits" and d.inputs == 64 and d.classes == 10)
assert(#d.train == 1347 and #d.test == 450 and #d.valid == 0)
assert(d.train.inputs == 64 and d.train.classes == 10 and d.train.name == "digits")
assert(#d.train:head(10) == 10 and #d.train:head(5000) == 1347)
assert(#d.train:sample(20, 7) == 20)
assert(tostring(d.test) == "rows: 450 of digits")

local small = data.load("digits", { rows = 100, valid = 0.2, seed = 3 })
assert(#small.train + #small.valid == 100 and #small.valid > 0 and #small.test == 450)

local listed = false
for _, name in ipairs(data.list()) do listed = listed or name == "digits" end
assert(listed)

-- What is prepared together comes from one dataset, in one form: row numbers mean rows of that.
local blobs, ready = data.load("blobs", { rows = 90 }), data.prepare(d, "standardize")
local function refused(parts, text)
  local fine, message = pcall(data.prepare, parts, "standardize")
  assert(not fine and message:find(text, 1, true), message)
end
refused({ train = d.train, valid = blobs.train },
  "the valid rows are of blobs, but the training rows are of digits")
refused({ train = blobs.train, test = d.test },
  "the test rows are of digits, but the training rows are of blobs")
refused({ train = ready.train, valid = small.valid },
  "the valid rows and the training rows are of digits in two forms")
refused({ train = small.train, valid = ready.train }, "of digits in two forms")
refused({ train = data.load("blobs", { rows = 30, seed = 2 }).train, valid = blobs.train },
  "of blobs in two forms")
local again = data.prepare({ train = ready.train, valid = ready.train:head(5) }, "standardize")
assert(#again.valid == 5 and #again.test == 450)
assert(#data.prepare({ train = small.train, valid = d.train:head(3) }, "standardize").valid == 3)
