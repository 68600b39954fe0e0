// Tests of what the Rust tests rely on: the control API, keys and options.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bearer, Browser, BYE, codeFlow, LOGGED_OUT, registered, SECONDS, send, SERVER_SET, start, verified, WANTED, without } from './harness.mjs';

let op;
before(async () => { op = await start(); });
after(async () => { await op?.stop(); });

test('the control API returns the logout token that the provider would send', async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { client_id: id } = await registered(op, {
      backchannel_logout_uri: 'http://127.0.0.1:9/never-called',
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: alg,
    });
    const { logout_token: token } = await op.control('POST /logout-token', { client_id: id, sub: 'user-1', sid: 's1' });
    assert.equal(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).typ, 'logout+jwt');
    const { kid, jti, iat, ...claims } = await verified(op, token);
    assert.ok(kid && jti && Math.abs(iat - Date.now() / 1000) < 60);
    assert.deepEqual(claims, {
      alg, iss: op.issuer, aud: id, sub: 'user-1', sid: 's1', exp: iat + 120, events: { [LOGGED_OUT]: {} },
    });
  }
});

test('a logout token has a sid only if the client requires it, and needs a backchannel_logout_uri', async () => {
  const { client_id: id } = await registered(op, { backchannel_logout_uri: 'http://127.0.0.1:9/never-called' });
  const { logout_token: token } = await op.control('POST /logout-token', { client_id: id, sub: 'user-1', sid: 's1' });
  assert.equal('sid' in await verified(op, token), false);
  const { client_id: without } = await registered(op);
  await assert.rejects(op.control('POST /logout-token', { client_id: without, sub: 'user-1' }), /backchannel_logout_uri/);
});

test('an operator can delete a client', async () => {
  const { client_id: id, registration_access_token: token } = await registered(op);
  const { access_token: access } = await op.control('POST /access-token', { client_id: id, sub: 'user-1' });
  assert.ok((await op.control('GET /clients')).client_ids.includes(id));
  assert.deepEqual(await op.control('POST /delete-client', { client_id: id }), { deleted: true });
  assert.deepEqual(await op.control('POST /delete-client', { client_id: id }), { deleted: false });
  assert.equal((await op.reg('GET', `/${id}`, token)).status, 401);
  assert.equal((await op.send('/userinfo', bearer(access))).status, 401);
});

test('after a key rotation new keys sign, old keys verify until dropped, and clients and tokens are preserved', async () => {
  const server = await start();
  try {
    const client = await registered(server, { userinfo_signed_response_alg: 'RS256' });
    const { access_token: token } = await server.control('POST /access-token', {
      client_id: client.client_id, sub: 'user-1',
    });
    const userinfo = async () => verified(server, (await server.send('/userinfo', bearer(token))).text);
    const first = await userinfo();
    assert.equal((await server.control('POST /rotate-keys')).keys.length, 6);
    const second = await userinfo();
    assert.notEqual(second.kid, first.kid);
    const kids = async () => (await server.send('/.well-known/jwks.json')).json.keys.map((key) => key.kid);
    assert.ok((await kids()).includes(first.kid));
    assert.equal((await server.control('POST /rotate-keys', { drop_old: true })).keys.length, 3);
    assert.equal((await kids()).includes(second.kid), false);
    assert.equal((await server.reg('GET', `/${client.client_id}`, client.registration_access_token)).status, 200);
  } finally {
    await server.stop();
  }
});

