// Tests of what the Rust tests rely on: registration, userinfo and logout.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { bearer, Browser, BYE, codeFlow, registered, SERVER_SET, start, verified, WANTED, without } from './harness.mjs';

let op;
before(async () => { op = await start(); });
after(async () => { await op?.stop(); });

test('discovery lists the paths of Ory', async () => {
  const { status, json } = await op.send('/.well-known/openid-configuration');
  assert.equal(status, 200);
  assert.equal(json.issuer, op.issuer);
  const paths = {
    authorization_endpoint: '/oauth2/auth',
    token_endpoint: '/oauth2/token',
    registration_endpoint: '/oauth2/register',
    userinfo_endpoint: '/userinfo',
    end_session_endpoint: '/oauth2/sessions/logout',
    revocation_endpoint: '/oauth2/revoke',
    jwks_uri: '/.well-known/jwks.json',
  };
  for (const [name, path] of Object.entries(paths)) assert.equal(json[name], op.issuer + path);
  assert.deepEqual(json.id_token_signing_alg_values_supported, ['RS256', 'ES256', 'EdDSA']);
  assert.equal('device_authorization_endpoint' in json, false);
  assert.equal('frontchannel_logout_supported' in json, false);
});

test('a registration can be created, read, updated with token rotation, and deleted', async () => {
  const created = await registered(op);
  assert.ok(created.registration_access_token && created.client_secret);
  assert.equal(created.client_secret_expires_at, 0);
  assert.equal(created.client_name, WANTED.client_name);
  assert.equal(created.registration_client_uri, `${op.issuer}/oauth2/register/${created.client_id}`);
  assert.equal('audience' in created, false, 'unknown members are dropped');

  const path = `/${created.client_id}`;
  const first = created.registration_access_token;
  const read = await op.reg('GET', path, first);
  assert.equal(read.status, 200);
  assert.deepEqual(read.json, created, 'a read returns the secret and the token');

  const updated = await op.reg('PUT', path, first, { ...without(read.json, ...SERVER_SET), client_name: 'Renamed' });
  assert.equal(updated.status, 200, updated.text);
  const second = updated.json.registration_access_token;
  assert.notEqual(second, first);
  assert.deepEqual(updated.json, { ...created, client_name: 'Renamed', registration_access_token: second });

  const old = await op.reg('GET', path, first);
  assert.equal(old.status, 401);
  assert.equal(old.json.error, 'invalid_token');
  assert.match(old.headers.get('www-authenticate'), /^Bearer realm="[^"]+", error="invalid_token", error_description/);

  const deleted = await op.reg('DELETE', path, second);
  assert.equal(deleted.status, 204);
  assert.equal(deleted.text, '');
  assert.equal((await op.reg('DELETE', path, second)).status, 401);
  assert.equal((await op.reg('GET', path, second)).status, 401);
});

test('an update needs the client_id, accepts the current secret or none, and rejects server-set members', async () => {
  const created = await registered(op);
  const path = `/${created.client_id}`;
  const token = created.registration_access_token;
  const body = without(created, ...SERVER_SET);
  const refused = async (change, error, description) => {
    const { status, json } = await op.reg('PUT', path, token, change);
    assert.deepEqual([status, json.error], [400, error], JSON.stringify(json));
    assert.match(json.error_description, description);
  };
  for (const name of SERVER_SET) {
    await refused({ ...body, [name]: created[name] }, 'invalid_request', new RegExp(`MUST NOT include the ${name} field`));
  }
  await refused(without(body, 'client_id'), 'invalid_request', /provided client_id does not match/);
  await refused({ ...body, client_id: 'other' }, 'invalid_request', /provided client_id does not match/);
  await refused({ ...body, client_secret: 'wrong' }, 'invalid_request', /provided client_secret does not match/);
  await refused({ ...body, redirect_uris: ['x#y'] }, 'invalid_redirect_uri', /valid uris/);
  await refused(without(body, 'redirect_uris'), 'invalid_redirect_uri', /mandatory/);

  const same = await op.reg('GET', path, token);
  assert.equal(same.status, 200, 'a rejected update does not rotate the token');

  const secretless = await op.reg('PUT', path, token, {
    ...without(body, 'client_secret'), client_name: '', contacts: null,
  });
  assert.equal(secretless.status, 200);
  assert.equal(secretless.json.client_secret, created.client_secret, 'the secret is unchanged');
  assert.equal('client_name' in secretless.json, false, 'null and "" remove a member');
  assert.equal('contacts' in secretless.json, false);
});

test('some members that Ory drops are stored and survive an update', async () => {
  const more = { software_id: '4NRB1', software_version: '2', 'client_name#ja': 'クライアント' };
  const created = await registered(op, more);
  for (const [name, value] of Object.entries(more)) assert.equal(created[name], value);
  const body = without(created, ...SERVER_SET);
  const updated = await op.reg('PUT', `/${created.client_id}`, created.registration_access_token, body);
  for (const [name, value] of Object.entries(more)) assert.equal(updated.json[name], value);
});

