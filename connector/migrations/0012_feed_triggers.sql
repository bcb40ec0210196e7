-- What logs the changes of mirrored rows, and which views they touch.
--
-- connector.feed() declares that a table's changes touch a view. connector.feed_rebuild() makes the triggers of
-- what is declared; `connector migrate` calls it after each migration, so that they follow new tables, columns and
-- views. A migration that makes a view declares it in connector.fed_views, and one that has a view read another
-- table declares a feed; tests/connector/test_feed_mapping.py finds what was forgotten.

create index if not exists variants_inventory_item on connector.variants (shop_id, inventory_item_id);
create index if not exists customer_merges_into on connector.customer_merges (shop_id, merged_into);

create function connector.feed(
    source text, view text, columns text[], path text default null, reads text[] default '{}'
) returns void
    language sql volatile
    begin atomic
        insert into connector.feeds (source, view, columns, path, reads) values (source, view, columns, path, reads)
        on conflict (source, view, columns) do update set path = excluded.path, reads = excluded.reads;
    end;
comment on function connector.feed is
'Declare that a change of a row in connector.source touches rows of pos.view, to be found by these columns of the
row as it was and as it is: they are the view''s own key, or, with a path, what leads there. A path is a query from
entry (shop_id, id, pos) to (shop_id, id, other, pos), which are the key of the view''s rows; id is the value of the
one column. It finds what the views read at the time that a till asks, by the links that stand then: where a link
changes, the row that holds it changed, and needs a feed that tells it by the column on both sides. Which columns of
the table the view reads Postgres knows; reads are those that a function hides which is not written in SQL.';

create function connector.feed_needs() returns table (view text, class regclass, object oid)
    language sql stable
    begin atomic
        with recursive needed (view, class, object) as (
            select views.relname::text, 'pg_rewrite'::regclass, rule.oid
            from pg_class as views
            join pg_rewrite as rule on rule.ev_class = views.oid
            where views.relnamespace = 'pos'::regnamespace and views.relkind = 'v'
            union
            select needed.view,
                case when rule.oid is null then depend.refclassid::regclass else 'pg_rewrite'::regclass end,
                coalesce(rule.oid, depend.refobjid)
            from needed
            join pg_depend as depend on depend.classid = needed.class and depend.objid = needed.object
            left join pg_rewrite as rule
                on depend.refclassid = 'pg_class'::regclass and rule.ev_class = depend.refobjid
            where rule.oid is not null or depend.refclassid = 'pg_proc'::regclass
        )
        select view, class, object from needed;
    end;
comment on function connector.feed_needs is 'The rules and functions that make up each view, whatever it is built on.';

create function connector.feed_reads() returns table (view text, source text, column_name text)
    language sql stable
    begin atomic
        -- Where a table is read but none of its columns is named, all may be meant.
        select distinct needs.view, source.relname::text, columns.attname::text
        from connector.feed_needs() as needs
        join pg_depend as depend on depend.classid = needs.class and depend.objid = needs.object
        join pg_class as source on source.oid = depend.refobjid and source.relkind in ('r', 'p')
        join pg_attribute as columns on columns.attrelid = source.oid and columns.attnum > 0
            and not columns.attisdropped and depend.refobjsubid in (0, columns.attnum)
        where depend.refclassid = 'pg_class'::regclass and source.relnamespace = 'connector'::regnamespace;
    end;
comment on function connector.feed_reads is 'Which columns of which tables each view reads, as Postgres knows it.';

create function connector.feed_part(feed connector.feeds, reads text[], event text) returns text
    language plpgsql stable
as $$
declare
    source constant regclass := format('connector.%I', feed.source);
    keys constant text[] := array(
        select columns.attname::text
        from pg_index as index
        join pg_attribute as columns on columns.attrelid = source and columns.attnum = any(index.indkey)
        where index.indrelid = source and index.indisprimary
    );
    links constant text[] := array['shop_id'] || feed.columns;
    image text;
    changed text := case event when 'insert' then 'fresh' else 'stale' end;
