-- SPDX-License-Identifier: MIT
-- expect: script "attempt to call a nil value (field 'execute')"
os.execute "id"
