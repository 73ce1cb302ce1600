-- Frees those of the seats that a reservation owns. It stays freed: a `take` that comes later takes nothing.
--
-- KEYS[1]  the showtime
-- ARGV[1]  the reservation
-- ARGV[2]  the seats: '<seat> ..'
--
-- Result: nil

local show = open(KEYS[1])
local known = recall_reservation(show, ARGV[1])
free(show, known, words(ARGV[2]))
remember_reservation(show, known)
forget(show)
close(show)
