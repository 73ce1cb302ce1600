-- The simulated gateway's ledger, as milo-check reads it.
select jsonb_build_object(
    'ledger', (select coalesce(jsonb_agg(to_jsonb(ledger) order by sequence), '[]') from simulated_gateway.ledger)
)::text
