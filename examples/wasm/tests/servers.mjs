// The servers that the tests send requests to: the mock server of Ory, and one that answers as a test wants.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CALLBACK = 'http://127.0.0.1:3000/callback';
const CLIENT = {
  client_id: 'my-app',
  client_secret: 'secret-of-my-app',
  redirect_uris: [CALLBACK],
  scope: 'openid email',
  token_endpoint_auth_method: 'client_secret_post',
};
const USER = { sub: 'user-1', email: 'user-1@example.com', name: 'Zoë ☕' };

/** Starts the mock server of Ory, with a client and a user who is logged in at once. */
export async function startMock() {
  const folder = await mkdtemp(join(tmpdir(), 'ory-oidc-wasm-'));
  const [client, claims] = [join(folder, 'client.json'), join(folder, 'claims.json')];
  await writeFile(client, JSON.stringify(CLIENT));
  await writeFile(claims, JSON.stringify(USER));
  const options = ['--port', '0', '--admin-port', '0', '--client', client, '--claims', claims];
  const mock = spawn(process.env.ORY_MOCK, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(mock, 'exit');
  let url;
  for await (const line of createInterface({ input: mock.stdout })) {
    url = line.match(/^Public endpoints: (\S+)$/)?.[1];
    if (url) break;
  }
  assert.ok(url, 'the mock server prints its URL');
  return {
    url,
    async stop() {
      mock.kill();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** Logs the user in at the mock server, and returns an access token. */
export async function logIn(url) {
  const query = new URLSearchParams({
    client_id: CLIENT.client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: CLIENT.scope,
    state: 'a-state-of-the-tests',
  });
  let next = `${url}/oauth2/auth?${query}`;
  let cookies = [];
  while (!next.startsWith(CALLBACK)) {
    const response = await fetch(next, { redirect: 'manual', headers: { cookie: cookies.join('; ') } });
    assert.ok(response.status >= 300 && response.status < 400, `${response.status}: ${await response.text()}`);
    cookies = [...cookies, ...response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])];
    next = new URL(response.headers.get('location'), next).href;
  }
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: new URL(next).searchParams.get('code'),
      redirect_uri: CALLBACK,
      client_id: CLIENT.client_id,
      client_secret: CLIENT.client_secret,
    }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).access_token;
}

/** Starts a server that answers with a function, and notes the requests and those that the client aborted. */
export async function startServer(answer) {
  const requests = [];
  let noteAbort;
  const aborted = new Promise((resolve) => { noteAbort = resolve; });
  const server = createServer((request, response) => {
    requests.push(request);
    response.on('close', () => { if (!response.writableFinished) noteAbort(); });
    answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    aborted,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Returns all texts of an error and its causes. */
export function textsOf(error) {
  const texts = [];
  for (let next = error; next; next = next.cause) texts.push(next.message, next.stack, next.debug);
  return texts.filter((text) => text !== undefined);
}
