'use strict';
// node-quickbooks, unmodified, against the stand-in for QuickBooks Online.

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const QuickBooks = require('node-quickbooks');

const cases = {};
const play = (title, act) => {
  cases[title] = (stage) => act(client(stage.address), stage);
};
module.exports = cases;

/** Make a client for realm 1, every method of which gives a promise. */
function client(address) {
  // The addresses are public properties of the class, in its own documentation too.
  QuickBooks.V3_ENDPOINT_BASE_URL = `${address}/v3/company/`;
  QuickBooks.TOKEN_URL = `${address}/oauth2/v1/tokens/bearer`;
  QuickBooks.REVOKE_URL = `${address}/v2/oauth2/tokens/revoke`;
  QuickBooks.USER_INFO_URL = `${address}/v1/openid_connect/userinfo`;
  const plain = new QuickBooks('cid', 'sec', 'at-0', false, '1', true, false, 75, '2.0', 'rt-0');
  return new Proxy(plain, {
    get: (target, name) =>
      typeof target[name] !== 'function'
        ? target[name]
        : (...given) =>
            new Promise((resolve, reject) => {
              const answer = (error, value) => (error ? reject(error) : resolve(value));
              target[name](...given, answer);
            }),
  });
}

const line = (Amount, Qty, UnitPrice, item = '1') => ({
  Amount,
  DetailType: 'SalesItemLineDetail',
  SalesItemLineDetail: { ItemRef: { value: item }, Qty, UnitPrice },
});
const sale = (more = {}) => ({ CustomerRef: { value: '1' }, Line: [line(70, 2, 35)], ...more });
const payment = (invoice, amount) => ({
  CustomerRef: invoice.CustomerRef,
  TotalAmt: amount,
  Line: [{ Amount: amount, LinkedTxn: [{ TxnId: invoice.Id, TxnType: 'Invoice' }] }],
});
const rows = (reply, entity) => reply.QueryResponse[entity] || [];

/** Return the first error of a refusal, with the HTTP status. */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    const body = error.response ? error.response.data : error;
    const fault = body.Fault || body.fault;
    const first = (fault.Error || fault.error)[0];
    return { code: first.code, status: error.response && error.response.status };
  }
  throw new Error('nothing was refused');
}

play('create a customer', async (qbo) => {
  const made = await qbo.createCustomer({
    DisplayName: "Éa & O'Neil",
    PrimaryEmailAddr: { Address: 'ea@example.com' },
    BillAddr: { Line1: '1 Way', City: 'Rome' },
  });
  assert.equal(made.SyncToken, '0');
  const read = await qbo.getCustomer(made.Id);
  assert.equal(read.DisplayName, "Éa & O'Neil");
  assert.equal(read.BillAddr.City, 'Rome');
  assert.equal(read.FullyQualifiedName, "Éa & O'Neil");
});

play('read a record', async (qbo) => {
  assert.equal((await qbo.getCustomer('1')).DisplayName, "Amy's Bird Sanctuary");
  assert.ok((await qbo.getCompanyInfo('1')).CompanyName);
  assert.equal((await qbo.getPreferences()).CurrencyPrefs.HomeCurrency.value, 'USD');
});

play('update in full', async (qbo) => {
  const before = await qbo.getCustomer('3');
  const after = await qbo.updateCustomer({ ...before, sparse: false, Notes: 'ring twice' });
  assert.equal(after.Notes, 'ring twice');
  assert.equal(after.DisplayName, 'Cool Cars');
  assert.equal(Number(after.SyncToken), Number(before.SyncToken) + 1);
});

play('update sparsely', async (qbo) => {
  const { SyncToken } = await qbo.getCustomer('1');
  const after = await qbo.updateCustomer({ Id: '1', SyncToken, MiddleName: 'Mark' });
  assert.equal(after.MiddleName, 'Mark');
  assert.equal(after.DisplayName, "Amy's Bird Sanctuary");
});

play('a stale update is refused', async (qbo) => {
  const { SyncToken } = await qbo.getCustomer('3');
  await qbo.updateCustomer({ Id: '3', SyncToken, Notes: 'one' });
  const refused = await refusal(qbo.updateCustomer({ Id: '3', SyncToken, Notes: 'two' }));
  assert.deepEqual(refused, { code: '5010', status: 400 });
});

play('make a record inactive', async (qbo) => {
  const { Id, SyncToken } = await qbo.createCustomer({ DisplayName: 'Gone Soon' });
  await qbo.updateCustomer({ Id, SyncToken, Active: false });
  assert.deepEqual(rows(await qbo.findCustomers({ Id }), 'Customer'), []);
  const all = await qbo.findCustomers({ Id, Active: [true, false] });
  assert.equal(rows(all, 'Customer')[0].Active, false);
});

