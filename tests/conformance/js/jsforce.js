'use strict';
// jsforce, unmodified, against the stand-in for Salesforce.

const assert = require('node:assert/strict');
const jsforce = require('jsforce');

const VERSION = '67.0';
const BASE = `/services/data/v${VERSION}`;
const cases = {};
const play = (title, act) => {
  cases[title] = (stage) => act(connection(stage.address), stage);
};
module.exports = cases;

function connection(address) {
  return new jsforce.Connection({
    instanceUrl: address,
    version: VERSION,
    oauth2: { loginUrl: address },
    accessToken: 'at-0',
  });
}

/** Make a connection that knows its app, and so renews its session by itself. */
function appConnection(address, refreshToken) {
  const oauth2 = { loginUrl: address, clientId: 'cid', clientSecret: 'sec' };
  const accessToken = refreshToken && 'at-0';
  const more = { oauth2, accessToken, refreshToken };
  return new jsforce.Connection({ instanceUrl: address, version: VERSION, ...more });
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.errorCode || error.name;
  }
  throw new Error('nothing was refused');
}

async function sale(conn) {
  const [book] = (await conn.query('SELECT Id FROM Pricebook2 WHERE IsStandard = true')).records;
  const widget = { Name: 'Widget', ProductCode: 'W-1', IsActive: true };
  const { id: Product2Id } = await conn.sobject('Product2').create(widget);
  const price = { Pricebook2Id: book.Id, Product2Id, UnitPrice: 12.5, IsActive: true };
  const { id: PricebookEntryId } = await conn.sobject('PricebookEntry').create(price);
  const fields = { Name: 'Sale', StageName: 'Prospecting', CloseDate: '2026-12-01' };
  const { id: OpportunityId } = await conn.sobject('Opportunity').create(fields);
  return { OpportunityId, PricebookEntryId };
}

play('token by client credentials', async (_, { address }) => {
  const conn = appConnection(address);
  const user = await conn.authorize({ grant_type: 'client_credentials' });
  assert.equal(user.id.slice(0, 3), '005');
  assert.equal(conn.instanceUrl, address);
  assert.ok((await conn.query('SELECT Id FROM Account')).totalSize > 0);
});

play('a wrong client is refused', async (_, { address }) => {
  const conn = appConnection(address);
  conn.oauth2.clientSecret = 'no';
  const name = await refusal(conn.authorize({ grant_type: 'client_credentials' }));
  assert.equal(name, 'invalid_client');
});

play('consent with a verifier', async (_, { address }) => {
  const oauth2 = {
    loginUrl: address,
    clientId: 'cid',
    clientSecret: 'sec',
    redirectUri: 'http://localhost/callback',
    useVerifier: true,
  };
  const conn = new jsforce.Connection({ oauth2, version: VERSION });
  const asked = conn.oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 's' });
  const answer = await fetch(asked, { redirect: 'manual' });
  const given = new URL(answer.headers.get('location')).searchParams;
  assert.equal(given.get('state'), 's');
  await conn.authorize(given.get('code'));
  assert.ok(conn.refreshToken);
  assert.ok((await conn.query('SELECT Id FROM Account')).totalSize > 0);
  await assert.rejects(conn.authorize(given.get('code')));
});

play('expired session', async (conn, { admin }) => {
  await admin('tokens', { expire: true });
  assert.equal(await refusal(conn.query('SELECT Id FROM Account')), 'INVALID_SESSION_ID');
});

play('renewed session', async (_, { address, admin }) => {
  const conn = appConnection(address, 'rt-0');
  let renewed = 0;
  conn.on('refresh', () => {
    renewed += 1;
  });
  await admin('tokens', { expire: true });
  assert.equal((await conn.query('SELECT Id FROM Account LIMIT 1')).totalSize, 1);
  assert.equal(renewed, 1);
});

play('revoke', async (conn, { address }) => {
  await appConnection(address).oauth2.revokeToken('at-0');
  assert.equal(await refusal(conn.query('SELECT Id FROM Account')), 'INVALID_SESSION_ID');
});

play('identity', async (conn) => {
  const known = await conn.identity();
  assert.equal(known.user_id.slice(0, 3), '005');
  assert.equal(known.organization_id.slice(0, 3), '00D');
});

play('create, read, update, delete', async (conn) => {
  const made = await conn.sobject('Account').create({ Name: 'Åcme & Söhne', AnnualRevenue: 12 });
  assert.deepEqual(made, { id: made.id, success: true, errors: [] });
  const read = await conn.sobject('Account').retrieve(made.id);
  assert.deepEqual([read.Name, read.AnnualRevenue], ['Åcme & Söhne', 12]);
  await conn.sobject('Account').update({ Id: made.id, Name: 'B', AnnualRevenue: null });
  assert.equal((await conn.sobject('Account').retrieve(made.id)).AnnualRevenue, null);
  await conn.sobject('Account').destroy(made.id);
  assert.match(await refusal(conn.sobject('Account').retrieve(made.id)), /DELETED|NOT_FOUND/);
});

