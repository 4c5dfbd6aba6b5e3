-- sqlite, qmark

-- Guest get (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = ? AND kingpost_laws_guest.house_id = ?;

-- Guest get, locked (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = ? AND kingpost_laws_guest.house_id = ?;

-- Guest insert (id, house_id, name, badge, floor, version)
INSERT INTO kingpost_laws_guest (id, house_id, name, badge, floor, version) VALUES (?, ?, ?, ?, ?, ?);

-- Guest replace (new_name, new_badge, new_floor, new_version, the_key, scope_tenant, expected_version)
UPDATE kingpost_laws_guest SET name=?, badge=?, floor=?, version=? WHERE kingpost_laws_guest.id = ? AND kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.version = ?;

-- Guest remove (the_key, scope_tenant, expected_version)
DELETE FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = ? AND kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.version = ?;

-- Guest check ()
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE 0 = 1;

-- House get (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = ?;

-- House get, locked (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = ?;

-- House insert (id, slug, version)
INSERT INTO kingpost_laws_house (id, slug, version) VALUES (?, ?, ?);

-- House replace (new_slug, new_version, the_key, expected_version)
UPDATE kingpost_laws_house SET slug=?, version=? WHERE kingpost_laws_house.id = ? AND kingpost_laws_house.version = ?;

-- House remove (the_key, expected_version)
DELETE FROM kingpost_laws_house WHERE kingpost_laws_house.id = ? AND kingpost_laws_house.version = ?;

-- House check ()
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE 0 = 1;

-- Rate get (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = ?;

-- Rate get, locked (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = ?;

-- Rate insert (code, family, cents)
INSERT INTO kingpost_laws_rate (code, family, cents) VALUES (?, ?, ?);

-- Rate replace (new_family, new_cents, the_key)
UPDATE kingpost_laws_rate SET family=?, cents=? WHERE kingpost_laws_rate.code = ?;

-- Rate remove (the_key)
DELETE FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = ?;

-- Rate check ()
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE 0 = 1;

-- Stay get (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = ? AND kingpost_laws_stay.house_id = ?;

-- Stay get, locked (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = ? AND kingpost_laws_stay.house_id = ?;

-- Stay insert (id, house_id, guest_id, rate_code, nights)
INSERT INTO kingpost_laws_stay (id, house_id, guest_id, rate_code, nights) VALUES (?, ?, ?, ?, ?);

-- Stay replace (new_guest_id, new_rate_code, new_nights, the_key, scope_tenant)
UPDATE kingpost_laws_stay SET guest_id=?, rate_code=?, nights=? WHERE kingpost_laws_stay.id = ? AND kingpost_laws_stay.house_id = ?;

-- Stay remove (the_key, scope_tenant)
DELETE FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = ? AND kingpost_laws_stay.house_id = ?;

-- Stay check ()
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE 0 = 1;

-- Guest probe (house_id, id, row_limit)
SELECT kingpost_laws_guest.id FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.id = ? LIMIT ?;

-- Guest find: first page by key (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = ? ORDER BY kingpost_laws_guest.id ASC LIMIT ?;

-- Guest find: next page by key (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.id > ? ORDER BY kingpost_laws_guest.id ASC LIMIT ?;

-- Guest find: equality, range, next page, descending (scope_tenant, condition_0, condition_1, condition_2, after_name, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.floor = ? AND kingpost_laws_guest.name >= ? AND kingpost_laws_guest.name < ? AND (kingpost_laws_guest.name, kingpost_laws_guest.id) < (?, ?) ORDER BY kingpost_laws_guest.name DESC, kingpost_laws_guest.id DESC LIMIT ?;

-- Guest find: is null (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = ? AND kingpost_laws_guest.badge IS NULL ORDER BY kingpost_laws_guest.floor ASC, kingpost_laws_guest.id ASC LIMIT ?;

-- Mark find: nullable order, behind a value (scope_tenant, condition_0, after_number_or_none, after_number_or_none, after_text, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = ? AND kingpost_laws_mark.choice = ? AND (kingpost_laws_mark.number_or_none > ? OR kingpost_laws_mark.number_or_none = ? AND (kingpost_laws_mark.text, kingpost_laws_mark.id) > (?, ?) OR kingpost_laws_mark.number_or_none IS NULL) ORDER BY kingpost_laws_mark.number_or_none ASC NULLS LAST, kingpost_laws_mark.text ASC, kingpost_laws_mark.id ASC LIMIT ?;

-- Mark find: nullable order, behind a null (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = ? AND kingpost_laws_mark.text_or_none IS NULL AND kingpost_laws_mark.id < ? ORDER BY kingpost_laws_mark.text_or_none DESC NULLS LAST, kingpost_laws_mark.id DESC LIMIT ?;

-- Stay find: all tenants (after_guest_id, after_guest_id, after_id, row_limit)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.guest_id > ? OR kingpost_laws_stay.guest_id = ? AND kingpost_laws_stay.id > ? OR kingpost_laws_stay.guest_id IS NULL ORDER BY kingpost_laws_stay.guest_id ASC NULLS LAST, kingpost_laws_stay.id ASC LIMIT ?;

-- Rate find: platform record (condition_0, row_limit)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.family = ? ORDER BY kingpost_laws_rate.cents ASC, kingpost_laws_rate.code ASC LIMIT ?;

-- House find: the record that is the tenant (scope_tenant, row_limit)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = ? ORDER BY kingpost_laws_house.id ASC LIMIT ?;

-- sqlite, format

-- Guest get (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s AND kingpost_laws_guest.house_id = %s;

-- Guest get, locked (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s AND kingpost_laws_guest.house_id = %s;

-- Guest insert (id, house_id, name, badge, floor, version)
INSERT INTO kingpost_laws_guest (id, house_id, name, badge, floor, version) VALUES (%s, %s, %s, %s, %s, %s);

-- Guest replace (new_name, new_badge, new_floor, new_version, the_key, scope_tenant, expected_version)
UPDATE kingpost_laws_guest SET name=%s, badge=%s, floor=%s, version=%s WHERE kingpost_laws_guest.id = %s AND kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.version = %s;

-- Guest remove (the_key, scope_tenant, expected_version)
DELETE FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s AND kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.version = %s;

-- Guest check ()
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE 0 = 1;

-- House get (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s;

-- House get, locked (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s;

-- House insert (id, slug, version)
INSERT INTO kingpost_laws_house (id, slug, version) VALUES (%s, %s, %s);

-- House replace (new_slug, new_version, the_key, expected_version)
UPDATE kingpost_laws_house SET slug=%s, version=%s WHERE kingpost_laws_house.id = %s AND kingpost_laws_house.version = %s;

-- House remove (the_key, expected_version)
DELETE FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s AND kingpost_laws_house.version = %s;

-- House check ()
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE 0 = 1;

-- Rate get (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s;

-- Rate get, locked (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s;

-- Rate insert (code, family, cents)
INSERT INTO kingpost_laws_rate (code, family, cents) VALUES (%s, %s, %s);

-- Rate replace (new_family, new_cents, the_key)
UPDATE kingpost_laws_rate SET family=%s, cents=%s WHERE kingpost_laws_rate.code = %s;

-- Rate remove (the_key)
DELETE FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s;

-- Rate check ()
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE 0 = 1;

-- Stay get (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s AND kingpost_laws_stay.house_id = %s;

-- Stay get, locked (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s AND kingpost_laws_stay.house_id = %s;

-- Stay insert (id, house_id, guest_id, rate_code, nights)
INSERT INTO kingpost_laws_stay (id, house_id, guest_id, rate_code, nights) VALUES (%s, %s, %s, %s, %s);

-- Stay replace (new_guest_id, new_rate_code, new_nights, the_key, scope_tenant)
UPDATE kingpost_laws_stay SET guest_id=%s, rate_code=%s, nights=%s WHERE kingpost_laws_stay.id = %s AND kingpost_laws_stay.house_id = %s;

-- Stay remove (the_key, scope_tenant)
DELETE FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s AND kingpost_laws_stay.house_id = %s;

-- Stay check ()
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE 0 = 1;

-- Guest probe (house_id, id, row_limit)
SELECT kingpost_laws_guest.id FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.id = %s LIMIT %s;

-- Guest find: first page by key (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s ORDER BY kingpost_laws_guest.id ASC LIMIT %s;

-- Guest find: next page by key (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.id > %s ORDER BY kingpost_laws_guest.id ASC LIMIT %s;

-- Guest find: equality, range, next page, descending (scope_tenant, condition_0, condition_1, condition_2, after_name, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.floor = %s AND kingpost_laws_guest.name >= %s AND kingpost_laws_guest.name < %s AND (kingpost_laws_guest.name, kingpost_laws_guest.id) < (%s, %s) ORDER BY kingpost_laws_guest.name DESC, kingpost_laws_guest.id DESC LIMIT %s;

-- Guest find: is null (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s AND kingpost_laws_guest.badge IS NULL ORDER BY kingpost_laws_guest.floor ASC, kingpost_laws_guest.id ASC LIMIT %s;

-- Mark find: nullable order, behind a value (scope_tenant, condition_0, after_number_or_none, after_number_or_none, after_text, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = %s AND kingpost_laws_mark.choice = %s AND (kingpost_laws_mark.number_or_none > %s OR kingpost_laws_mark.number_or_none = %s AND (kingpost_laws_mark.text, kingpost_laws_mark.id) > (%s, %s) OR kingpost_laws_mark.number_or_none IS NULL) ORDER BY kingpost_laws_mark.number_or_none ASC NULLS LAST, kingpost_laws_mark.text ASC, kingpost_laws_mark.id ASC LIMIT %s;

-- Mark find: nullable order, behind a null (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = %s AND kingpost_laws_mark.text_or_none IS NULL AND kingpost_laws_mark.id < %s ORDER BY kingpost_laws_mark.text_or_none DESC NULLS LAST, kingpost_laws_mark.id DESC LIMIT %s;

-- Stay find: all tenants (after_guest_id, after_guest_id, after_id, row_limit)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.guest_id > %s OR kingpost_laws_stay.guest_id = %s AND kingpost_laws_stay.id > %s OR kingpost_laws_stay.guest_id IS NULL ORDER BY kingpost_laws_stay.guest_id ASC NULLS LAST, kingpost_laws_stay.id ASC LIMIT %s;

-- Rate find: platform record (condition_0, row_limit)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.family = %s ORDER BY kingpost_laws_rate.cents ASC, kingpost_laws_rate.code ASC LIMIT %s;

-- House find: the record that is the tenant (scope_tenant, row_limit)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s ORDER BY kingpost_laws_house.id ASC LIMIT %s;

-- postgresql, format

-- Guest get (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s::UUID AND kingpost_laws_guest.house_id = %s::UUID;

-- Guest get, locked (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s::UUID AND kingpost_laws_guest.house_id = %s::UUID FOR NO KEY UPDATE;

-- Guest insert (id, house_id, name, badge, floor, version)
INSERT INTO kingpost_laws_guest (id, house_id, name, badge, floor, version) VALUES (%s::UUID, %s::UUID, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT);

-- Guest replace (new_name, new_badge, new_floor, new_version, the_key, scope_tenant, expected_version)
UPDATE kingpost_laws_guest SET name=%s::VARCHAR, badge=%s::VARCHAR, floor=%s::BIGINT, version=%s::BIGINT WHERE kingpost_laws_guest.id = %s::UUID AND kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.version = %s::BIGINT;

-- Guest remove (the_key, scope_tenant, expected_version)
DELETE FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = %s::UUID AND kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.version = %s::BIGINT;

-- Guest check ()
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE false;

-- House get (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s::UUID;

-- House get, locked (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s::UUID FOR NO KEY UPDATE;

-- House insert (id, slug, version)
INSERT INTO kingpost_laws_house (id, slug, version) VALUES (%s::UUID, %s::VARCHAR, %s::BIGINT);

-- House replace (new_slug, new_version, the_key, expected_version)
UPDATE kingpost_laws_house SET slug=%s::VARCHAR, version=%s::BIGINT WHERE kingpost_laws_house.id = %s::UUID AND kingpost_laws_house.version = %s::BIGINT;

-- House remove (the_key, expected_version)
DELETE FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s::UUID AND kingpost_laws_house.version = %s::BIGINT;

-- House check ()
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE false;

-- Rate get (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s::VARCHAR;

-- Rate get, locked (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s::VARCHAR FOR NO KEY UPDATE;

-- Rate insert (code, family, cents)
INSERT INTO kingpost_laws_rate (code, family, cents) VALUES (%s::VARCHAR, %s::VARCHAR, %s::BIGINT);

-- Rate replace (new_family, new_cents, the_key)
UPDATE kingpost_laws_rate SET family=%s::VARCHAR, cents=%s::BIGINT WHERE kingpost_laws_rate.code = %s::VARCHAR;

-- Rate remove (the_key)
DELETE FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = %s::VARCHAR;

-- Rate check ()
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE false;

-- Stay get (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s::UUID AND kingpost_laws_stay.house_id = %s::UUID;

-- Stay get, locked (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s::UUID AND kingpost_laws_stay.house_id = %s::UUID FOR NO KEY UPDATE;

-- Stay insert (id, house_id, guest_id, rate_code, nights)
INSERT INTO kingpost_laws_stay (id, house_id, guest_id, rate_code, nights) VALUES (%s::UUID, %s::UUID, %s::UUID, %s::VARCHAR, %s::BIGINT);

-- Stay replace (new_guest_id, new_rate_code, new_nights, the_key, scope_tenant)
UPDATE kingpost_laws_stay SET guest_id=%s::UUID, rate_code=%s::VARCHAR, nights=%s::BIGINT WHERE kingpost_laws_stay.id = %s::UUID AND kingpost_laws_stay.house_id = %s::UUID;

-- Stay remove (the_key, scope_tenant)
DELETE FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = %s::UUID AND kingpost_laws_stay.house_id = %s::UUID;

-- Stay check ()
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE false;

-- Guest probe (house_id, id, row_limit)
SELECT kingpost_laws_guest.id FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.id = %s::UUID LIMIT %s::INTEGER;

-- Guest find: first page by key (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s::UUID ORDER BY kingpost_laws_guest.id ASC LIMIT %s::INTEGER;

-- Guest find: next page by key (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.id > %s::UUID ORDER BY kingpost_laws_guest.id ASC LIMIT %s::INTEGER;

-- Guest find: equality, range, next page, descending (scope_tenant, condition_0, condition_1, condition_2, after_name, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.floor = %s::BIGINT AND kingpost_laws_guest.name >= %s::VARCHAR AND kingpost_laws_guest.name < %s::VARCHAR AND (kingpost_laws_guest.name, kingpost_laws_guest.id) < (%s::VARCHAR, %s::UUID) ORDER BY kingpost_laws_guest.name DESC, kingpost_laws_guest.id DESC LIMIT %s::INTEGER;

-- Guest find: is null (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = %s::UUID AND kingpost_laws_guest.badge IS NULL ORDER BY kingpost_laws_guest.floor ASC, kingpost_laws_guest.id ASC LIMIT %s::INTEGER;

-- Mark find: nullable order, behind a value (scope_tenant, condition_0, after_number_or_none, after_number_or_none, after_text, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = %s::UUID AND kingpost_laws_mark.choice = %s::VARCHAR AND (kingpost_laws_mark.number_or_none > %s::BIGINT OR kingpost_laws_mark.number_or_none = %s::BIGINT AND (kingpost_laws_mark.text, kingpost_laws_mark.id) > (%s::VARCHAR, %s::UUID) OR kingpost_laws_mark.number_or_none IS NULL) ORDER BY kingpost_laws_mark.number_or_none ASC NULLS LAST, kingpost_laws_mark.text ASC, kingpost_laws_mark.id ASC LIMIT %s::INTEGER;

-- Mark find: nullable order, behind a null (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = %s::UUID AND kingpost_laws_mark.text_or_none IS NULL AND kingpost_laws_mark.id < %s::UUID ORDER BY kingpost_laws_mark.text_or_none DESC NULLS LAST, kingpost_laws_mark.id DESC LIMIT %s::INTEGER;

-- Stay find: all tenants (after_guest_id, after_guest_id, after_id, row_limit)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.guest_id > %s::UUID OR kingpost_laws_stay.guest_id = %s::UUID AND kingpost_laws_stay.id > %s::UUID OR kingpost_laws_stay.guest_id IS NULL ORDER BY kingpost_laws_stay.guest_id ASC NULLS LAST, kingpost_laws_stay.id ASC LIMIT %s::INTEGER;

-- Rate find: platform record (condition_0, row_limit)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.family = %s::VARCHAR ORDER BY kingpost_laws_rate.cents ASC, kingpost_laws_rate.code ASC LIMIT %s::INTEGER;

-- House find: the record that is the tenant (scope_tenant, row_limit)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = %s::UUID ORDER BY kingpost_laws_house.id ASC LIMIT %s::INTEGER;

-- postgresql, numeric_dollar

-- Guest get (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = $1::UUID AND kingpost_laws_guest.house_id = $2::UUID;

-- Guest get, locked (the_key, scope_tenant)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = $1::UUID AND kingpost_laws_guest.house_id = $2::UUID FOR NO KEY UPDATE;

-- Guest insert (id, house_id, name, badge, floor, version)
INSERT INTO kingpost_laws_guest (id, house_id, name, badge, floor, version) VALUES ($1::UUID, $2::UUID, $3::VARCHAR, $4::VARCHAR, $5::BIGINT, $6::BIGINT);

-- Guest replace (new_name, new_badge, new_floor, new_version, the_key, scope_tenant, expected_version)
UPDATE kingpost_laws_guest SET name=$1::VARCHAR, badge=$2::VARCHAR, floor=$3::BIGINT, version=$4::BIGINT WHERE kingpost_laws_guest.id = $5::UUID AND kingpost_laws_guest.house_id = $6::UUID AND kingpost_laws_guest.version = $7::BIGINT;

-- Guest remove (the_key, scope_tenant, expected_version)
DELETE FROM kingpost_laws_guest WHERE kingpost_laws_guest.id = $1::UUID AND kingpost_laws_guest.house_id = $2::UUID AND kingpost_laws_guest.version = $3::BIGINT;

-- Guest check ()
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE false;

-- House get (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = $1::UUID;

-- House get, locked (the_key)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = $1::UUID FOR NO KEY UPDATE;

-- House insert (id, slug, version)
INSERT INTO kingpost_laws_house (id, slug, version) VALUES ($1::UUID, $2::VARCHAR, $3::BIGINT);

-- House replace (new_slug, new_version, the_key, expected_version)
UPDATE kingpost_laws_house SET slug=$1::VARCHAR, version=$2::BIGINT WHERE kingpost_laws_house.id = $3::UUID AND kingpost_laws_house.version = $4::BIGINT;

-- House remove (the_key, expected_version)
DELETE FROM kingpost_laws_house WHERE kingpost_laws_house.id = $1::UUID AND kingpost_laws_house.version = $2::BIGINT;

-- House check ()
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE false;

-- Rate get (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = $1::VARCHAR;

-- Rate get, locked (the_key)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = $1::VARCHAR FOR NO KEY UPDATE;

-- Rate insert (code, family, cents)
INSERT INTO kingpost_laws_rate (code, family, cents) VALUES ($1::VARCHAR, $2::VARCHAR, $3::BIGINT);

-- Rate replace (new_family, new_cents, the_key)
UPDATE kingpost_laws_rate SET family=$1::VARCHAR, cents=$2::BIGINT WHERE kingpost_laws_rate.code = $3::VARCHAR;

-- Rate remove (the_key)
DELETE FROM kingpost_laws_rate WHERE kingpost_laws_rate.code = $1::VARCHAR;

-- Rate check ()
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE false;

-- Stay get (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = $1::UUID AND kingpost_laws_stay.house_id = $2::UUID;

-- Stay get, locked (the_key, scope_tenant)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = $1::UUID AND kingpost_laws_stay.house_id = $2::UUID FOR NO KEY UPDATE;

-- Stay insert (id, house_id, guest_id, rate_code, nights)
INSERT INTO kingpost_laws_stay (id, house_id, guest_id, rate_code, nights) VALUES ($1::UUID, $2::UUID, $3::UUID, $4::VARCHAR, $5::BIGINT);

-- Stay replace (new_guest_id, new_rate_code, new_nights, the_key, scope_tenant)
UPDATE kingpost_laws_stay SET guest_id=$1::UUID, rate_code=$2::VARCHAR, nights=$3::BIGINT WHERE kingpost_laws_stay.id = $4::UUID AND kingpost_laws_stay.house_id = $5::UUID;

-- Stay remove (the_key, scope_tenant)
DELETE FROM kingpost_laws_stay WHERE kingpost_laws_stay.id = $1::UUID AND kingpost_laws_stay.house_id = $2::UUID;

-- Stay check ()
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE false;

-- Guest probe (house_id, id, row_limit)
SELECT kingpost_laws_guest.id FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = $1::UUID AND kingpost_laws_guest.id = $2::UUID LIMIT $3::INTEGER;

-- Guest find: first page by key (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = $1::UUID ORDER BY kingpost_laws_guest.id ASC LIMIT $2::INTEGER;

-- Guest find: next page by key (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = $1::UUID AND kingpost_laws_guest.id > $2::UUID ORDER BY kingpost_laws_guest.id ASC LIMIT $3::INTEGER;

-- Guest find: equality, range, next page, descending (scope_tenant, condition_0, condition_1, condition_2, after_name, after_id, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = $1::UUID AND kingpost_laws_guest.floor = $2::BIGINT AND kingpost_laws_guest.name >= $3::VARCHAR AND kingpost_laws_guest.name < $4::VARCHAR AND (kingpost_laws_guest.name, kingpost_laws_guest.id) < ($5::VARCHAR, $6::UUID) ORDER BY kingpost_laws_guest.name DESC, kingpost_laws_guest.id DESC LIMIT $7::INTEGER;

-- Guest find: is null (scope_tenant, row_limit)
SELECT kingpost_laws_guest.id, kingpost_laws_guest.house_id, kingpost_laws_guest.name, kingpost_laws_guest.badge, kingpost_laws_guest.floor, kingpost_laws_guest.version FROM kingpost_laws_guest WHERE kingpost_laws_guest.house_id = $1::UUID AND kingpost_laws_guest.badge IS NULL ORDER BY kingpost_laws_guest.floor ASC, kingpost_laws_guest.id ASC LIMIT $2::INTEGER;

-- Mark find: nullable order, behind a value (scope_tenant, condition_0, after_number_or_none, after_text, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = $1::UUID AND kingpost_laws_mark.choice = $2::VARCHAR AND (kingpost_laws_mark.number_or_none > $3::BIGINT OR kingpost_laws_mark.number_or_none = $3::BIGINT AND (kingpost_laws_mark.text, kingpost_laws_mark.id) > ($4::VARCHAR, $5::UUID) OR kingpost_laws_mark.number_or_none IS NULL) ORDER BY kingpost_laws_mark.number_or_none ASC NULLS LAST, kingpost_laws_mark.text ASC, kingpost_laws_mark.id ASC LIMIT $6::INTEGER;

-- Mark find: nullable order, behind a null (scope_tenant, after_id, row_limit)
SELECT kingpost_laws_mark.id, kingpost_laws_mark.house_id, kingpost_laws_mark.other_id, kingpost_laws_mark.text, kingpost_laws_mark.essay, kingpost_laws_mark.choice, kingpost_laws_mark.mood, kingpost_laws_mark.number, kingpost_laws_mark.flag, kingpost_laws_mark.at, kingpost_laws_mark.raw, kingpost_laws_mark.note, kingpost_laws_mark.detail, kingpost_laws_mark.tags, kingpost_laws_mark.text_or_none, kingpost_laws_mark.number_or_none, kingpost_laws_mark.at_or_none, kingpost_laws_mark.detail_or_none, kingpost_laws_mark.raw_or_none FROM kingpost_laws_mark WHERE kingpost_laws_mark.house_id = $1::UUID AND kingpost_laws_mark.text_or_none IS NULL AND kingpost_laws_mark.id < $2::UUID ORDER BY kingpost_laws_mark.text_or_none DESC NULLS LAST, kingpost_laws_mark.id DESC LIMIT $3::INTEGER;

-- Stay find: all tenants (after_guest_id, after_id, row_limit)
SELECT kingpost_laws_stay.id, kingpost_laws_stay.house_id, kingpost_laws_stay.guest_id, kingpost_laws_stay.rate_code, kingpost_laws_stay.nights FROM kingpost_laws_stay WHERE kingpost_laws_stay.guest_id > $1::UUID OR kingpost_laws_stay.guest_id = $1::UUID AND kingpost_laws_stay.id > $2::UUID OR kingpost_laws_stay.guest_id IS NULL ORDER BY kingpost_laws_stay.guest_id ASC NULLS LAST, kingpost_laws_stay.id ASC LIMIT $3::INTEGER;

-- Rate find: platform record (condition_0, row_limit)
SELECT kingpost_laws_rate.code, kingpost_laws_rate.family, kingpost_laws_rate.cents FROM kingpost_laws_rate WHERE kingpost_laws_rate.family = $1::VARCHAR ORDER BY kingpost_laws_rate.cents ASC, kingpost_laws_rate.code ASC LIMIT $2::INTEGER;

-- House find: the record that is the tenant (scope_tenant, row_limit)
SELECT kingpost_laws_house.id, kingpost_laws_house.slug, kingpost_laws_house.version FROM kingpost_laws_house WHERE kingpost_laws_house.id = $1::UUID ORDER BY kingpost_laws_house.id ASC LIMIT $2::INTEGER;