play('query by a condition', async (qbo) => {
  const named = await qbo.findCustomers({ DisplayName: 'Cool Cars' });
  assert.deepEqual(rows(named, 'Customer').map((row) => row.Id), ['3']);
  const like = await qbo.findCustomers([
    { field: 'DisplayName', value: 'A%', operator: 'LIKE' },
    { field: 'MetaData.LastUpdatedTime', value: '2010-01-01T00:00:00+02:00', operator: '>=' },
  ]);
  assert.ok(rows(like, 'Customer').length >= 1);
  assert.ok(rows(like, 'Customer').every((row) => row.DisplayName.startsWith('A')));
  const several = await qbo.findCustomers({ Id: ['1', '2'] });
  assert.equal(rows(several, 'Customer').length, 2);
});

play('query an apostrophe', async (qbo) => {
  const found = await qbo.findCustomers({ DisplayName: "Amy's Bird Sanctuary" });
  assert.deepEqual(rows(found, 'Customer').map((row) => row.Id), ['1']);
});

play('query in pages', async (qbo) => {
  const { QueryResponse } = await qbo.findCustomers({ count: true });
  const found = await qbo.findCustomers({ limit: 10, fetchAll: true });
  const ids = new Set(rows(found, 'Customer').map((row) => row.Id));
  assert.equal(ids.size, QueryResponse.totalCount);
  assert.equal(found.QueryResponse.maxResults, QueryResponse.totalCount);
});

play('query in an order', async (qbo) => {
  const names = (reply) => rows(reply, 'Customer').map((row) => row.DisplayName);
  const rising = names(await qbo.findCustomers({ asc: 'DisplayName' }));
  const falling = names(await qbo.findCustomers({ desc: 'DisplayName' }));
  assert.ok(rising.length > 20);
  assert.deepEqual(rising, falling.reverse());
});

play('count', async (qbo) => {
  const { QueryResponse } = await qbo.findCustomers({ count: true, DisplayName: 'Cool Cars' });
  assert.equal(QueryResponse.totalCount, 1);
});

play('batch', async (qbo) => {
  const { BatchItemResponse } = await qbo.batch([
    { bId: 'a', operation: 'create', Customer: { DisplayName: 'New' } },
    { bId: 'b', operation: 'create', Customer: { DisplayName: 'Cool Cars' } },
    { bId: 'c', Query: "select * from Customer where DisplayName = 'Cool Cars'" },
  ]);
  const byId = Object.fromEntries(BatchItemResponse.map((each) => [each.bId, each]));
  assert.equal(byId.a.Customer.SyncToken, '0');
  assert.equal(byId.b.Fault.Error[0].code, '6240');
  assert.equal(byId.c.QueryResponse.Customer[0].Id, '3');
});

play('batch of updates', async (qbo) => {
  const { SyncToken } = await qbo.getCustomer('3');
  const Customer = { Id: '3', SyncToken, sparse: true, Notes: 'all' };
  await qbo.batch([{ bId: 'a', operation: 'update', Customer }]);
  assert.equal((await qbo.getCustomer('3')).Notes, 'all');
});

play('batch of deletes', async (qbo) => {
  const { Id, SyncToken } = await qbo.createInvoice(sale());
  const voided = await qbo.createInvoice(sale());
  const { BatchItemResponse } = await qbo.batch([
    { bId: 'a', operation: 'delete', Invoice: { Id, SyncToken } },
    {
      bId: 'b',
      operation: 'update',
      optionsData: 'void',
      Invoice: { Id: voided.Id, SyncToken: voided.SyncToken, sparse: true },
    },
  ]);
  const byId = Object.fromEntries(BatchItemResponse.map((each) => [each.bId, each]));
  assert.equal(byId.a.Invoice.status, 'Deleted');
  assert.equal(byId.b.Invoice.TotalAmt, 0);
});

play('changes since a time', async (qbo) => {
  const since = new Date(Date.now() - 60000);
  const { SyncToken } = await qbo.getCustomer('3');
  await qbo.updateCustomer({ Id: '3', SyncToken, Notes: 'changed' });
  const gone = await qbo.createInvoice(sale());
  await qbo.deleteInvoice(gone.Id);
  const { CDCResponse } = await qbo.changeDataCapture(['Customer', 'Invoice'], since);
  const groups = CDCResponse[0].QueryResponse;
  const all = (entity) => groups.flatMap((each) => each[entity] || []);
  assert.ok(all('Customer').some((row) => row.Id === '3'));
  assert.equal(all('Invoice').find((row) => row.Id === gone.Id).status, 'Deleted');
});

play('create an item', async (qbo) => {
  const made = await qbo.createItem({
    Name: 'Garden Design',
    Type: 'Service',
    UnitPrice: 12.5,
    IncomeAccountRef: { value: '1' },
  });
  assert.equal((await qbo.getItem(made.Id)).UnitPrice, 12.5);
  const found = await qbo.findItems({ Type: 'Service', Name: 'Garden Design' });
  assert.equal(rows(found, 'Item')[0].Id, made.Id);
});

