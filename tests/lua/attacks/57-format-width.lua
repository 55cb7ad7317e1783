-- SPDX-License-Identifier: MIT
-- expect: script "invalid conversion"
("%99999d"):format(1)
