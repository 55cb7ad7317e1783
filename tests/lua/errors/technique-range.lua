-- SPDX-License-Identifier: MIT
-- expect: script "prune: sparsity is 1.5, but must be a number from"
require "wattle".technique.prune { sparsity = 1.5 }