play('read some fields', async (conn) => {
  const made = await conn.sobject('Account').create({ Name: 'A', Phone: '1' });
  const read = await conn.sobject('Account').retrieve(made.id, { fields: ['Name', 'Phone'] });
  assert.deepEqual(Object.keys(read).sort(), ['Id', 'Name', 'Phone', 'attributes']);
});

play('upsert: 201, then 200', async (conn) => {
  const record = { External_Id__c: 'a/1 b', Name: 'A' };
  const encoded = { ...record, External_Id__c: encodeURIComponent(record.External_Id__c) };
  const first = await conn.sobject('Account').upsert(encoded, 'External_Id__c');
  const second = await conn.sobject('Account').upsert(encoded, 'External_Id__c');
  assert.deepEqual([first.created, second.created], [true, false]);
  const read = await conn.sobject('Account').retrieve(first.id);
  assert.equal(read.External_Id__c, record.External_Id__c);
});

play('upsert: 300', async (conn) => {
  const twin = { LastName: 'A', Email: 'a@example.com' };
  await conn.sobject('Contact').create([twin, twin]);
  const changed = conn.sobject('Contact').upsert({ ...twin, LastName: 'B' }, 'Email');
  assert.equal(await refusal(changed), 'MULTIPLE_CHOICES');
});

