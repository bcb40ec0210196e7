-- What tills want done at Shopify. A till writes a row and reads the answer in it; everything else is ours.

create table pos.commands (
    command_id uuid primary key,
    shop text not null default '',
    kind text not null,
    order_id bigint,
    arguments jsonb not null default '{}',
    till text,
    made_at timestamptz,
    status text not null default 'pending' check (status in ('pending', 'done', 'refused', 'needs_person')),
    reason text,
    answer jsonb,
    received_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    position bigint generated always as identity
);
create index commands_order on pos.commands (order_id) where order_id is not null;
create index commands_pending on pos.commands (position) where status = 'pending';
comment on table pos.commands is
    'What a till wants done at Shopify: insert a row with an id of your own, read status, reason and answer in it. Inserted twice under one id it is one command.';
comment on column pos.commands.command_id is 'The till''s own id of the command; made by the till, so that it may insert again after a lost answer.';
comment on column pos.commands.shop is 'The shop''s myshopify domain; may be left out while there is one shop.';
comment on column pos.commands.kind is
    'prepare_for_pickup, picked_up, cancel_pickup, open_return, process_return, close_return or adjust_inventory.';
comment on column pos.commands.order_id is 'The order; needed by all kinds but adjust_inventory. Commands of one order are carried out one after the other.';
comment on column pos.commands.arguments is 'What the kind needs; see the README.';
comment on column pos.commands.till is 'Which till, in the shop''s own words; shown to others who want the same parcel.';
comment on column pos.commands.made_at is 'When, by the till''s clock. Nothing is reckoned with it: commands are carried out as they arrive here.';
comment on column pos.commands.status is
    'pending until Shopify has answered, then done, refused (reason says why) or needs_person (what became of it must be looked at).';
comment on column pos.commands.reason is 'Why it was refused, what it waits for, or what is to be known although it is done.';
comment on column pos.commands.answer is 'What came of it: ids at Shopify, what is available now.';
comment on column pos.commands.received_at is 'When it arrived here.';
comment on column pos.commands.ended_at is 'When it was done or refused.';
comment on column pos.commands.position is 'The order of arrival.';

-- A row for as long as a command is not settled: small, whatever the history.
create table connector.command_work (
    command_id uuid primary key references pos.commands on delete cascade,
    shop_id integer not null,
    position bigint not null,
    lane text not null,
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    sent jsonb,
    effect jsonb,
    fulfillment_order_id bigint,
    return_id bigint,
    inventory_item_id bigint,
    location_id bigint,
    delta bigint,
    lines jsonb not null default '[]'
);
create index command_work_lane on connector.command_work (shop_id, lane, position);
create index command_work_stock on connector.command_work (shop_id, inventory_item_id, location_id);
create index command_work_pickup on connector.command_work (shop_id, fulfillment_order_id);
comment on table connector.command_work is 'How far each command is that is not settled: what was sent to Shopify, stored before it was, and what it answered.';

create function connector.whole_number(value jsonb) returns bigint
    language sql immutable
    return case when value #>> '{}' ~ '^-?[0-9]{1,18}$' then (value #>> '{}')::bigint end;
comment on function connector.whole_number is 'A JSON number or string as a number; null for anything else, never an error.';

create function connector.command_lines(arguments jsonb) returns jsonb
    language sql immutable
    return (
        select coalesce(jsonb_agg(jsonb_build_object('line_id', line_id, 'quantity', quantity)), '[]')
        from jsonb_array_elements(
            case when jsonb_typeof(arguments -> 'lines') = 'array' then arguments -> 'lines' else '[]' end
        ) as line
        cross join lateral (
            select connector.whole_number(line -> 'line_id') as line_id,
                connector.whole_number(line -> 'quantity') as quantity
        ) as told
        where line_id is not null and quantity between 1 and 1000000
    );
comment on function connector.command_lines is 'The order lines of a command, as far as they are understood.';

create function connector.accept_command() returns trigger
    language plpgsql as $$
begin
    new.shop := coalesce(nullif(new.shop, ''), (select min(domain) from connector.shops having count(*) = 1), '');
    new.status := 'pending';
    new.reason := null;
    new.answer := null;
    new.ended_at := null;
    new.received_at := clock_timestamp();
    if not exists (select from connector.shops where domain = new.shop) then
        new.status := 'refused';
        new.ended_at := new.received_at;
        new.reason := case when new.shop = '' then 'there are several shops, or none: name one'
            else format('the shop %s is not connected here', new.shop) end;
    end if;
    return new;
end $$;
comment on function connector.accept_command is 'A till says what it wants, never what came of it.';

create function connector.queue_command() returns trigger
    language plpgsql as $$