begin
    -- A view that does not read the table is not touched; nor by an update, where it reads only the key.
    if reads = '{}' or event = 'update' and reads <@ keys then
        return null;
    end if;
    if event = 'update' then
        -- Values that differ may be equal: 1.0 and 1.00, also within JSON.
        select string_agg(format(
            case
                when columns.atttypid = 'numeric'::regtype then '%1$I, scale(%1$I)'
                when columns.atttypid = any('{json,jsonb}'::regtype[]) then '%1$I::text as %1$I'
                else '%1$I'
            end,
            columns.attname
        ), ', ' order by columns.attnum)
        into image
        from pg_attribute as columns
        where columns.attrelid = source and columns.attname = any(keys || links || reads);
        -- No join: Postgres would plan it for one row, and keep that plan for a thousand.
        changed := format('(select %1$s from fresh except select %1$s from stale)', image);
        if not links <@ keys then
            changed := format('(%s union all (select %2$s from stale except select %2$s from fresh))', changed, image);
        end if;
    end if;
    changed := format(
        'select %s shop_id, %I::bigint as id, %s as other from %s as changed where %2$I is not null',
        case when keys <@ links then '' else 'distinct' end,
        feed.columns[1],
        coalesce(quote_ident(feed.columns[2]), 'null::bigint'),
        changed
    );
    -- A shop's rows are deleted all at once, and told a thousand at a time.
    return format(
        'select shop_id, %L, %s, array_agg(id), %s from (%s) as touched group by shop_id %s',
        feed.view,
        case when feed.path is null then 'null::integer' else feed.feed::text end,
        case when cardinality(feed.columns) = 2 then 'array_agg(other)' else 'null::bigint[]' end,
        case when event = 'delete'
            then format('select *, row_number() over () / 1000 as part from (%s) as touched', changed)
            else changed end,
        case when event = 'delete' then ', part' else '' end
    );
end $$;
comment on function connector.feed_part is
    'The query for what one feed logs of a statement, where its view reads these columns of the table; null for nothing.';

create function connector.feed_truncated() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    perform connector.feed_anew();
    return null;
end $$;
comment on function connector.feed_truncated is 'A table that was emptied as a whole does not tell which rows it had.';

create function connector.feed_trigger(source text, event text, logged text) returns void
    language plpgsql volatile
as $$
declare
    made constant text := format('connector.%I', format('feed_%s_%s', source, event));
begin
    execute format(
        $statement$
        create or replace function %s() returns trigger
            language plpgsql security definer
            set search_path = pg_catalog
        as $body$
        declare
            told bigint;
        begin
            %s
            return null;
        end $body$
        $statement$,
        made,
        -- Both the inserted and the updated are reported of every upsert; mostly one of them is empty.
        case when logged is not null then format(
            $statement$
            if exists (select from %s) then
                with logged as (
                    insert into connector.changes (shop_id, view, feed, ids, others) %s returning view
                )
                select count(pg_notify('pos_changes', view)) into told from (select distinct view from logged) as views;
            end if;
            $statement$,
            case event when 'delete' then 'stale' else 'fresh' end, logged
        ) end
    );
    execute format('comment on function %s() is %L', made, 'Made by connector.feed_rebuild().');
    -- Made once and left, since a trigger cannot be made while somebody writes to the table.
    if not exists (
        select from pg_trigger
        where tgrelid = format('connector.%I', source)::regclass and tgname = 'feed_' || event
    ) then
        execute format(
            'create trigger feed_%s after %1$s on connector.%I referencing %s for each statement execute function %s()',
            event, source,
            case event when 'insert' then 'new table as fresh' when 'delete' then 'old table as stale'
                else 'old table as stale new table as fresh' end,
            made
        );
    end if;
end $$;
comment on function connector.feed_trigger is 'Have what is logged of a table''s inserts, updates or deletes.';

create function connector.feed_rebuild() returns void
    language plpgsql volatile
as $$
declare
    source text;
    now_shown text;
