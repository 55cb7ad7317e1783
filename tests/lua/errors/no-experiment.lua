-- SPDX-License-Identifier: MIT
-- expect: script "this one returned a number"
return 12