begin
    insert into connector.command_work as work (
        command_id, shop_id, position, lane, fulfillment_order_id, return_id, inventory_item_id, location_id, delta,
        lines
    )
    select
        new.command_id, shop.shop_id, new.position,
        case
            when new.kind <> 'adjust_inventory' and new.order_id is not null then 'order/' || new.order_id
            when told.item is not null and told.place is not null then 'stock/' || told.item || '/' || told.place
            else 'command/' || new.command_id
        end,
        connector.whole_number(new.arguments -> 'fulfillment_order_id'),
        connector.whole_number(new.arguments -> 'return_id'),
        told.item, told.place,
        case when new.kind = 'adjust_inventory' then connector.whole_number(new.arguments -> 'delta') end,
        connector.command_lines(new.arguments)
    from connector.shops as shop
    cross join lateral (
        select connector.whole_number(new.arguments -> 'inventory_item_id') as item,
            connector.whole_number(new.arguments -> 'location_id') as place
    ) as told
    where shop.domain = new.shop
    on conflict (command_id) do update set
        due_at = clock_timestamp(),
        attempts = 0,
        -- Somebody looked and wants it done: only what a key makes harmless to send again is not forgotten.
        sent = case when work.sent ->> 'key' is not null then work.sent end;
    return null;
end $$;
comment on function connector.queue_command is 'A pending command is to be carried out.';

create trigger accept before insert on pos.commands
    for each row execute function connector.accept_command();
create trigger queue after insert on pos.commands
    for each row when (new.status = 'pending') execute function connector.queue_command();
create trigger queue_again after update of status on pos.commands
    for each row when (old.status <> 'pending' and new.status = 'pending') execute function connector.queue_command();

-- As the till sees things: the mirror, and its own pending commands as if they were done.

create view pos.till_pickups as
select
    pickup.shop, pickup.fulfillment_order_id, pickup.order_id, pickup.order_name, pickup.location_id,
    case when pickup.status = 'cancelled' then pickup.status else coalesce(wanted.status, pickup.status) end as status,
    pickup.customer_name,
    case when wanted.status = 'open' then null else coalesce(pickup.ready_at, wanted.ready_at) end as ready_at,
    case when wanted.status in ('open', 'ready') then null
        else coalesce(pickup.picked_up_at, wanted.picked_up_at) end as picked_up_at,
    pickup.lines, wanted.command_id
from pos.pickups as pickup
join connector.shops as shop on shop.domain = pickup.shop
left join lateral (
    select command.command_id,
        case command.kind when 'prepare_for_pickup' then 'ready' when 'picked_up' then 'picked_up' else 'open' end
            as status,
        case when command.kind = 'prepare_for_pickup' then command.received_at end as ready_at,
        case when command.kind = 'picked_up' then command.received_at end as picked_up_at
    from connector.command_work as work
    join pos.commands as command using (command_id)
    where work.shop_id = shop.shop_id and work.fulfillment_order_id = pickup.fulfillment_order_id
      and command.kind in ('prepare_for_pickup', 'picked_up', 'cancel_pickup')
      -- Part of a parcel leaves the rest waiting.
      and (command.kind <> 'picked_up' or work.lines = '[]')
    order by work.position desc
    limit 1
) as wanted on true;
comment on view pos.till_pickups is 'pos.pickups with the pending commands of tills as if they were done.';
comment on column pos.till_pickups.shop is 'The shop''s myshopify domain.';
comment on column pos.till_pickups.fulfillment_order_id is 'Shopify''s number now; it changes on split, hold, move and cancel.';
comment on column pos.till_pickups.order_id is 'The order.';
comment on column pos.till_pickups.order_name is 'What people call it, such as #1001.';
comment on column pos.till_pickups.location_id is 'Where it waits.';
comment on column pos.till_pickups.status is 'open, ready, picked_up or cancelled.';
comment on column pos.till_pickups.customer_name is 'Who collects.';
comment on column pos.till_pickups.ready_at is 'Since when it is ready.';
comment on column pos.till_pickups.picked_up_at is 'When it was handed over.';
comment on column pos.till_pickups.lines is 'What it holds: line_id and quantity of each.';
comment on column pos.till_pickups.command_id is 'The pending command that says so; null where Shopify does.';

create view pos.till_inventory as
select
    level.shop, level.inventory_item_id, level.location_id,
    level.available + unsynced.delta as available, level.on_hand + unsynced.delta as on_hand, level.committed,
    level.available as mirrored, unsynced.delta as unsynced, level.updated_at
from pos.inventory as level
join connector.shops as shop on shop.domain = level.shop
cross join lateral (
    select coalesce(sum(work.delta), 0)::bigint as delta
    from connector.command_work as work
    where work.shop_id = shop.shop_id and work.inventory_item_id = level.inventory_item_id
      and work.location_id = level.location_id and work.delta is not null
      -- Shopify's webhook of the adjustment may be here before its answer: known by the value it leads to.
      and (work.sent ->> 'from')::bigint + work.delta is distinct from level.available
) as unsynced
union all
select
    shop.domain, work.inventory_item_id, work.location_id, sum(work.delta)::bigint, null, null, null,
    sum(work.delta)::bigint, null
from connector.command_work as work
join connector.shops as shop using (shop_id)
where work.delta is not null and work.location_id is not null
  and not exists (
      select from connector.inventory_levels as level
      where level.shop_id = work.shop_id and level.inventory_item_id = work.inventory_item_id
        and level.location_id = work.location_id and level.deleted_at is null
  )