begin
    perform connector.feed_trigger(parts.source, parts.event, parts.logged)
    from (
        with reads as materialized (
            select read.view, read.source, array_agg(read.column_name) as columns
            from connector.feed_reads() as read
            group by read.view, read.source
        )
        select declared.source, event,
            string_agg(
                connector.feed_part(declared, coalesce(reads.columns, '{}') || declared.reads, event),
                ' union all ' order by declared.feed
            ) as logged
        from connector.feeds as declared
        left join reads on reads.view = declared.view and reads.source = declared.source
        cross join unnest('{insert,update,delete}'::text[]) as event
        group by declared.source, event
    ) as parts;
    for source in
        select distinct declared.source
        from connector.feeds as declared
        where not exists (
            select from pg_trigger
            where tgrelid = format('connector.%I', declared.source)::regclass and tgname = 'feed_truncate'
        )
    loop
        execute format(
            'create trigger feed_truncate after truncate on connector.%I '
            'for each statement execute function connector.feed_truncated()', source
        );
    end loop;
    select md5(concat(
        (
            select string_agg(
                case class when 'pg_rewrite'::regclass then pg_get_ruledef(object) else pg_get_functiondef(object) end,
                '' order by view, class, object
            )
            from connector.feed_needs()
        ),
        (select string_agg(declared::text, '' order by declared.feed) from connector.feeds as declared),
        (select string_agg(fed::text, '' order by fed.view) from connector.fed_views as fed)
    )) into now_shown;
    update connector.feed_state set epoch = epoch + case when views = '' then 0 else 1 end, views = now_shown
    where views <> now_shown;
end $$;
comment on function connector.feed_rebuild is
'Have the triggers log what is declared, as tables and views are now. Where the views are others than before, no
older cursor holds: rows show something else without having changed.';

insert into connector.fed_views (view, keys) values
    ('products', '{product_id}'),
    ('variants', '{variant_id}'),
    ('collections', '{collection_id}'),
    ('collection_products', '{collection_id,product_id}'),
    ('locations', '{location_id}'),
    ('inventory', '{inventory_item_id,location_id}'),
    ('orders', '{order_id}'),
    ('order_lines', '{line_id}'),
    ('pickups', '{fulfillment_order_id}'),
    ('returns', '{return_id}'),
    ('refunds', '{refund_id}'),
    ('customers', '{customer_id}');

