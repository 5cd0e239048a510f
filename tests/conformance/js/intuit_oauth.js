'use strict';
// intuit-oauth for JavaScript, unmodified, against the stand-in for QuickBooks Online.

const assert = require('node:assert/strict');
const OAuthClient = require('intuit-oauth');

const cases = {};
const play = (title, act) => {
  cases[title] = (stage) => act(client(stage.address), stage);
};
module.exports = cases;

function client(address) {
  const made = new OAuthClient({
    clientId: 'cid',
    clientSecret: 'sec',
    environment: 'sandbox',
    redirectUri: 'http://localhost/callback',
  });
  return made.setAuthorizeURLs({
    authorizeEndpoint: `${address}/connect/oauth2`,
    tokenEndpoint: `${address}/oauth2/v1/tokens/bearer`,
    revokeEndpoint: `${address}/v2/oauth2/tokens/revoke`,
    userInfoEndpoint: `${address}/v1/openid_connect/userinfo`,
  });
}

async function consent(oauth) {
  const scope = [OAuthClient.scopes.Accounting];
  const asked = oauth.authorizeUri({ scope, state: 'state-1' });
  const answer = await fetch(asked, { redirect: 'manual' });
  return answer.headers.get('location');
}

play('consent and first tokens', async (oauth) => {
  const { json } = await oauth.createToken(await consent(oauth));
  assert.equal(json.expires_in, 3600);
  assert.equal(oauth.getToken().realmId, '1');
  assert.equal(oauth.getToken().state, 'state-1');
  assert.ok(oauth.isAccessTokenValid());
});

play('refresh tokens', async (oauth, { address }) => {
  await oauth.refreshUsingToken('rt-0');
  const answer = await oauth.makeApiCall({ url: `${address}/v3/company/1/customer/1` });
  assert.equal(answer.json.Customer.Id, '1');
});

play('a superseded refresh token is refused', async (oauth, { admin }) => {
  await admin('tokens', { rotate_on_next_refresh: true });
  const { json } = await oauth.refreshUsingToken('rt-0');
  assert.notEqual(json.refresh_token, 'rt-0');
  await assert.rejects(oauth.refreshUsingToken('rt-0'), (error) => {
    assert.match(JSON.stringify([error.error, error.message]), /invalid_grant/);
    return true;
  });
});

play('a wrong client is refused', async (oauth) => {
  oauth.clientSecret = 'wrong';
  await assert.rejects(oauth.refreshUsingToken('rt-0'), (error) => {
    assert.match(JSON.stringify([error.error, error.message]), /invalid_client/);
    return true;
  });
});

play('revoke', async (oauth) => {
  await oauth.revoke({ refresh_token: 'rt-0' });
  await assert.rejects(oauth.refreshUsingToken('rt-0'));
});

play('user information', async (oauth) => {
  await oauth.refreshUsingToken('rt-0');
  assert.ok((await oauth.getUserInfo()).json.sub);
});