play('create an invoice', async (qbo) => {
  const made = await qbo.createInvoice(sale({ CustomerMemo: { value: 'Thank you' } }));
  const read = await qbo.getInvoice(made.Id);
  assert.deepEqual([read.TotalAmt, read.Balance], [70, 70]);
  const types = read.Line.map((each) => each.DetailType);
  assert.deepEqual(types, ['SalesItemLineDetail', 'SubTotalLineDetail']);
  assert.equal(read.CustomerRef.name, "Amy's Bird Sanctuary");
  assert.ok(read.DocNumber);
});

play('update an invoice', async (qbo) => {
  const made = await qbo.createInvoice(sale());
  const { Id, SyncToken } = made;
  const Line = [...made.Line, line(5, 1, 5)];
  const after = await qbo.updateInvoice({ Id, SyncToken, CustomerRef: made.CustomerRef, Line });
  assert.equal(after.TotalAmt, 75);
  assert.equal(after.Line[0].Id, made.Line[0].Id);
});

play('void an invoice', async (qbo) => {
  const { Id } = await qbo.createInvoice(sale());
  await qbo.voidInvoice(Id);
  const read = await qbo.getInvoice(Id);
  assert.equal(read.TotalAmt, 0);
  assert.ok(read.PrivateNote.startsWith('Voided'));
});

play('delete an invoice', async (qbo) => {
  const { Id } = await qbo.createInvoice(sale());
  const { Invoice } = await qbo.deleteInvoice(Id);
  assert.equal(Invoice.status, 'Deleted');
  assert.equal((await refusal(qbo.getInvoice(Id))).code, '610');
});

play('send an invoice', async (qbo) => {
  const { Id } = await qbo.createInvoice(sale());
  const sent = await qbo.sendInvoicePdf(Id, 'amy@example.com');
  assert.equal(sent.EmailStatus, 'EmailSent');
  assert.equal(sent.BillEmail.Address, 'amy@example.com');
});

play('pay an invoice', async (qbo) => {
  const invoice = await qbo.createInvoice(sale());
  const paid = await qbo.createPayment(payment(invoice, 30));
  const read = await qbo.getInvoice(invoice.Id);
  assert.equal(read.Balance, 40);
  assert.deepEqual(read.LinkedTxn, [{ TxnId: paid.Id, TxnType: 'Payment' }]);
});

play('void a payment', async (qbo) => {
  const invoice = await qbo.createInvoice(sale());
  const { Id, SyncToken } = await qbo.createPayment(payment(invoice, 70));
  await qbo.voidPayment({ Id, SyncToken });
  assert.equal((await qbo.getInvoice(invoice.Id)).Balance, 70);
  assert.equal((await qbo.getPayment(Id)).TotalAmt, 0);
});

play('delete a payment', async (qbo) => {
  const invoice = await qbo.createInvoice(sale());
  const { Id } = await qbo.createPayment(payment(invoice, 70));
  await qbo.deletePayment(Id);
  assert.equal((await qbo.getInvoice(invoice.Id)).Balance, 70);
});

play('credit memo and estimate', async (qbo) => {
  const memo = await qbo.createCreditMemo(sale());
  const estimate = await qbo.createEstimate(sale());
  assert.equal((await qbo.getCreditMemo(memo.Id)).RemainingCredit, 70);
  assert.equal((await qbo.getEstimate(estimate.Id)).TxnStatus, 'Pending');
});

play('sales receipt', async (qbo) => {
  const made = await qbo.createSalesReceipt(sale({ PaymentRefNum: '10264' }));
  assert.deepEqual([made.TotalAmt, made.Balance], [70, 0]);
  assert.equal(made.DepositToAccountRef.name, 'Undeposited Funds');
  const { Id, SyncToken } = made;
  const after = await qbo.updateSalesReceipt({ Id, SyncToken, sparse: true, PrivateNote: 'x' });
  assert.equal(after.PrivateNote, 'x');
  assert.equal((await qbo.getSalesReceipt(Id)).PaymentRefNum, '10264');
  const sent = await qbo.sendSalesReceiptPdf(Id, 'amy@example.com');
  assert.equal(sent.EmailStatus, 'EmailSent');
  const found = await qbo.findSalesReceipts({ CustomerRef: '1' });
  assert.ok(rows(found, 'SalesReceipt').some((row) => row.Id === Id));
});

