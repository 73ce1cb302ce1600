-- Checks that a hold still has all its seats, and makes sure that it keeps them for a while. Never shortens.
--
-- KEYS[1]  the hold's showtime; or, without a cluster, the hold's locator, which names the showtime
-- ARGV[1]  which of them KEYS[1] is: 'showtime' or 'locator'
-- ARGV[2]  the hold
-- ARGV[3]  the user
-- ARGV[4]  how long it keeps them at least, from now on, ms
--
-- Result: {'hold', when it lapses (ms since 1970), its body}, {'unknown'}, {'lapsed'} or {'used', reservation}

local key = located(KEYS[1], ARGV[1])
if not key then
    return { 'unknown' }
end
local show = open(key)
local hold, refusal = live(show, ARGV[2], ARGV[3])
if hold then
    prolong(show, hold, math.max(hold.expires, now + ARGV[4]))
end
close(show)
return refusal or { 'hold', hold.expires, hold.body }
