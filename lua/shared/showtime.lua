-- One showtime: its claims, its users' counts, its version. In front of every script of the seat locks.
--
-- The key of a showtime is `<prefix>{<showtime>}`. All its other keys begin with that one, so they share its hash tag and
-- lie in one slot of a cluster; they are built from it here and nowhere else:
--   <showtime>               hash        warm, version, how many seats are held and taken, and the map: what a snapshot
--                                        answered last, if nothing has changed since
--   <showtime>:seats         hash        seat -> 'held <hold> <user>' or 'taken <reservation> ..', ascending
--   <showtime>:holds         hash        hold that claims seats -> '<user> <seat> ..'
--   <showtime>:lapses        sorted set  the same holds, by when they lapse (ms since 1970)
--   <showtime>:users         hash        user -> how many seats count against the user's limit
--   <showtime>:reservations  hash        see reservations.lua
--   <showtime>:ends          sorted set  see reservations.lua
--   <showtime>:hold:<hold>   hash        see holds.lua; expires by itself
-- All but the last expire together, KEPT after the last change (or after the last hold lapses), so a showtime that is
-- over vanishes by itself. One that vanishes early is merely cold: the store of record says again what is sold.

-- How long a showtime is kept that nobody changes, ms: longer than anything in it must be remembered.
local KEPT = 48 * 60 * 60 * 1000

local function words(text)
    local list = {}
    for word in string.gmatch(text, '%S+') do
        list[#list + 1] = word
    end
    return list
end

-- A showtime as it lies there, lapsed holds included.
local function at(key)
    return {
        key = key,
        seats = key .. ':seats',
        holds = key .. ':holds',
        lapses = key .. ':lapses',
        users = key .. ':users',
        reservations = key .. ':reservations',
        ends = key .. ':ends',
        tally = { held = 0, taken = 0 },
        changed = false, -- whether anything that a snapshot shows has changed
        written = false, -- whether it must be kept for longer
    }
end

-- Counts seats for or against a user's limit.
local function count(show, user, seats)
    if seats ~= 0 and redis.call('HINCRBY', show.users, user, seats) <= 0 then
        redis.call('HDEL', show.users, user)
    end
end

-- What a snapshot shows of a claim: the hold, or the last of its reservations.
local function shown(claim)
    return claim and (string.match(claim, '^held .+') or string.match(claim, '%S+$'))
end

local function tally(show, claim, seats)
    if claim then
        local kind = string.match(claim, '^%a+')
        show.tally[kind] = show.tally[kind] + seats
    end
end

-- Puts the claim `after` on a seat in the place of `before`; false is no claim.
local function change(show, seat, before, after)
    if after then
        redis.call('HSET', show.seats, seat, after)
    else
        redis.call('HDEL', show.seats, seat)
    end
    tally(show, before, -1)
    tally(show, after, 1)
    if shown(before) ~= shown(after) then
        show.changed = true
    end
end

local function held_by(hold, user)
    return 'held ' .. hold .. ' ' .. user
end

-- Frees what a hold still claims; seats that others have by now stay theirs. Gives how many seats it once claimed.
local function drop_hold(show, hold)
    redis.call('ZREM', show.lapses, hold)
    local row = redis.call('HGET', show.holds, hold)
    if not row then
        return 0
    end
    redis.call('HDEL', show.holds, hold)
    local user = string.match(row, '%S+')
    local seats = words(string.sub(row, #user + 1))
    local claim = held_by(hold, user)
    local freed = 0
    for place, found in ipairs(redis.call('HMGET', show.seats, unpack(seats))) do
        if found == claim then
            change(show, seats[place], claim, false)
            freed = freed + 1
        end
    end
    count(show, user, -freed)
    return #seats
end

-- Frees the seats of up to `limit` lapsed holds, of all if it is -1. Gives how many holds and seats that were.
local function drop_lapsed(show, limit)
    local lapsed = redis.call('ZRANGEBYSCORE', show.lapses, '-inf', now, 'LIMIT', 0, limit)
    local seats = 0
    for _, hold in ipairs(lapsed) do
        seats = seats + drop_hold(show, hold)
    end
    return #lapsed, seats
end

-- A showtime in which a lapsed hold counts as free. Every act on it ends with `close`.
local function open(key)
    local show = at(key)
    drop_lapsed(show, -1)
    return show
end

local function close(show)
    for kind, seats in pairs(show.tally) do
        if seats ~= 0 then
            redis.call('HINCRBY', show.key, kind, seats)
        end
    end
    if show.changed then
        -- Begins at the clock, so that no version comes back after everything was lost.
        local version = tonumber(redis.call('HGET', show.key, 'version') or 0)
        redis.call('HSET', show.key, 'version', math.max(version + 1, now_us))
        redis.call('HDEL', show.key, 'map')
    end
    if show.written then
        local last = redis.call('ZREVRANGE', show.lapses, 0, 0, 'WITHSCORES')[2]
        local ends = math.max(now, tonumber(last or 0)) + KEPT
        for _, key in ipairs({
            show.key, show.seats, show.holds, show.lapses, show.users, show.reservations, show.ends,
        }) do
            redis.call('PEXPIREAT', key, ends)
        end
    end
end
