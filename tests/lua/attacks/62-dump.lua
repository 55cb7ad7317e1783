-- SPDX-License-Identifier: MIT
-- expect: script "attempt to call a nil value (field 'dump')"
string.dump(print)