-- Generous: a feed costs nothing while its view reads nothing of the table.
with paths (name, path) as (
    values
    (null, null),
    ('variants of products', $$
        select entry.shop_id, variant.id, null::bigint, entry.pos
        from entry
        join connector.variants as variant on variant.shop_id = entry.shop_id and variant.product_id = entry.id
    $$),
    ('variants of inventory items', $$
        select entry.shop_id, variant.id, null::bigint, entry.pos
        from entry
        join connector.variants as variant on variant.shop_id = entry.shop_id and variant.inventory_item_id = entry.id
    $$),
    ('products of collections', $$
        select entry.shop_id, member.collection_id, member.product_id, entry.pos
        from entry
        join connector.collection_products as member
            on member.shop_id = entry.shop_id and member.collection_id = entry.id
    $$),
    ('lines of orders', $$
        select entry.shop_id, line.id, null::bigint, entry.pos
        from entry
        join connector.order_lines as line on line.shop_id = entry.shop_id and line.order_id = entry.id
    $$),
    ('refunds of orders', $$
        select entry.shop_id, refund.id, null::bigint, entry.pos
        from entry
        join connector.refunds as refund on refund.shop_id = entry.shop_id and refund.order_id = entry.id
    $$),
    ('returns of orders', $$
        select entry.shop_id, returned.id, null::bigint, entry.pos
        from entry
        join connector.returns as returned on returned.shop_id = entry.shop_id and returned.order_id = entry.id
    $$),
    ('pickups of orders', $$
        select entry.shop_id, held.id, null::bigint, entry.pos
        from entry
        join connector.fulfillment_orders as held on held.shop_id = entry.shop_id and held.order_id = entry.id
    $$),
    ('pickups at locations', $$
        select entry.shop_id, held.id, null::bigint, entry.pos
        from entry
        join connector.fulfillment_orders as held on held.shop_id = entry.shop_id and held.location_id = entry.id
    $$),
    ('orders of lines', $$
        select entry.shop_id, line.order_id, null::bigint, entry.pos
        from entry
        join connector.order_lines as line on line.shop_id = entry.shop_id and line.id = entry.id
    $$),
    ('orders of refunds', $$
        select entry.shop_id, refund.order_id, null::bigint, entry.pos
        from entry
        join connector.refunds as refund on refund.shop_id = entry.shop_id and refund.id = entry.id
        where refund.order_id is not null
    $$),
    ('returns of refunds', $$
        select entry.shop_id, tied.return_id, null::bigint, entry.pos
        from entry
        join connector.refund_returns as tied on tied.shop_id = entry.shop_id and tied.refund_id = entry.id
        where tied.return_id is not null
    $$),
    ('lines of refunds', $$
        select entry.shop_id, line.line_item_id, null::bigint, entry.pos
        from entry
        join connector.refund_lines as line on line.shop_id = entry.shop_id and line.refund_id = entry.id
    $$),
    ('lines of fulfillments', $$
        select entry.shop_id, line.line_item_id, null::bigint, entry.pos
        from entry
        join connector.fulfillment_lines as line on line.shop_id = entry.shop_id and line.fulfillment_id = entry.id
    $$),
    -- Who was merged into somebody is shown as the one they became, through every merge.
    ('customers', $$
        with recursive become (shop_id, id, pos) as (
            select shop_id, id, pos from entry
            union
            select become.shop_id, merge.customer_id, become.pos
            from become
            join connector.customer_merges as merge
                on merge.shop_id = become.shop_id and merge.merged_into = become.id
        )
        select shop_id, id, null::bigint, pos from become
    $$),
    ('orders of customers', $$
        with recursive become (shop_id, id, pos) as (
            select shop_id, id, pos from entry
            union
            select become.shop_id, merge.customer_id, become.pos
            from become
            join connector.customer_merges as merge
                on merge.shop_id = become.shop_id and merge.merged_into = become.id
        )
        select become.shop_id, bought.id, null::bigint, become.pos
        from become
        join connector.orders as bought on bought.shop_id = become.shop_id and bought.customer_id = become.id
    $$),
    ('pickups of customers', $$
        with recursive become (shop_id, id, pos) as (
            select shop_id, id, pos from entry
            union
            select become.shop_id, merge.customer_id, become.pos
            from become
            join connector.customer_merges as merge
                on merge.shop_id = become.shop_id and merge.merged_into = become.id
        )
        select become.shop_id, held.id, null::bigint, become.pos
        from become
        join connector.orders as bought on bought.shop_id = become.shop_id and bought.customer_id = become.id
        join connector.fulfillment_orders as held on held.shop_id = bought.shop_id and held.order_id = bought.id
    $$)
)
select connector.feed(
    source, view, columns, path,
    -- connector.surviving_customer() follows them.
    case when source = 'customer_merges' then '{merged_into}'::text[] else '{}' end
)
from (
    values
    ('products', 'products', '{id}'::text[], null),
    ('products', 'variants', '{id}', 'variants of products'),
    ('variants', 'variants', '{id}', null),
    ('inventory_items', 'variants', '{id}', 'variants of inventory items'),
    ('collections', 'collections', '{id}', null),
    ('collections', 'collection_products', '{id}', 'products of collections'),
    ('collection_products', 'collection_products', '{collection_id,product_id}', null),
    ('locations', 'locations', '{id}', null),
    ('locations', 'pickups', '{id}', 'pickups at locations'),
    ('inventory_levels', 'inventory', '{inventory_item_id,location_id}', null),
    ('orders', 'orders', '{id}', null),
    ('orders', 'order_lines', '{id}', 'lines of orders'),
    ('orders', 'refunds', '{id}', 'refunds of orders'),
    ('orders', 'returns', '{id}', 'returns of orders'),
    ('orders', 'pickups', '{id}', 'pickups of orders'),
    ('order_lines', 'order_lines', '{id}', null),
    ('order_lines', 'orders', '{order_id}', null),
    ('order_lines', 'pickups', '{order_id}', 'pickups of orders'),
    ('order_lines', 'returns', '{order_id}', 'returns of orders'),
    ('refunds', 'refunds', '{id}', null),
    ('refunds', 'orders', '{order_id}', null),
    ('refunds', 'order_lines', '{id}', 'lines of refunds'),
    ('refunds', 'returns', '{id}', 'returns of refunds'),
    ('refund_returns', 'refunds', '{refund_id}', null),
    ('refund_returns', 'returns', '{return_id}', null),
    ('refund_returns', 'orders', '{refund_id}', 'orders of refunds'),
    ('refund_returns', 'order_lines', '{refund_id}', 'lines of refunds'),
    ('refund_lines', 'refunds', '{refund_id}', null),
    ('refund_lines', 'order_lines', '{line_item_id}', null),
    ('refund_lines', 'orders', '{refund_id}', 'orders of refunds'),
    ('refund_lines', 'returns', '{refund_id}', 'returns of refunds'),
    ('fulfillments', 'order_lines', '{id}', 'lines of fulfillments'),
    ('fulfillments', 'orders', '{order_id}', null),
    ('fulfillments', 'pickups', '{order_id}', 'pickups of orders'),
    ('fulfillment_lines', 'order_lines', '{line_item_id}', null),
    ('fulfillment_lines', 'orders', '{line_item_id}', 'orders of lines'),
    ('fulfillment_orders', 'pickups', '{id}', null),
    ('fulfillment_orders', 'pickups', '{order_id}', 'pickups of orders'),
    ('fulfillment_orders', 'orders', '{order_id}', null),
    ('fulfillment_orders', 'order_lines', '{order_id}', 'lines of orders'),
    ('returns', 'returns', '{id}', null),
    ('returns', 'orders', '{order_id}', null),
    ('returns', 'order_lines', '{order_id}', 'lines of orders'),
    ('customers', 'customers', '{id}', null),
    ('customers', 'orders', '{id}', 'orders of customers'),
    ('customers', 'pickups', '{id}', 'pickups of customers'),
    ('customer_consents', 'customers', '{customer_id}', null),
    ('customer_tag_lists', 'customers', '{customer_id}', null),
    ('customer_tags', 'customers', '{customer_id}', null),
    ('customer_totals', 'customers', '{customer_id}', null),
    ('customer_merges', 'customers', '{customer_id}', 'customers'),
    ('customer_merges', 'orders', '{customer_id}', 'orders of customers'),
    ('customer_merges', 'pickups', '{customer_id}', 'pickups of customers')
) as feed (source, view, columns, name)
join paths on paths.name is not distinct from feed.name;

