-- What a till types, into rows: customers by phone, e-mail or name, variants by code, orders by number.

-- Text is folded by core functions, alike under every locale: Postgres may know the letters of ASCII alone.
create function connector.folded(typed text) returns text
    language sql immutable parallel safe
    return btrim(regexp_replace(
        translate(
            lower(replace(replace(replace(replace(replace(replace(
                regexp_replace(normalize(typed, NFKD), '[\u0300-\u036F''’ʼ`´.]', '', 'g'),
                'ß', 'ss'), 'ẞ', 'ss'), 'Æ', 'ae'), 'æ', 'ae'), 'Œ', 'oe'), 'œ', 'oe') collate "C"),
            'ØøŁłĐđıΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏҐ',
            'oollddiαβγδεζηθικλμνξοπρστυφχψωσабвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџґ'
        ),
        '[-,/_\s]+', ' ', 'g'
    ));
comment on function connector.folded is
    'Text as it is looked for: without case, accents and punctuation, words parted by single spaces.';

create function connector.digits(typed text) returns text
    language sql immutable parallel safe
    return regexp_replace(
        translate(normalize(typed, NFKC), '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'), '[^0-9]+', '', 'g'
    );
comment on function connector.digits is 'The digits in a text, in order.';

create function connector.dialled_abroad(typed text) returns text
    language sql immutable parallel safe
    return case
        when typed ~ '^[ (]*[+＋]' then connector.digits(replace(typed, '(0)', ''))
        when connector.digits(typed) like '00%' then substr(connector.digits(replace(typed, '(0)', '')), 3)
        when connector.digits(typed) like '011%' then substr(connector.digits(replace(typed, '(0)', '')), 4)
    end;
comment on function connector.dialled_abroad is
    'The digits of a telephone number from its country''s code on; null where it is typed as at home.';

create function connector.barcode_key(barcode text) returns text
    language sql immutable parallel safe
    return nullif(ltrim(translate(barcode, E' -\t', ''), '0'), '');
comment on function connector.barcode_key is
    'A barcode without what is lost or added on its way: zeros before it, as between UPC-A, EAN-13 and GTIN-14.';

create function connector.barcode_is_odd(barcode text) returns boolean
    language sql immutable parallel safe
    return barcode <> translate(barcode, E' -\t', '')
        or starts_with(barcode, '0') and length(barcode) not in (8, 12, 13, 14);
comment on function connector.barcode_is_odd is
    'Whether a barcode cannot be found by its key filled up with zeros to the length of an EAN, UPC or GTIN.';

create function connector.sku_key(sku text) returns text
    language sql immutable parallel safe
    return nullif(upper(btrim(sku) collate "C"), '');
comment on function connector.sku_key is 'An article number without its case.';

create function connector.order_number(name text) returns text
    language sql immutable parallel safe
    return coalesce(substring(name from '[0-9]{3,}'), substring(name from '[0-9]+'));
comment on function connector.order_number is
    'The number in an order''s name, whatever the shop puts around it: the first of three digits or more.';

create function connector.email_key(email text) returns text
    language sql immutable parallel safe
    return nullif(lower(btrim(email) collate "C"), '');
comment on function connector.email_key is 'An e-mail address without its case.';

-- Most codes and addresses are entered just as they are looked for: the indexes of 0002 find these. The others
-- have small indexes of their own, which cost nothing where there is none.
create index variants_barcode_key on connector.variants (shop_id, (connector.barcode_key(barcode)))
    where connector.barcode_is_odd(barcode);
create index variants_sku_key on connector.variants (shop_id, (connector.sku_key(sku)))
    where sku <> connector.sku_key(sku);
create index orders_number on connector.orders (shop_id, (connector.order_number(name)))
    where name <> '#' || connector.order_number(name);
create index orders_email_key on connector.orders (shop_id, (connector.email_key(email)))
    where email <> connector.email_key(email);
create index customers_email_key on connector.customers (shop_id, (connector.email_key(email)))
    where email <> connector.email_key(email);