test('a registration token used for another client is rejected and revoked', async () => {
  const [mine, other] = [await registered(op), await registered(op)];
  const token = mine.registration_access_token;
  assert.equal((await op.reg('GET', `/${other.client_id}`, token)).status, 401);
  assert.equal((await op.reg('GET', `/${mine.client_id}`, token)).status, 401);
  assert.equal((await op.reg('GET', `/${other.client_id}`, other.registration_access_token)).status, 200);
});

test('invalid registrations are rejected with the error codes of RFC 7591', async () => {
  const refused = async (body, error) => {
    const response = await op.reg('POST', '', undefined, body);
    assert.deepEqual([response.status, response.json?.error], [400, error], response.text);
  };
  await refused({ ...WANTED, redirect_uris: ['http://a/b#c'] }, 'invalid_redirect_uri');
  await refused({ ...WANTED, redirect_uris: 'string' }, 'invalid_redirect_uri');
  await refused({}, 'invalid_redirect_uri');
  await refused({ ...WANTED, grant_types: ['nope'] }, 'invalid_client_metadata');
  await refused({ ...WANTED, token_endpoint_auth_method: 'nope' }, 'invalid_client_metadata');
  await refused({ ...WANTED, scope: 'openid nope' }, 'invalid_client_metadata');
  await refused({ ...WANTED, policy_uri: '' }, 'invalid_client_metadata');
  await refused({ ...WANTED, contacts: null }, 'invalid_client_metadata');
  await refused({ ...WANTED, jwks: { keys: [] }, jwks_uri: 'https://a.example/jwks' }, 'invalid_client_metadata');
});

test('a read without a token or with another scheme is rejected', async () => {
  const { client_id: id } = await registered(op);
  const none = await op.reg('GET', `/${id}`);
  assert.equal(none.status, 401);
  assert.equal(none.headers.get('www-authenticate'), `Bearer realm="${op.issuer}"`);
  const basic = await op.send(`/oauth2/register/${id}`, { headers: { authorization: 'Basic YTpi' } });
  assert.deepEqual([basic.status, basic.json.error], [400, 'invalid_request']);
});

test('userinfo returns the claims of the token, including custom claims', async () => {
  const claims = {
    email: 'x@example.com', address: { country: 'NL' }, groups: ['a'], team: { id: 7 }, 'name#nl': 'Zoë',
  };
  const { access_token: token } = await op.control('POST /access-token', { sub: 'user-zoë', claims });
  const { status, headers, json } = await op.send('/userinfo', bearer(token));
  assert.equal(status, 200);
  assert.match(headers.get('content-type'), /^application\/json/);
  assert.deepEqual(json, { ...claims, sub: 'user-zoë' });

  assert.deepEqual(await op.control('POST /revoke', { access_token: token }), { revoked: true });
  assert.equal((await op.send('/userinfo', bearer(token))).status, 401);
});

test('userinfo returns distributed claims', async () => {
  const claims = {
    _claim_names: { payment_info: 'src1' },
    _claim_sources: { src1: { endpoint: 'https://bank.example/claims', access_token: 'x' } },
  };
  const { access_token: token } = await op.control('POST /access-token', { sub: 'user-1', claims });
  assert.deepEqual((await op.send('/userinfo', bearer(token))).json, { ...claims, sub: 'user-1' });
});

test('userinfo is signed with the algorithm that the client registered', async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { client_id: id } = await registered(op, { userinfo_signed_response_alg: alg });
    const { access_token: token } = await op.control('POST /access-token', {
      client_id: id, sub: 'user-1', claims: { groups: ['a'] },
    });
    const { status, headers, text } = await op.send('/userinfo', bearer(token));
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/jwt; charset=utf-8');
    const claims = await verified(op, text);
    assert.equal(claims.alg, alg);
    assert.deepEqual(
      { sub: claims.sub, groups: claims.groups, iss: claims.iss, aud: claims.aud, exp: typeof claims.exp },
      { sub: 'user-1', groups: ['a'], iss: op.issuer, aud: id, exp: 'number' },
    );
  }
});