-- What every row shows of its shop: all of them are touched.
select connector.feed('shops', view, '{shop_id}', format(
    'select entry.shop_id, own.%I, %s, entry.pos from entry join connector.%I as own on own.shop_id = entry.shop_id',
    keys[1], coalesce('own.' || quote_ident(keys[2]), 'null::bigint'), source
))
from (
    values
    ('products', 'products', '{id}'::text[]),
    ('variants', 'variants', '{id}'),
    ('collections', 'collections', '{id}'),
    ('collection_products', 'collection_products', '{collection_id,product_id}'),
    ('locations', 'locations', '{id}'),
    ('inventory', 'inventory_levels', '{inventory_item_id,location_id}'),
    ('orders', 'orders', '{id}'),
    ('order_lines', 'order_lines', '{id}'),
    ('pickups', 'fulfillment_orders', '{id}'),
    ('returns', 'returns', '{id}'),
    ('refunds', 'refunds', '{id}')
) as whole (view, source, keys);
select connector.feed('shops', 'customers', '{shop_id}', $$
    select entry.shop_id, own.id, null::bigint, entry.pos
    from entry
    join connector.customers as own on own.shop_id = entry.shop_id
    union all
    select entry.shop_id, own.customer_id, null::bigint, entry.pos
    from entry
    join connector.customer_merges as own on own.shop_id = entry.shop_id
$$);

insert into connector.fed_views (view, keys, note) values
    ('till_pickups', '{fulfillment_order_id}', null),
    ('till_inventory', '{inventory_item_id,location_id}', null),
    ('till_order_lines', '{}', 'pos.order_lines and the pending commands: read it as it stands'),
    ('till_returns', '{}', 'pos.returns and the pending commands: read it as it stands'),
    ('duplicate_codes', '{}', 'a report: read it whole');
select connector.feed(source, 'till_' || view, columns, path, reads)
from connector.feeds where view in ('pickups', 'inventory');
select connector.feed('command_work', 'till_pickups', '{fulfillment_order_id}');
select connector.feed('command_work', 'till_inventory', '{inventory_item_id,location_id}');