create index fulfillment_orders_waiting on connector.fulfillment_orders (shop_id, location_id)
    where delivery_method = 'PICK_UP' and status not in ('CLOSED', 'CANCELLED') and deleted_at is null;
create index customer_merges_into on connector.customer_merges (shop_id, merged_into);

alter table connector.customers
    add column addresses jsonb,
    add column phone_digits text[],
    add column name_folded text collate "C" generated always as (
        nullif(connector.folded(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')
    ) stored,
    add column surname_folded text collate "C" generated always as (
        nullif(connector.folded(coalesce(last_name, '') || ' ' || coalesce(first_name, '')), '')
    ) stored;
create index customers_name on connector.customers (shop_id, name_folded);
create index customers_surname on connector.customers (shop_id, surname_folded);

-- What is here already is found at once as it stands. The forms at home only Python can tell: these customers
-- are read anew, some of them each second, so that what webhooks announce meanwhile does not wait behind them.
update connector.customers set phone_digits = array_remove(
    array[connector.digits(phone), connector.digits(default_address ->> 'phone')], null
)
where deleted_at is null and (phone is not null or default_address ->> 'phone' is not null);
insert into connector.refetches (shop_id, kind, id, due_at)
select customer.shop_id, 'Customer', customer.id,
    clock_timestamp() + row_number() over (order by customer.updated_at desc) * interval '40 milliseconds'
from connector.customers as customer
join connector.shops as shop using (shop_id)
join connector.credentials using (shop_id)
where cardinality(customer.phone_digits) > 0 and shop.removed_at is null and shop.uninstalled_at is null
on conflict (shop_id, kind, id) do nothing;
create index customers_phone_digits on connector.customers using gin (phone_digits) with (fastupdate = off);

create table connector.calling_codes (
    country_code text primary key,
    calling_code text not null
);
comment on table connector.calling_codes is
    'By which code a country is called: for numbers that do not tell theirs, and are taken as the shop''s.';
insert into connector.calling_codes (country_code, calling_code) values
    ('AC', '247'), ('AD', '376'), ('AE', '971'), ('AF', '93'), ('AG', '1'), ('AI', '1'), ('AL', '355'),
    ('AM', '374'), ('AO', '244'), ('AR', '54'), ('AS', '1'), ('AT', '43'), ('AU', '61'), ('AW', '297'),
    ('AX', '358'), ('AZ', '994'), ('BA', '387'), ('BB', '1'), ('BD', '880'), ('BE', '32'), ('BF', '226'),
    ('BG', '359'), ('BH', '973'), ('BI', '257'), ('BJ', '229'), ('BL', '590'), ('BM', '1'), ('BN', '673'),
    ('BO', '591'), ('BQ', '599'), ('BR', '55'), ('BS', '1'), ('BT', '975'), ('BW', '267'), ('BY', '375'),
    ('BZ', '501'), ('CA', '1'), ('CC', '61'), ('CD', '243'), ('CF', '236'), ('CG', '242'), ('CH', '41'),
    ('CI', '225'), ('CK', '682'), ('CL', '56'), ('CM', '237'), ('CN', '86'), ('CO', '57'), ('CR', '506'),
    ('CU', '53'), ('CV', '238'), ('CW', '599'), ('CX', '61'), ('CY', '357'), ('CZ', '420'), ('DE', '49'),
    ('DJ', '253'), ('DK', '45'), ('DM', '1'), ('DO', '1'), ('DZ', '213'), ('EC', '593'), ('EE', '372'),
    ('EG', '20'), ('EH', '212'), ('ER', '291'), ('ES', '34'), ('ET', '251'), ('FI', '358'), ('FJ', '679'),
    ('FK', '500'), ('FM', '691'), ('FO', '298'), ('FR', '33'), ('GA', '241'), ('GB', '44'), ('GD', '1'),
    ('GE', '995'), ('GF', '594'), ('GG', '44'), ('GH', '233'), ('GI', '350'), ('GL', '299'), ('GM', '220'),
    ('GN', '224'), ('GP', '590'), ('GQ', '240'), ('GR', '30'), ('GT', '502'), ('GU', '1'), ('GW', '245'),
    ('GY', '592'), ('HK', '852'), ('HN', '504'), ('HR', '385'), ('HT', '509'), ('HU', '36'), ('ID', '62'),
    ('IE', '353'), ('IL', '972'), ('IM', '44'), ('IN', '91'), ('IO', '246'), ('IQ', '964'), ('IR', '98'),
    ('IS', '354'), ('IT', '39'), ('JE', '44'), ('JM', '1'), ('JO', '962'), ('JP', '81'), ('KE', '254'),
    ('KG', '996'), ('KH', '855'), ('KI', '686'), ('KM', '269'), ('KN', '1'), ('KP', '850'), ('KR', '82'),
    ('KW', '965'), ('KY', '1'), ('KZ', '7'), ('LA', '856'), ('LB', '961'), ('LC', '1'), ('LI', '423'),
    ('LK', '94'), ('LR', '231'), ('LS', '266'), ('LT', '370'), ('LU', '352'), ('LV', '371'), ('LY', '218'),
    ('MA', '212'), ('MC', '377'), ('MD', '373'), ('ME', '382'), ('MF', '590'), ('MG', '261'), ('MH', '692'),
    ('MK', '389'), ('ML', '223'), ('MM', '95'), ('MN', '976'), ('MO', '853'), ('MP', '1'), ('MQ', '596'),
    ('MR', '222'), ('MS', '1'), ('MT', '356'), ('MU', '230'), ('MV', '960'), ('MW', '265'), ('MX', '52'),
    ('MY', '60'), ('MZ', '258'), ('NA', '264'), ('NC', '687'), ('NE', '227'), ('NF', '672'), ('NG', '234'),
    ('NI', '505'), ('NL', '31'), ('NO', '47'), ('NP', '977'), ('NR', '674'), ('NU', '683'), ('NZ', '64'),
    ('OM', '968'), ('PA', '507'), ('PE', '51'), ('PF', '689'), ('PG', '675'), ('PH', '63'), ('PK', '92'),
    ('PL', '48'), ('PM', '508'), ('PR', '1'), ('PS', '970'), ('PT', '351'), ('PW', '680'), ('PY', '595'),
    ('QA', '974'), ('RE', '262'), ('RO', '40'), ('RS', '381'), ('RU', '7'), ('RW', '250'), ('SA', '966'),
    ('SB', '677'), ('SC', '248'), ('SD', '249'), ('SE', '46'), ('SG', '65'), ('SH', '290'), ('SI', '386'),
    ('SJ', '47'), ('SK', '421'), ('SL', '232'), ('SM', '378'), ('SN', '221'), ('SO', '252'), ('SR', '597'),
    ('SS', '211'), ('ST', '239'), ('SV', '503'), ('SX', '1'), ('SY', '963'), ('SZ', '268'), ('TA', '290'),
    ('TC', '1'), ('TD', '235'), ('TG', '228'), ('TH', '66'), ('TJ', '992'), ('TK', '690'), ('TL', '670'),
    ('TM', '993'), ('TN', '216'), ('TO', '676'), ('TR', '90'), ('TT', '1'), ('TV', '688'), ('TW', '886'),
    ('TZ', '255'), ('UA', '380'), ('UG', '256'), ('US', '1'), ('UY', '598'), ('UZ', '998'), ('VA', '39'),
    ('VC', '1'), ('VE', '58'), ('VG', '1'), ('VI', '1'), ('VN', '84'), ('VU', '678'), ('WF', '681'),
    ('WS', '685'), ('XK', '383'), ('YE', '967'), ('YT', '262'), ('ZA', '27'), ('ZM', '260'), ('ZW', '263');

create function connector.all_addresses(default_address jsonb, listed jsonb) returns jsonb
    language sql immutable parallel safe
    return case
        when jsonb_typeof(default_address) = 'object' then jsonb_build_array(default_address) || coalesce((
            select jsonb_agg(address || '{"default": false}' order by position)
            from jsonb_array_elements(case when jsonb_typeof(listed) = 'array' then listed else '[]' end)
                with ordinality as other (address, position)
            where address -> 'id' is distinct from default_address -> 'id'
        ), '[]')
        else '[]'
    end;
comment on function connector.all_addresses is
    'The default address as told last, and after it the others as the last webhook listed them.';

-- As in 0003, but its plan is kept, for lists of orders and pickups ask it row by row, and it reads what it needs
-- for whoever may read the views that call it.
create or replace function connector.surviving_customer(shop integer, customer bigint) returns bigint
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    survivor bigint := customer;
    following bigint;
begin
    for step in 1..32 loop
        following := (
            select merge.merged_into from connector.customer_merges as merge
            where merge.shop_id = surviving_customer.shop and merge.customer_id = survivor
        );
        exit when following is null;
        survivor := following;
    end loop;
    return survivor;
end
$$;

create or replace view pos.customers as
select
    shop.domain as shop, customer.id as customer_id, customer.first_name, customer.last_name, customer.email,
    customer.phone, customer.state, tags.tags, customer.note, customer.tax_exempt, customer.default_address,
    email_consent.state as email_consent, sms_consent.state as sms_consent,
    totals.orders_count, totals.total_spent,
    case when merge.merged_into is not null
        then connector.surviving_customer(customer.shop_id, merge.merged_into) end as merged_into,
    customer.updated_at, customer.created_at,
    connector.all_addresses(customer.default_address, customer.addresses) as addresses,
    whats_app_consent.state as whats_app_consent, customer.phone_digits, customer.name_folded,
    customer.surname_folded
from (
    select shop_id, id, updated_at, deleted_at, first_name, last_name, email, phone, state, note, tax_exempt,
        default_address, created_at, addresses, phone_digits, name_folded, surname_folded
    from connector.customers
    union all
    select merged.shop_id, merged.customer_id, merged.updated_at, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null
    from connector.customer_merges as merged
    where not exists (
        select from connector.customers as known
        where known.shop_id = merged.shop_id and known.id = merged.customer_id
    )
) as customer
join connector.shops as shop using (shop_id)
left join connector.customer_merges as merge
    on merge.shop_id = customer.shop_id and merge.customer_id = customer.id
left join connector.customer_totals as totals
    on totals.shop_id = customer.shop_id and totals.customer_id = customer.id
left join connector.customer_consents as email_consent
    on email_consent.shop_id = customer.shop_id and email_consent.customer_id = customer.id
    and email_consent.channel = 'email'
left join connector.customer_consents as sms_consent
    on sms_consent.shop_id = customer.shop_id and sms_consent.customer_id = customer.id
    and sms_consent.channel = 'sms'
left join connector.customer_consents as whats_app_consent
    on whats_app_consent.shop_id = customer.shop_id and whats_app_consent.customer_id = customer.id
    and whats_app_consent.channel = 'whats_app'
left join connector.customer_tag_lists as list
    on list.shop_id = customer.shop_id and list.customer_id = customer.id
cross join lateral (
    select coalesce(array_agg(tag order by tag collate "C"), '{}') as tags
    from (
        select listed.tag
        from unnest(string_to_array(nullif(list.tags, ''), ', ')) as listed (tag)
        where not exists (
            select from connector.customer_tags as taken
            where taken.shop_id = customer.shop_id and taken.customer_id = customer.id
              and taken.tag = listed.tag and not taken.present
              and (taken.updated_at, taken.triggered_at) > (list.updated_at, list.triggered_at)
        )
        union
        select put.tag
        from connector.customer_tags as put
        where put.shop_id = customer.shop_id and put.customer_id = customer.id and put.present
          and (list.customer_id is null
               or (put.updated_at, put.triggered_at) > (list.updated_at, list.triggered_at))
    ) as known
) as tags
where customer.deleted_at is null or merge.merged_into is not null;
comment on column pos.customers.addresses is
    'All addresses as Shopify gives them, the default one first; others than that as the last webhook listed them.';
comment on column pos.customers.whats_app_consent is 'The same as sms_consent for WhatsApp.';
comment on column pos.customers.phone_digits is
    'The digits by which the phone and the default address''s are dialled, from abroad and at home.';
comment on column pos.customers.name_folded is 'First and last name without case and accents, as they are looked for.';
comment on column pos.customers.surname_folded is 'The same with the last name first.';

-- The till's look-ups. Each is planned once in a session and for any arguments: planning takes longer than looking.
-- What stands behind a view is read row by row ("offset 0"), whatever Postgres guesses of the number of shops.
-- Like views they read for whoever was granted them, and nobody is by default.

create function pos.find_customers(shop text, typed text, max integer default 20)
returns table (customer_id bigint, matched text, first_name text, last_name text, email text, phone text)
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    here constant integer := (select shops.shop_id from connector.shops where shops.domain = find_customers.shop);
    wanted text;
    numbers text[];
    found bigint[];
    way text;
begin
    if typed ~ '@' then
        way := 'email';
        wanted := connector.email_key(typed);
        found := array(
            select customer.id from connector.customers as customer
            where customer.shop_id = here and customer.email = wanted
            union all
            select customer.id from connector.customers as customer
            where customer.shop_id = here and connector.email_key(customer.email) = wanted
              and customer.email <> connector.email_key(customer.email)
            limit find_customers.max
        );
    elsif normalize(typed, NFKC) !~ '[^0-9٠-٩۰-۹\s()+./_\u2010-\u2015-]' then
        way := 'phone';
        numbers := array_remove(array[connector.digits(typed), connector.dialled_abroad(typed)], null);
        if cardinality(numbers) > 1 then
            numbers := numbers || array(
                select '?' || substr(numbers[2], length(code.calling_code) + 1)
                from connector.locations as location
                join connector.calling_codes as code on code.country_code = location.country_code
                where location.shop_id = here and starts_with(numbers[2], code.calling_code)
            );
        end if;
        if length(numbers[1]) >= 4 then
            found := array(
                select customer.id from connector.customers as customer
                where customer.phone_digits && numbers and customer.shop_id = here
                limit find_customers.max
            );
        end if;
    else
        way := 'name';
        wanted := nullif(connector.folded(typed), '');
        found := array(
            (
                select customer.id from connector.customers as customer
                where customer.shop_id = here
                  and customer.surname_folded >= wanted and customer.surname_folded < wanted || chr(1114111)
                order by customer.surname_folded
                limit find_customers.max
            )
            union all
            (
                select customer.id from connector.customers as customer
                where customer.shop_id = here
                  and customer.name_folded >= wanted and customer.name_folded < wanted || chr(1114111)
                order by customer.name_folded
                limit find_customers.max
            )
        );
    end if;
    return query
        select distinct on (survivor.surname_folded, survivor.id)
            survivor.id, way, survivor.first_name, survivor.last_name, survivor.email, survivor.phone
        from unnest(found) as one (id)
        left join connector.customer_merges as merge on merge.shop_id = here and merge.customer_id = one.id
        join connector.customers as survivor
            on survivor.shop_id = here
            and survivor.id = case
                when merge.merged_into is null then one.id
                else connector.surviving_customer(here, merge.merged_into)
            end
        where survivor.deleted_at is null
        order by survivor.surname_folded, survivor.id
        limit find_customers.max;
end
$$;
comment on function pos.find_customers is
    'Customers by what a till types of them: an e-mail address, a telephone number in any form, or how their first '
    'or last name begins. Merged ones are found as who they are now. matched is email, phone or name.';

create function pos.find_variants(shop text, location_id bigint, code text)
returns table (
    variant_id bigint, product_id bigint, matched text, product_title text, title text, sku text, barcode text,
    price numeric, compare_at_price numeric, currency text, inventory_item_id bigint, tracked boolean,
    available bigint
)
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    here constant integer := (select shops.shop_id from connector.shops where shops.domain = find_variants.shop);
    as_barcode constant text := connector.barcode_key(code);
    filled constant text[] := array(
        select lpad(as_barcode, size, '0') from unnest(array[8, 12, 13, 14]) as size
        where size > length(as_barcode)
    ) || as_barcode;
    as_sku constant text := connector.sku_key(code);
    found bigint[];
    as_barcodes integer;
begin
    -- Apart from what hangs on them: Postgres takes the rows of a partial index for many.
    found := array(
        select held.id from connector.variants as held
        where held.shop_id = here and held.barcode = any (filled)
        union
        select held.id from connector.variants as held
        where held.shop_id = here and connector.barcode_key(held.barcode) = as_barcode
          and connector.barcode_is_odd(held.barcode)
        limit 100
    );
    as_barcodes := cardinality(found);
    found := found || array(
        select held.id from connector.variants as held
        where held.shop_id = here and held.sku = as_sku and held.id <> all (found)
        union all
        select held.id from connector.variants as held
        where held.shop_id = here and connector.sku_key(held.sku) = as_sku
          and held.sku <> connector.sku_key(held.sku) and held.id <> all (found)
        limit 100
    );
    return query
        select variant.id, variant.product_id, case when one.place <= as_barcodes then 'barcode' else 'sku' end,
            product.title, variant.title,
            variant.sku, variant.barcode, variant.price, variant.compare_at_price,
            (select shops.currency from connector.shops where shops.shop_id = here),
            variant.inventory_item_id, item.tracked,
            (
                select stock.available from pos.inventory as stock
                where stock.shop = find_variants.shop and stock.inventory_item_id = variant.inventory_item_id
                  and stock.location_id = find_variants.location_id
            )
        from unnest(found) with ordinality as one (id, place)
        join connector.variants as variant on variant.shop_id = here and variant.id = one.id
        join connector.products as product on product.shop_id = here and product.id = variant.product_id
        left join connector.inventory_items as item
            on item.shop_id = here and item.id = variant.inventory_item_id and item.deleted_at is null
        where product.deleted_at is null
        order by one.place > as_barcodes, variant.barcode is distinct from code, variant.sku is distinct from code,
            variant.id;
end
$$;
comment on function pos.find_variants is
    'What a till scans or types: the variants with this barcode, zeros before it or not, and those with this SKU in '
    'any case, with the price and what is available at the location. More than one stands in pos.duplicate_codes.';

create function pos.find_orders(shop text, typed text, max integer default 20)
returns table (
    order_id bigint, name text, matched text, customer_id bigint, email text, financial_status text,
    fulfillment_status text, currency text, total numeric, outstanding numeric, is_pickup boolean,
    created_at timestamptz, cancelled_at timestamptz
)
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    here constant integer := (select shops.shop_id from connector.shops where shops.domain = find_orders.shop);
    number constant text := connector.order_number(typed);
    bare constant text := upper(btrim(typed, '# ') collate "C");
    wanted text;
    found bigint[];
    way text;
begin
    if typed ~ '@' then
        way := 'email';
        wanted := connector.email_key(typed);
        found := array(
            select held.id
            from (
                select same.id, same.created_at from connector.orders as same
                where same.shop_id = here and same.email = wanted and same.deleted_at is null
                union all
                select alike.id, alike.created_at from connector.orders as alike
                where alike.shop_id = here and connector.email_key(alike.email) = wanted
                  and alike.email <> connector.email_key(alike.email) and alike.deleted_at is null
            ) as held
            order by held.created_at desc, held.id desc
            limit find_orders.max
        );
    else
        way := 'number';
        found := array(
            select held.id from connector.orders as held
            where held.shop_id = here and held.name = '#' || bare and held.deleted_at is null
            union
            select held.id from connector.orders as held
            where held.shop_id = here and connector.order_number(held.name) = number
              and held.name <> '#' || connector.order_number(held.name)
              and (bare = number or upper(btrim(held.name, '# ') collate "C") = bare)
              and held.deleted_at is null
            limit find_orders.max
        );
    end if;
    return query
        select orders.order_id, orders.name, way, orders.customer_id, orders.email, orders.financial_status,
            orders.fulfillment_status, orders.currency, orders.total, orders.outstanding, orders.is_pickup,
            orders.created_at, orders.cancelled_at
        from unnest(found) as one (id)
        cross join lateral (
            select * from pos.orders as held where held.shop = find_orders.shop and held.order_id = one.id offset 0
        ) as orders
        order by orders.created_at desc, orders.order_id desc;
end
$$;
comment on function pos.find_orders is
    'Orders by what a till types of them, newest first: the number, with or without what the shop puts around it, or '
    'the e-mail address on the order. matched is number or email.';

create function pos.pickup_list(shop text, location_id bigint)
returns table (
    fulfillment_order_id bigint, order_id bigint, order_name text, status text, customer_name text,
    ready_at timestamptz, lines jsonb
)
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    here constant integer := (select shops.shop_id from connector.shops where shops.domain = pickup_list.shop);
begin
    return query
        select pickup.fulfillment_order_id, pickup.order_id, pickup.order_name, pickup.status, pickup.customer_name,
            pickup.ready_at, pickup.lines
        from connector.fulfillment_orders as waiting
        cross join lateral (
            select * from pos.pickups as held
            where held.shop = pickup_list.shop and held.fulfillment_order_id = waiting.id
            offset 0
        ) as pickup
        where waiting.shop_id = here and waiting.location_id = pickup_list.location_id
          and waiting.delivery_method = 'PICK_UP' and waiting.status not in ('CLOSED', 'CANCELLED')
          and waiting.deleted_at is null
          and pickup.status in ('open', 'ready')
        order by pickup.status desc, pickup.ready_at, pickup.order_id, pickup.fulfillment_order_id;
end
$$;
comment on function pos.pickup_list is
    'What waits to be collected at a location: the ready ones first, those that wait longest before others.';

revoke execute on function pos.find_customers, pos.find_variants, pos.find_orders, pos.pickup_list from public;

create view pos.duplicate_codes as
select shop.domain as shop, doubled.kind, doubled.code, doubled.variant_ids, doubled.product_ids
from connector.shops as shop
join (
    select variant.shop_id, 'barcode' as kind, connector.barcode_key(variant.barcode) as code,
        array_agg(variant.id order by variant.id) as variant_ids,
        array_agg(distinct variant.product_id) as product_ids
    from connector.variants as variant
    join connector.products as product on product.shop_id = variant.shop_id and product.id = variant.product_id
    where product.deleted_at is null and connector.barcode_key(variant.barcode) is not null
    group by variant.shop_id, connector.barcode_key(variant.barcode)
    having count(*) > 1
    union all
    select variant.shop_id, 'sku', connector.sku_key(variant.sku),
        array_agg(variant.id order by variant.id), array_agg(distinct variant.product_id)
    from connector.variants as variant
    join connector.products as product on product.shop_id = variant.shop_id and product.id = variant.product_id
    where product.deleted_at is null and connector.sku_key(variant.sku) is not null
    group by variant.shop_id, connector.sku_key(variant.sku)
    having count(*) > 1
) as doubled using (shop_id);
comment on view pos.duplicate_codes is
    'One row per barcode or SKU that stands on more than one variant. Read through all variants: for a report.';
comment on column pos.duplicate_codes.shop is 'The shop''s myshopify domain.';
comment on column pos.duplicate_codes.kind is 'barcode or sku.';
comment on column pos.duplicate_codes.code is 'The code, without zeros before a barcode and in capitals.';
comment on column pos.duplicate_codes.variant_ids is 'The variants it stands on.';
comment on column pos.duplicate_codes.product_ids is 'The products of these variants.';
