-- Marks seats as owned by a reservation, whoever held them, and its hold as used.
--
-- KEYS[1]  the showtime
-- ARGV[1]  the reservation
-- ARGV[2]  its user
-- ARGV[3]  the hold that it was made from
-- ARGV[4]  the seats: '<seat> ..'
--
-- Result: nil

local show = open(KEYS[1])
local hold = recall_hold(show, ARGV[3])
-- Only the user's own hold: the id of another one cannot free anybody's seats.
if hold and hold.user == ARGV[2] then
    drop_hold(show, hold.id)
    end_hold(hold, ARGV[1])
end
local known = recall_reservation(show, ARGV[1])
take(show, known, ARGV[2], words(ARGV[4]))
remember_reservation(show, known)
close(show)