test('during key rotations every response is signed with a published key', async () => {
  const server = await start();
  try {
    const mint = async (alg) => {
      const { client_id: id } = await registered(server, { userinfo_signed_response_alg: alg });
      return (await server.control('POST /access-token', { client_id: id, sub: 'user-1' })).access_token;
    };
    const tokens = await Promise.all(['RS256', 'ES256', 'EdDSA'].map(mint));
    const userinfo = async (token) => verified(server, (await server.send('/userinfo', bearer(token))).text);
    const before = await Promise.all(tokens.map(userinfo));
    let rotating = true;
    const calls = tokens.map(async (token, index) => {
      let { kid } = before[index];
      while (rotating || kid === before[index].kid) ({ kid } = await userinfo(token));
    });
    for (let times = 1; times <= 5; times += 1) {
      const { keys } = await server.control('POST /rotate-keys');
      assert.equal(keys.length, 3 * (times + 1), 'the old keys stay published');
      const newest = keys.slice(0, 3).map(({ kid }) => kid);
      const signedWith = (await Promise.all(tokens.map(userinfo))).map(({ kid }) => kid);
      assert.deepEqual(signedWith, newest, 'the new keys sign immediately');
    }
    rotating = false;
    await Promise.all(calls);
  } finally {
    await server.stop();
  }
});

test('options set the initial access token, token rotation, registration and logout by POST', async () => {
  const server = await start({ initial_access_token: 'let-me-in', rotate_registration_access_token: false });
  try {
    const refused = await server.reg('POST', '', undefined, WANTED);
    assert.deepEqual([refused.status, refused.json.error], [401, 'invalid_token']);
    const { status, json } = await server.reg('POST', '', 'let-me-in', WANTED);
    assert.equal(status, 201);
    const path = `/${json.client_id}`;
    const unrotated = await server.reg('PUT', path, json.registration_access_token, without(json, ...SERVER_SET));
    assert.equal(unrotated.json.registration_access_token, json.registration_access_token);

    await server.control('POST /configure', { http_post_methods: true });
    const form = { method: 'POST', body: new URLSearchParams({ client_id: json.client_id, post_logout_redirect_uri: BYE }) };
    assert.equal((await server.send('/oauth2/sessions/logout', form)).status, 200);

    await server.control('POST /configure', { registration: false });
    assert.equal((await server.reg('POST', '', 'let-me-in', WANTED)).status, 404);
    assert.equal((await server.reg('GET', path, json.registration_access_token)).status, 404);
    const { json: metadata } = await server.send('/.well-known/openid-configuration');
    assert.equal('registration_endpoint' in metadata, false);
  } finally {
    await server.stop();
  }
});

test('the issuer can have a path', async () => {
  for (const path of ['/', '/tenant']) {
    const server = await start({ issuer_path: path });
    try {
      const base = server.issuer.replace(/\/$/, '');
      const { json } = await send(`${base}/.well-known/openid-configuration`);
      assert.equal(json.issuer, server.issuer);
      assert.equal(json.userinfo_endpoint, `${base}/userinfo`);
      const client = await send(json.registration_endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...WANTED, token_endpoint_auth_method: 'none' }),
      });
      assert.equal(client.json.registration_client_uri, `${base}/oauth2/register/${client.json.client_id}`);
      const { tokens } = await codeFlow(server, client.json, new Browser());
      assert.equal((await send(json.userinfo_endpoint, bearer(tokens.access_token))).status, 200);
    } finally {
      await server.stop();
    }
  }
});

test('requests are listed without queries', async () => {
  const server = await start();
  try {
    await server.send('/userinfo?access_token=secret');
    await server.send('/nowhere');
    assert.deepEqual((await server.control('GET /requests')).requests, [
      { method: 'GET', path: '/userinfo' },
      { method: 'GET', path: '/nowhere' },
    ]);
    await server.control('POST /requests/reset', {});
    assert.deepEqual((await server.control('GET /requests')).requests, []);
  } finally {
    await server.stop();
  }
});

test('the process prints one line and exits with its input or after MAX_SECONDS', { timeout: SECONDS * 1000 }, async () => {
  const server = await start();
  await registered(server);
  assert.equal(await server.stop(), 0);
  assert.equal(server.output().trim().split('\n').length, 1);

  const brief = await start({}, { MAX_SECONDS: '1' });
  assert.deepEqual(await brief.exited, [0, null]);
});