group by shop.domain, work.inventory_item_id, work.location_id;
comment on view pos.till_inventory is 'pos.inventory less what tills sold that Shopify has not heard of.';
comment on column pos.till_inventory.shop is 'The shop''s myshopify domain.';
comment on column pos.till_inventory.inventory_item_id is 'What is stocked; pos.variants carries the same number.';
comment on column pos.till_inventory.location_id is 'Where.';
comment on column pos.till_inventory.available is 'How many can be sold: mirrored and unsynced together. Below zero more were sold than there were.';
comment on column pos.till_inventory.on_hand is 'How many are there.';
comment on column pos.till_inventory.committed is 'How many are promised to orders.';
comment on column pos.till_inventory.mirrored is 'How many can be sold as Shopify said last; null where it stocks none.';
comment on column pos.till_inventory.unsynced is 'What pending commands change: sales are negative.';
comment on column pos.till_inventory.updated_at is 'When Shopify last changed it, to the second.';

create view pos.till_order_lines as
select line.shop, line.order_id, line.line_id, line.variant_id, line.product_id, line.sku, line.title, line.quantity,
    line.current_quantity, line.fulfilled_quantity, line.refunded_quantity,
    greatest(0, line.returnable_quantity - coming_back.quantity) as returnable_quantity,
    line.price, line.total_discount, line.total_tax, coming_back.quantity as unsynced_returns
from pos.order_lines as line
join connector.shops as shop on shop.domain = line.shop
cross join lateral (
    select coalesce(sum((told ->> 'quantity')::bigint), 0)::bigint as quantity
    from connector.command_work as work
    join pos.commands as command using (command_id)
    cross join lateral jsonb_array_elements(work.lines) as told
    where work.shop_id = shop.shop_id and work.lane = 'order/' || line.order_id and command.kind = 'open_return'
      and (told ->> 'line_id')::bigint = line.line_id
) as coming_back;
comment on view pos.till_order_lines is 'pos.order_lines less what pending commands take back.';
comment on column pos.till_order_lines.shop is 'The shop''s myshopify domain.';
comment on column pos.till_order_lines.order_id is 'The order.';
comment on column pos.till_order_lines.line_id is 'Shopify''s number of the line item.';
comment on column pos.till_order_lines.variant_id is 'What was sold; null for tips, custom lines and variants that are gone.';
comment on column pos.till_order_lines.product_id is 'The product of that variant.';
comment on column pos.till_order_lines.sku is 'The article number at the time of sale.';
comment on column pos.till_order_lines.title is 'The product''s title at the time of sale.';
comment on column pos.till_order_lines.quantity is 'How many were ordered.';
comment on column pos.till_order_lines.current_quantity is 'How many are left after edits, refunds and returns.';
comment on column pos.till_order_lines.fulfilled_quantity is 'How many left a location, shipped or handed over.';
comment on column pos.till_order_lines.refunded_quantity is 'How many were refunded.';
comment on column pos.till_order_lines.returnable_quantity is 'How many the customer may still bring back.';
comment on column pos.till_order_lines.price is 'The price of one, in the shop''s currency.';
comment on column pos.till_order_lines.total_discount is 'The discounts on the whole line.';
comment on column pos.till_order_lines.total_tax is 'The taxes on the whole line.';
comment on column pos.till_order_lines.unsynced_returns is 'How many of them pending commands take back.';

create view pos.till_returns as
select returned.shop, returned.return_id, returned.order_id, returned.name,
    case when closing.command_id is not null and returned.status = 'open' then 'closed' else returned.status end as status,
    returned.lines, returned.updated_at, closing.command_id
from pos.returns as returned
join connector.shops as shop on shop.domain = returned.shop
left join lateral (
    select command.command_id
    from connector.command_work as work
    join pos.commands as command using (command_id)
    where work.shop_id = shop.shop_id and work.lane = 'order/' || returned.order_id
      and work.return_id = returned.return_id and command.kind = 'close_return'
    order by work.position desc
    limit 1
) as closing on true
union all
select command.shop, null, command.order_id, null, 'open', work.lines, null, command.command_id
from connector.command_work as work
join pos.commands as command using (command_id)
where command.kind = 'open_return' and work.lines <> '[]'
  and not coalesce(work.effect ? 'return_id' and exists (
      select from connector.returns as returned
      where returned.shop_id = work.shop_id and returned.id = (work.effect ->> 'return_id')::bigint
  ), false);
comment on view pos.till_returns is 'pos.returns, and those that pending commands open.';
comment on column pos.till_returns.shop is 'The shop''s myshopify domain.';
comment on column pos.till_returns.return_id is 'Shopify''s number of the return; null until Shopify has opened it.';
comment on column pos.till_returns.order_id is 'The order.';
comment on column pos.till_returns.name is 'What people call it, such as #1001-R1; null until Shopify has opened it.';
comment on column pos.till_returns.status is 'requested, open, closed, declined or canceled.';
comment on column pos.till_returns.lines is 'What comes back: line_id and quantity of each.';
comment on column pos.till_returns.updated_at is 'When it last changed at Shopify.';
comment on column pos.till_returns.command_id is 'The pending command that opens or closes it; null where Shopify says so.';
