// Runs the WebAssembly module in Node.js.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { logIn, startMock, startServer, textsOf } from './servers.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const { initSync, Ory } = await import(join(process.env.ORY_WASM, 'ory_oidc_wasm.js'));
initSync({ module: readFileSync(join(process.env.ORY_WASM, 'ory_oidc_wasm_bg.wasm')) });

let mock;
before(async () => { mock = await startMock(); });
after(() => mock.stop());

/** Starts a server for one test. */
async function serve(t, answer) {
  const server = await startServer(answer);
  t.after(() => server.stop());
  return server;
}

test('metadata of the provider are fetched, checked and cached for all callers', async (t) => {
  const provider = await new Ory(mock.url).discover();
  assert.equal(provider.issuer, mock.url);
  assert.equal(provider.userinfo_endpoint, `${mock.url}/userinfo`);

  const server = await serve(t, async (request, response) => {
    const answer = await fetch(mock.url + request.url);
    response.end((await answer.text()).replaceAll(mock.url, server.url));
  });
  const ory = new Ory(server.url);
  const providers = await Promise.all(Array.from({ length: 10 }, () => ory.discover()));
  providers.push(await ory.discover());
  assert.deepEqual(new Set(providers.map(({ issuer }) => issuer)), new Set([server.url]));
  assert.equal(server.requests.length, 1);
});

test('metadata of another issuer are refused', async (t) => {
  const server = await serve(t, async (request, response) => {
    const answer = await fetch(mock.url + request.url);
    response.end(await answer.text());
  });
  await assert.rejects(new Ory(server.url).discover(), { kind: 'Validation' });
});

test('claims of the user of an access token are returned', async () => {
  const token = await logIn(mock.url);
  const ory = new Ory(mock.url);
  const claims = await ory.userinfo(token, 'user-1');
  assert.equal(claims.sub, 'user-1');
  assert.equal(claims.email, 'user-1@example.com');
  await assert.rejects(ory.userinfo(token, 'somebody-else'), { kind: 'Validation' });
});

test('refused access token is unauthorized, and not in the error', async () => {
  const token = 'ory_at_revoked';
  await assert.rejects(new Ory(mock.url).userinfo(token), (error) => {
    assert.equal(error.kind, 'Unauthorized');
    assert.equal(error.status, 401);
    assert.doesNotMatch(error.message, /ory_at_revoked/);
    return true;
  });
});

test('client is registered, renamed and deleted', async () => {
  const ory = new Ory(mock.url);
  const wanted = { client_name: 'Zoë ☕', redirect_uris: ['https://app.example/callback'] };
  const registered = await ory.register(wanted);
  const renamed = await ory.rename(registered, 'Another name ✓');
  assert.equal(renamed.client_id, registered.client_id);
  assert.notEqual(renamed.registration_access_token, registered.registration_access_token);
  const read = await fetch(`${mock.url}/oauth2/register/${renamed.client_id}`, {
    headers: { authorization: `Bearer ${renamed.registration_access_token}` },
  });
  assert.equal((await read.json()).client_name, 'Another name ✓');
  await assert.rejects(ory.rename(registered, 'A third name'), { kind: 'Unauthorized', status: 401 });
  await ory.delete(renamed);
  await assert.rejects(ory.delete(renamed), { kind: 'Unauthorized', status: 401 });
});

test('redirect is not followed, so that no other server gets the token', async (t) => {
  const other = await serve(t, (_, response) => response.end('{"sub":"user-1"}'));
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await serve(t, (_, response) => response.writeHead(status, { location: `${other.url}/userinfo` }).end());
    await assert.rejects(new Ory(server.url).userinfo('ory_at_example'), { kind: 'ErrorResponse', status });
    assert.equal(server.requests[0].headers.authorization, 'Bearer ory_at_example');
  }
  assert.equal(other.requests.length, 0);
});

test('body beyond the limit is refused while it arrives', async (t) => {
  const endless = function* () {
    yield '{"sub":"user-1","x":"';
    while (true) yield 'x'.repeat(65536);
  };
  const server = await serve(t, (_, response) => Readable.from(endless()).pipe(response));
  await assert.rejects(new Ory(server.url).userinfo('ory_at_example'), { kind: 'Decode', message: /larger than/ });
  await server.aborted;
});

test('response that does not arrive in time is a time-out, and its request is aborted', async (t) => {
  const silent = await serve(t, () => {});
  const begun = await serve(t, (_, response) => response.write('{"sub":'));
  for (const server of [silent, begun]) {
    await assert.rejects(new Ory(server.url, 200).userinfo('ory_at_example'), { kind: 'Timeout' });
    await server.aborted;
  }
});

test('response that breaks off is an error of the connection', async (t) => {
  const server = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"sub":', () => response.destroy());
  });
  await assert.rejects(new Ory(server.url).userinfo('ory_at_example'), { kind: 'ConnectionClosed' });
});

test('server that cannot be reached is unavailable, with the reason that the runtime tells', async (t) => {
  const server = await startServer(() => {});
  server.stop();
  const ory = new Ory(server.url);
  await assert.rejects(ory.userinfo('ory_at_example'), (error) => {
    assert.equal(error.kind, 'Unavailable');
    assert.match(error.cause.message, /refused/i);
    return true;
  });
  // A change may have been made: the runtime does not tell.
  await assert.rejects(ory.register({ redirect_uris: [] }), { kind: 'OutcomeUnknown' });
});

test('error of a failed fetch does not show the query, even if the runtime does', async (t) => {
  const server = await startServer(() => {});
  server.stop();
  const refuse = (url) => { throw new TypeError(`no permission for ${url}`, { cause: new Error(`GET ${url}`) }); };
  const cut = (url) => { throw new TypeError(`cannot load ${url.slice(0, -2)}`); };
  const { fetch } = globalThis;
  t.after(() => { globalThis.fetch = fetch; });
  for (const [failing, words] of [[fetch, /refused/i], [refuse, /^no permission for .*: GET /], [cut, /^cannot load /]]) {
    globalThis.fetch = failing;
    await assert.rejects(new Ory(server.url).probe_logout('eyJzebra'), (error) => {
      assert.equal(error.kind, 'Unavailable');
      assert.match(error.cause.message, words);
      const texts = textsOf(error);
      assert.ok(texts.length >= 4);
      for (const text of texts) assert.doesNotMatch(text, /zeb/);
      return true;
    });
  }
});

test('failed read is repeated', async (t) => {
  const server = await serve(t, (_, response, count) => {
    if (count < 3) response.writeHead(503).end();
    else response.writeHead(200, JSON_TYPE).end('{"sub":"user-1"}');
  });
  assert.equal((await new Ory(server.url).userinfo('ory_at_example')).sub, 'user-1');
  assert.equal(server.requests.length, 3);
});

test('compressed body is decoded by the runtime', async (t) => {
  const server = await serve(t, (request, response) => {
    assert.match(request.headers['accept-encoding'], /gzip/);
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync('{"sub":"user-1"}'));
  });
  assert.equal((await new Ory(server.url).userinfo('ory_at_example')).sub, 'user-1');
});

test('call leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const earlier = timers();
  await new Ory(mock.url).discover();
  // The timer is cleared by a task of its own.
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.equal(timers(), earlier);
});
