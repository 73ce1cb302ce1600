-- A reservation is paid: its seats stay taken but no longer count against its user's limit.
--
-- KEYS[1]  the showtime
-- ARGV[1]  the reservation
--
-- Result: nil

local show = open(KEYS[1])
local known = recall_reservation(show, ARGV[1])
settle(show, known)
remember_reservation(show, known)
forget(show)
close(show)