play('void and delete a sales receipt', async (qbo) => {
  const { Id, SyncToken } = await qbo.createSalesReceipt(sale());
  const gone = await qbo.createSalesReceipt(sale());
  const SalesReceipt = { Id, SyncToken, sparse: true };
  const { BatchItemResponse } = await qbo.batch([
    { bId: 'a', operation: 'update', optionsData: 'void', SalesReceipt },
  ]);
  assert.equal(BatchItemResponse[0].SalesReceipt.TotalAmt, 0);
  const { SalesReceipt: stub } = await qbo.deleteSalesReceipt(gone.Id);
  assert.equal(stub.status, 'Deleted');
  assert.equal((await refusal(qbo.getSalesReceipt(gone.Id))).code, '610');
});

play('refund receipt', async (qbo) => {
  const made = await qbo.createRefundReceipt(sale({ DepositToAccountRef: { value: '35' } }));
  assert.deepEqual([made.TotalAmt, made.Balance, made.PaymentRefNum], [70, 0, 'To Print']);
  const { Id, SyncToken } = made;
  const printed = { PrintStatus: 'PrintComplete', PaymentRefNum: '7' };
  const after = await qbo.updateRefundReceipt({ Id, SyncToken, sparse: true, ...printed });
  assert.equal((await qbo.getRefundReceipt(Id)).PaymentRefNum, '7');
  assert.equal(rows(await qbo.findRefundReceipts({ Id }), 'RefundReceipt').length, 1);
  assert.equal((await refusal(qbo.createRefundReceipt(sale()))).code, '2020');
  assert.equal((await qbo.deleteRefundReceipt(after)).RefundReceipt.status, 'Deleted');
});

play('department', async (qbo) => {
  const { Id, SyncToken } = await qbo.createDepartment({ Name: 'Support' });
  const below = await qbo.createDepartment({ Name: 'QA', ParentRef: { value: Id } });
  assert.equal(below.FullyQualifiedName, 'Support:QA');
  await qbo.updateDepartment({ Id, SyncToken, Name: 'Help' });
  assert.equal((await qbo.getDepartment(below.Id)).FullyQualifiedName, 'Help:QA');
  const found = await qbo.findDepartments({ FullyQualifiedName: 'Help' });
  assert.deepEqual(rows(found, 'Department').map((row) => row.Id), [Id]);
  assert.equal((await refusal(qbo.createDepartment({ Name: 'Help' }))).code, '6240');
});

play('document as PDF', async (qbo) => {
  const invoice = await qbo.getInvoicePdf('130');
  assert.ok(invoice.toString('latin1').startsWith('%PDF-1.'));
  assert.ok(invoice.toString('latin1').includes('Invoice 1037'));
  const others = [qbo.getEstimatePdf('100'), qbo.getCreditMemoPdf('73')];
  for (const file of await Promise.all([...others, qbo.getSalesReceiptPdf('11')])) {
    assert.ok(file.toString('latin1').startsWith('%PDF-1.'));
  }
  await assert.rejects(qbo.getInvoicePdf('987654'), (error) => error.response.status === 400);
});

play('repeat with one request id', async (qbo) => {
  const requestId = randomUUID();
  const first = await qbo.createInvoice(sale({ requestId }));
  const second = await qbo.createInvoice(sale({ requestId }));
  assert.equal(first.Id, second.Id);
});

play('errors of its own', async (qbo) => {
  const taken = await refusal(qbo.createCustomer({ DisplayName: 'Cool Cars' }));
  const missing = await refusal(qbo.getCustomer('987654'));
  const lineless = await refusal(qbo.createInvoice({ CustomerRef: { value: '1' } }));
  const unknown = await refusal(qbo.findCustomers({ Colour: 'red' }));
  const codes = [taken, missing, lineless, unknown].map((each) => each.code);
  assert.deepEqual(codes, ['6240', '610', '2020', '4001']);
});

play('throttled', async (qbo, { admin }) => {
  const body = '{"Fault":{"Error":[{"Message":"message=ThrottleExceeded","code":"3001"}]}}';
  await admin('faults', { match: { kind: 'read' }, effect: { status: 429, body } });
  assert.deepEqual(await refusal(qbo.getCustomer('1')), { code: '3001', status: 429 });
  assert.equal((await qbo.getCustomer('1')).Id, '1');
});

play('expired access token', async (qbo, { admin }) => {
  await admin('tokens', { expire_access: true });
  assert.deepEqual(await refusal(qbo.getCustomer('1')), { code: '3200', status: 401 });
  await qbo.refreshAccessToken();
  assert.equal((await qbo.getCustomer('1')).Id, '1');
});

play('a superseded refresh token is refused', async (qbo, { admin }) => {
  await admin('tokens', { rotate_on_next_refresh: true });
  const fresh = await qbo.refreshAccessToken();
  assert.notEqual(fresh.refresh_token, 'rt-0');
  qbo.refreshToken = 'rt-0';
  await assert.rejects(qbo.refreshAccessToken(), (error) => error.response.status === 400);
});

play('revoke', async (qbo) => {
  await qbo.revokeAccess(true);
});
