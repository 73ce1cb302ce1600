-- The simulated gateway's ledger, as milo-check reads it.
select json_build_object(
    'ledger', (select coalesce(json_agg(to_jsonb(ledger) order by sequence), '[]') from simulated_gateway.ledger)
)::text
