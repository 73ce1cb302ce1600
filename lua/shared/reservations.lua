-- What is known of reservations. Behind showtime.lua.
--
--   <showtime>:reservations  hash        reservation -> '<pending|settled> <owning|freed> <user> <seat> ..'
--   <showtime>:ends          sorted set  reservation that owns no seats, by when it may be forgotten (ms since 1970)
-- `take`, `settle` and `free` may be repeated and may come in any order. They end equal, because a reservation that was
-- freed stays freed, and one that was settled stays settled, whichever message came first.

-- How long a reservation that owns no seats is remembered, ms.
local RESERVATION_KEPT = 24 * 60 * 60 * 1000
-- The most reservations that one act forgets: more than it can add, so that they never pile up.
local FORGOTTEN_MAX = 16
-- The user of a reservation that was settled or freed before it was taken.
local NOBODY = '-'

local function recall_reservation(show, id)
    local known = { id = id, settled = false, freed = false, user = NOBODY, owns = {} }
    local row = redis.call('HGET', show.reservations, id)
    if row then
        local parts = words(row)
        known.settled = parts[1] == 'settled'
        known.freed = parts[2] == 'freed'
        known.user = parts[3]
        for place = 4, #parts do
            known.owns[parts[place]] = true
        end
    end
    return known
end

-- Writes down what is known; what owns no seats and never will again is forgotten in time.
local function remember_reservation(show, known)
    local parts = { known.settled and 'settled' or 'pending', known.freed and 'freed' or 'owning', known.user }
    for seat in pairs(known.owns) do
        parts[#parts + 1] = seat
    end
    redis.call('HSET', show.reservations, known.id, table.concat(parts, ' '))
    if next(known.owns) == nil then
        redis.call('ZADD', show.ends, now + RESERVATION_KEPT, known.id)
    end
    show.written = true
end

-- Marks seats as the reservation's, whoever held them, unless it was freed. For a moment a seat may have several
-- owners, because messages overtake one another; it is free when the last has given it back.
local function take(show, known, user, seats)
    if known.freed then
        return
    end
    if known.user == NOBODY then
        known.user = user
    end
    for _, seat in ipairs(seats) do
        if not known.owns[seat] then
            local before = redis.call('HGET', show.seats, seat)
            local holder = before and string.match(before, '^held %S+ (%S+)$')
            local owners = {}
            if holder then
                count(show, holder, -1)
            elseif before then
                owners = words(string.sub(before, #'taken ' + 1))
            end
            owners[#owners + 1] = known.id
            table.sort(owners)
            change(show, seat, before, 'taken ' .. table.concat(owners, ' '))
            known.owns[seat] = true
            if not known.settled then
                count(show, known.user, 1)
            end
        end
    end
end

-- The reservation is paid: its seats stay taken and no longer count.
local function settle(show, known)
    if not known.settled then
        known.settled = true
        local seats = 0
        for _ in pairs(known.owns) do
            seats = seats + 1
        end
        count(show, known.user, -seats)
    end
end

-- Frees those of `seats` that the reservation owns.
local function free(show, known, seats)
    known.freed = true
    for _, seat in ipairs(seats) do
        if known.owns[seat] then
            local before = redis.call('HGET', show.seats, seat)
            local others = {}
            for _, owner in ipairs(words(string.sub(before, #'taken ' + 1))) do
                if owner ~= known.id then
                    others[#others + 1] = owner
                end
            end
            change(show, seat, before, #others > 0 and 'taken ' .. table.concat(others, ' '))
            known.owns[seat] = nil
            if not known.settled then
                count(show, known.user, -1)
            end
        end
    end
end

-- Forgets reservations that were remembered for long enough, unless they own seats by now.
local function forget(show)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', show.ends, '-inf', now, 'LIMIT', 0, FORGOTTEN_MAX)) do
        redis.call('ZREM', show.ends, id)
        if next(recall_reservation(show, id).owns) == nil then
            redis.call('HDEL', show.reservations, id)
        end
    end
end