test('userinfo rejects invalid tokens with a challenge', async () => {
  const bad = await op.send('/userinfo', bearer('nope'));
  assert.equal(bad.status, 401);
  assert.deepEqual(bad.json, { error: 'invalid_token', error_description: 'invalid token provided' });
  assert.equal(
    bad.headers.get('www-authenticate'),
    `Bearer realm="${op.issuer}", error="invalid_token", error_description="invalid token provided"`,
  );
  const none = await op.send('/userinfo');
  assert.equal(none.status, 401);
  // Two challenges in two headers, which fetch joins. The first one has no `error`.
  assert.equal(
    none.headers.get('www-authenticate'),
    `Bearer realm="${op.issuer}", DPoP realm="${op.issuer}", algs="ES256 Ed25519 EdDSA"`,
  );
  const { access_token: expired } = await op.control('POST /access-token', { sub: 'user-1', expires_in: -3600 });
  assert.equal((await op.send('/userinfo', bearer(expired))).status, 401);
  const { access_token: narrow } = await op.control('POST /access-token', { sub: 'user-1', scope: 'email' });
  const insufficient = await op.send('/userinfo', bearer(narrow));
  assert.deepEqual([insufficient.status, insufficient.json.error], [403, 'insufficient_scope']);
  assert.match(insufficient.headers.get('www-authenticate'), /scope="openid"/);
});

test('logout with a hint responds with a form that submits itself, then redirects', async () => {
  const { client_id: id } = await registered(op);
  for (const expiresIn of [3600, -3600]) {
    const { id_token: hint } = await op.control('POST /id-token', { client_id: id, sub: 'user-1', expires_in: expiresIn });
    const query = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: BYE, state: 'st' });
    const browser = new Browser();
    const page = await browser.go(`${op.issuer}/oauth2/sessions/logout?${query}`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.match(page.text, /action="[^"]+\/oauth2\/sessions\/logout\/confirm"/);
    const { response, left } = await browser.submit(page.text);
    assert.equal(response.status, 303);
    assert.equal(left.href, `${BYE}?state=st`);
  }
});

test('logout errors are responses, not redirects', async () => {
  const { client_id: id } = await registered(op);
  const { id_token: hint } = await op.control('POST /id-token', { client_id: id, sub: 'user-1' });
  const logout = (params) => op.send(`/oauth2/sessions/logout?${new URLSearchParams(params)}`);
  const bad = await logout({ id_token_hint: 'abc' });
  assert.deepEqual([bad.status, bad.json.error], [400, 'invalid_request']);
  const evil = await logout({ id_token_hint: hint, post_logout_redirect_uri: 'http://evil.example/' });
  assert.deepEqual([evil.status, evil.json.error_description], [400, 'post_logout_redirect_uri not registered']);
  // These are no errors here: the URI is ignored if the client is unknown.
  assert.equal((await logout({ post_logout_redirect_uri: BYE })).status, 200);
  assert.equal((await logout({ state: 'st' })).status, 200);
  assert.equal((await logout({})).status, 200);
});

test('a code flow with PKCE starts a session, and logout ends it', async () => {
  const client = await registered(op, { token_endpoint_auth_method: 'none' });
  assert.equal('client_secret' in client, false);
  const browser = new Browser();
  const { authorization, tokens } = await codeFlow(op, client, browser);
  assert.ok(tokens.refresh_token);
  const id = await verified(op, tokens.id_token);
  assert.deepEqual([id.sub, id.aud, id.nonce, id.alg], ['zoe', client.client_id, 'n', 'RS256']);

  const { json: user } = await op.send('/userinfo', bearer(tokens.access_token));
  assert.deepEqual(user, { sub: 'zoe', groups: ['a', 'b'], email: 'zoe@example.com', email_verified: true });

  const query = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: BYE });
  const page = await browser.go(`${op.issuer}/oauth2/sessions/logout?${query}`);
  assert.equal(page.status, 200);
  assert.equal((await browser.submit(page.text)).left.href, BYE);
  const again = await browser.follow(authorization.replace('prompt=consent', 'prompt=none'));
  assert.equal(again.left.searchParams.get('error'), 'login_required', 'the session has ended');
});

test('logout sends a logout token to a client of the session on the loopback interface', async () => {
  const arrived = [];
  const listener = createServer(async (req, res) => {
    const chunks = await req.toArray();
    arrived.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token'));
    res.end();
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const client = await registered(op, {
      token_endpoint_auth_method: 'none',
      backchannel_logout_uri: `http://127.0.0.1:${listener.address().port}/backchannel-logout`,
      backchannel_logout_session_required: true,
    });
    const browser = new Browser();
    const { tokens } = await codeFlow(op, client, browser);
    const { sid } = await verified(op, tokens.id_token);
    assert.ok(sid);
    const page = await browser.go(`${op.issuer}/oauth2/sessions/logout`);
    await browser.submit(page.text);
    assert.equal(arrived.length, 1, 'the logout token arrives before the response to the browser');
    const claims = await verified(op, arrived[0]);
    assert.deepEqual(
      { iss: claims.iss, aud: claims.aud, sub: claims.sub, sid: claims.sid, events: claims.events, nonce: claims.nonce },
      {
        iss: op.issuer,
        aud: client.client_id,
        sub: 'zoe',
        sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        nonce: undefined,
      },
    );
  } finally {
    listener.closeAllConnections();
    listener.close();
  }
});
