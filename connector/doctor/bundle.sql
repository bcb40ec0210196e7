-- name: migrations
select number, name, ran_at from connector.migrations order by number;

-- name: tables
select namespace.nspname as schema, class.relname as table, class.reltuples::bigint as rows_estimated,
    pg_total_relation_size(class.oid) as bytes
from pg_class as class
join pg_namespace as namespace on namespace.oid = class.relnamespace
where class.relkind = 'r' and namespace.nspname in ('connector', 'pos')
order by bytes desc;

-- name: syncs
select run.run_id, shop.domain as shop, run.reason, run.state, run.started_at, run.ended_at, run.error,
    array(
        select jsonb_build_object(
            'stream', stream.stream, 'state', stream.state, 'objects', stream.objects, 'bytes', stream.bytes,
            'merged', stream.merged, 'attempts', stream.attempts, 'gone', stream.gone, 'note', stream.note
        )
        from connector.sync_streams as stream
        where stream.run_id = run.run_id
        order by stream.position
    ) as streams
from connector.sync_runs as run
join connector.shops as shop using (shop_id)
order by run.run_id desc
limit 20;

-- name: subscriptions
select shop.domain as shop, known.state, count(*) as topics, min(known.looked_at) as looked_at
from connector.subscriptions as known
join connector.shops as shop using (shop_id)
group by shop.domain, known.state
order by shop.domain, known.state;