play('collections', async (conn) => {
  const accounts = conn.sobject('Account');
  const made = await accounts.create([{ Name: 'A' }, { Phone: '1' }, { Name: 'B' }]);
  assert.deepEqual(made.map((each) => each.success), [true, false, true]);
  assert.equal(made[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
  const ids = [made[0].id, made[2].id];
  const changed = await accounts.update(ids.map((Id) => ({ Id, Phone: '2' })));
  assert.ok(changed.every((each) => each.success));
  const keyed = [{ External_Id__c: 'k', Name: 'K' }];
  const first = await accounts.upsert(keyed, 'External_Id__c');
  const second = await accounts.upsert(keyed, 'External_Id__c');
  assert.deepEqual([first[0].created, second[0].created], [true, false]);
  const read = await accounts.retrieve(ids);
  assert.deepEqual(read.map((each) => each.Phone), ['2', '2']);
  const gone = await accounts.destroy(ids);
  assert.ok(gone.every((each) => each.success));
});

play('collections: all or none', async (conn) => {
  const accounts = conn.sobject('Account');
  const made = await accounts.create([{ Name: 'Only Me' }, { Phone: '1' }], { allOrNone: true });
  assert.equal(made[0].errors[0].statusCode, 'ALL_OR_NONE_OPERATION_ROLLED_BACK');
  assert.equal(await accounts.count({ Name: 'Only Me' }), 0);
});

play('composite', async (conn) => {
  const { Id } = (await conn.query('SELECT Id FROM Account LIMIT 1')).records[0];
  const condition = { 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' };
  const child = { LastName: 'C', AccountId: '@{parent.id}' };
  const part = (referenceId, method, path, body, httpHeaders) => ({
    referenceId,
    method,
    url: `${BASE}/sobjects/${path}`,
    body,
    httpHeaders,
  });
  const { compositeResponse } = await conn.requestPost(`${BASE}/composite`, {
    compositeRequest: [
      part('parent', 'POST', 'Account', { Name: 'Parent' }),
      part('child', 'POST', 'Contact', child),
      part('late', 'PATCH', `Account/${Id}`, { Phone: '1' }, condition),
    ],
  });
  assert.deepEqual(compositeResponse.map((each) => each.httpStatusCode), [201, 201, 412]);
  const contact = await conn.sobject('Contact').retrieve(compositeResponse[1].body.id);
  assert.equal(contact.AccountId, compositeResponse[0].body.id);
});

play('composite graph', async (conn) => {
  const part = (referenceId, body) => ({
    method: 'POST',
    url: `${BASE}/sobjects/Account`,
    referenceId,
    body,
  });
  const good = { graphId: 'good', compositeRequest: [part('a', { Name: 'Graph' })] };
  const parts = [part('a', { Name: 'Graph' }), part('b', { Phone: '1' })];
  const asked = { graphs: [good, { graphId: 'bad', compositeRequest: parts }] };
  const { graphs } = await conn.requestPost(`${BASE}/composite/graph`, asked);
  assert.deepEqual(graphs.map((each) => each.isSuccessful), [true, false]);
  assert.equal(await conn.sobject('Account').count({ Name: 'Graph' }), 1);
});

play('tree', async (conn) => {
  const attributes = (type, referenceId) => ({ type, referenceId });
  const child = { attributes: attributes('Contact', 'c'), LastName: 'C' };
  const Contacts = { records: [child] };
  const parent = { attributes: attributes('Account', 'p'), Name: 'Parent', Contacts };
  const path = `${BASE}/composite/tree/Account`;
  const answer = await conn.requestPost(path, { records: [parent] });
  const made = Object.fromEntries(answer.results.map((each) => [each.referenceId, each.id]));
  assert.equal((await conn.sobject('Contact').retrieve(made.c)).AccountId, made.p);
});

play('platform event', async (conn) => {
  const event = { Record_Id__c: '001000000000000AAA' };
  const published = await conn.sobject('Sync_Request__e').create(event);
  assert.equal(published.success, true);
  assert.equal(published.errors[0].statusCode, 'OPERATION_ENQUEUED');
});

play('conditional update', async (conn) => {
  const { id: Id } = await conn.sobject('Account').create({ Name: 'A' });
  const on = (year) => ({ headers: { 'If-Unmodified-Since': `Sat, 01 Jan ${year} 00:00:00 GMT` } });
  await assert.rejects(conn.sobject('Account').update({ Id, Name: 'B' }, on(2000)));
  await conn.sobject('Account').update({ Id, Name: 'C' }, on(2089));
  assert.equal((await conn.sobject('Account').retrieve(Id)).Name, 'C');
});

play('query by conditions', async (conn) => {
  const names = ["Zig's", 'Zag', 'Zog'];
  const accounts = conn.sobject('Account');
  await accounts.create(names.map((Name) => ({ Name, Industry: 'Banking' })));
  const quoted = await accounts.find({ Name: "Zig's" }, 'Id, Name');
  assert.equal(quoted.length, 1);
  const found = await accounts
    .find({ Name: { $like: 'Z%' }, Industry: { $in: ['Banking', 'Energy'] } }, ['Name'])
    .sort('-Name')
    .skip(1)
    .limit(2);
  assert.deepEqual(found.map((each) => each.Name), ["Zig's", 'Zag']);
  const since = jsforce.SfDate.toDateTimeLiteral('2020-01-01T00:00:00Z');
  const dated = await accounts.find({ CreatedDate: { $gte: since } });
  assert.ok(dated.length > 3);
});

play('query parents and children', async (conn) => {
  const { id: AccountId } = await conn.sobject('Account').create({ Name: 'Parent' });
  await conn.sobject('Contact').create({ LastName: 'C', AccountId });
  const [up] = await conn.sobject('Contact').find({ AccountId }, 'LastName, Account.Name');
  assert.equal(up.Account.Name, 'Parent');
  const [down] = await conn
    .sobject('Account')
    .find({ Id: AccountId }, 'Id')
    .include('Contacts')
    .select('LastName')
    .end();
  assert.equal(down.Contacts.records[0].LastName, 'C');
});

play('query aggregates', async (conn) => {
  const accounts = conn.sobject('Account');
  await accounts.create([10, 20].map((AnnualRevenue) => ({ Name: 'Sum', AnnualRevenue })));
  assert.equal(await accounts.count({ Name: 'Sum' }), 2);
  const { records } = await conn.query(
    'SELECT Name, COUNT(Id) total, SUM(AnnualRevenue), MAX(AnnualRevenue) FROM Account' +
      " WHERE Name = 'Sum' GROUP BY Name",
  );
  const { attributes, ...rest } = records[0];
  assert.equal(attributes.type, 'AggregateResult');
  assert.deepEqual(rest, { Name: 'Sum', total: 2, expr0: 30, expr1: 20 });
});

play('query in pages', async (conn) => {
  const many = Array.from({ length: 250 }, (_, number) => ({ Name: `N${number}` }));
  await conn.sobject('Account').create(many, { allowRecursive: true });
  const headers = { 'Sforce-Query-Options': 'batchSize=200' };
  const first = await conn.query('SELECT Id FROM Account', { headers });
  assert.deepEqual([first.done, first.records.length], [false, 200]);
  const rest = await conn.queryMore(first.nextRecordsUrl);
  assert.equal(first.records.length + rest.records.length, first.totalSize);
  const everything = await conn
    .query('SELECT Id FROM Account', { headers })
    .execute({ autoFetch: true, maxFetch: 10000 });
  assert.equal((everything.records || everything).length, first.totalSize);
});

play('query deleted records', async (conn) => {
  const { id } = await conn.sobject('Account').create({ Name: 'Gone' });
  await conn.sobject('Account').destroy(id);
  const soql = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'";
  assert.equal((await conn.query(soql)).totalSize, 0);
  const all = await conn.query(soql, { scanAll: true });
  assert.equal(all.records[0].IsDeleted, true);
});

play('updated and deleted', async (conn, { admin }) => {
  const [made, gone] = await conn.sobject('Account').create([{ Name: 'A' }, { Name: 'B' }]);
  await conn.sobject('Account').destroy(gone.id);
  await admin('clock', { advance_s: 180 });
  const window = [new Date(Date.now() - 3600e3), new Date(Date.now() + 120e3)];
  const updated = await conn.sobject('Account').updated(...window);
  const deleted = await conn.sobject('Account').deleted(...window);
  assert.ok(updated.ids.includes(made.id));
  assert.ok(deleted.deletedRecords.some((each) => each.id === gone.id));
});

play('bulk ingest', async (conn) => {
  const rows = [0, 1, 2, 3, 4].map((number) => ({ Name: `B${number}`, AnnualRevenue: number }));
  const load = (operation, input, more = {}) =>
    conn.bulk2.loadAndWaitForResults({
      object: 'Account',
      operation,
      input,
      pollInterval: 10,
      pollTimeout: 10000,
      ...more,
    });
  const done = await load('insert', [...rows, { Name: '', AnnualRevenue: 1 }]);
  assert.deepEqual([done.successfulResults.length, done.failedResults.length], [5, 1]);
  assert.match(done.failedResults[0].sf__Error, /REQUIRED_FIELD_MISSING/);
  assert.equal(done.successfulResults[0].sf__Created, 'true');
  const ids = done.successfulResults.map((each) => each.sf__Id);
  const changed = await load('update', ids.map((Id) => ({ Id, Phone: '9' })));
  assert.equal(changed.successfulResults.length, 5);
  const keyed = [{ External_Id__c: 'k-1', Name: 'K' }];
  const upserted = await load('upsert', keyed, { externalIdFieldName: 'External_Id__c' });
  assert.equal(upserted.successfulResults.length, 1);
  const gone = await load('delete', [{ Id: ids[0] }]);
  assert.equal(gone.successfulResults.length, 1);
  assert.equal(await conn.sobject('Account').count({ Phone: '9' }), 4);
});

play('bulk query', async (conn) => {
  const many = Array.from({ length: 25 }, (_, number) => ({ Name: `Zz${number} "q", x` }));
  await conn.sobject('Account').create(many);
  const stream = await conn.bulk2.query("SELECT Id, Name FROM Account WHERE Name LIKE 'Zz%'", {
    pollInterval: 10,
  });
  const found = await stream.toArray();
  assert.equal(new Set(found.map((each) => each.Id)).size, 25);
  assert.ok(found.every((each) => each.Name.endsWith('"q", x')));
});

play('describe', async (conn) => {
  const { fields } = await conn.describe('Account');
  assert.equal(fields.find((each) => each.name === 'Name').length, 255);
  const { sobjects } = await conn.describeGlobal();
  const names = new Set(sobjects.map((each) => each.name));
  for (const name of ['Account', 'Opportunity', 'OpportunityLineItem', 'Product2', 'Quote']) {
    assert.ok(names.has(name), name);
  }
});

play('limits', async (conn) => {
  const { DailyApiRequests } = await conn.limits();
  assert.ok(DailyApiRequests.Remaining < DailyApiRequests.Max);
  assert.ok(conn.limitInfo.apiUsage.used >= 1);
});

play('opportunity with lines', async (conn) => {
  const keys = await sale(conn);
  const lines = [2, 3].map((Quantity) => ({ ...keys, Quantity, UnitPrice: 12.5 }));
  const made = await conn.sobject('OpportunityLineItem').create(lines);
  assert.ok(made.every((each) => each.success), JSON.stringify(made));
  const read = await conn.sobject('Opportunity').retrieve(keys.OpportunityId);
  assert.deepEqual([read.Amount, read.HasOpportunityLineItem], [62.5, true]);
});

play('errors of its own', async (conn) => {
  const accounts = conn.sobject('Account');
  await accounts.create({ Name: 'A', External_Id__c: 'x' });
  const codes = [
    await refusal(accounts.create({ Phone: '1' })),
    await refusal(conn.query('SELECT Colour FROM Account')),
    await refusal(conn.query('SELECT Id FROM Accout')),
    await refusal(conn.query('SELECT Id FROM Account WHERE')),
    await refusal(accounts.create({ Name: 'B', External_Id__c: 'x' })),
    await refusal(conn.sobject('Nothing').retrieve('001000000000000AAA')),
  ];
  assert.deepEqual(codes, [
    'REQUIRED_FIELD_MISSING',
    'INVALID_FIELD',
    'INVALID_TYPE',
    'MALFORMED_QUERY',
    'DUPLICATE_VALUE',
    'NOT_FOUND',
  ]);
});

play('request limit', async (conn, { admin }) => {
  const effect = { code: 'REQUEST_LIMIT_EXCEEDED' };
  await admin('faults', { match: { kind: 'query' }, effect });
  assert.equal(await refusal(conn.query('SELECT Id FROM Account')), effect.code);
});
