// Runs the WebAssembly module in a page of a browser, whose rules Node.js does not have.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer, textsOf } from './servers.mjs';

const PAGE = `<!doctype html><script type="module">
  import init, { Ory } from './ory_oidc_wasm.js';
  await init();
  const outcome = (promise) => promise.catch(({ kind, status, message }) => ({ kind, status, message }));
  const own = new Ory(location.origin);
  const foreign = new Ory(new URLSearchParams(location.search).get('foreign'), 2000);
  const results = {
    user: await outcome(own.userinfo('ory_at_example')),
    again: await outcome(own.userinfo('ory_at_example')),
    refused: await outcome(own.userinfo('ory_at_refused')),
    redirected: await outcome(own.userinfo('ory_at_redirected')),
    foreign: await outcome(foreign.userinfo('ory_at_example')),
  };
  const textsOf = ${textsOf};
  const probe = () => foreign.probe_logout('eyJzebra').catch((error) => textsOf(error));
  const { fetch } = window;
  results.failures = [await probe()];
  window.fetch = (url) => { throw new TypeError('no permission for ' + url); };
  results.failures.push(await probe());
  await fetch('/results', { method: 'POST', body: JSON.stringify(results) });
</script>`;

/** Opens a page in a browser until the test ends. */
async function open(t, url) {
  const profile = await mkdtemp(join(tmpdir(), 'ory-oidc-wasm-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`];
  const browser = spawn(process.env.CHROMIUM, [...options, url], { stdio: 'ignore' });
  const exited = once(browser, 'exit');
  t.after(async () => {
    browser.kill();
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  });
}

test('page of a browser gets claims, but follows no redirect, sends no cookie and caches nothing', { timeout: 50_000 }, async (t) => {
  // A server that lets no page of another origin read its responses.
  const foreign = await startServer((_, response) => response.end('{"sub":"user-1"}'));
  t.after(() => foreign.stop());
  let report;
  const reported = new Promise((resolve) => { report = resolve; });
  const tokens = {
    'Bearer ory_at_example': (response) => response.setHeader('cache-control', 'max-age=60').end('{"sub":"user-1"}'),
    'Bearer ory_at_refused': (response) => response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
    'Bearer ory_at_redirected': (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
  };
  const server = await startServer(async (request, response) => {
    const { pathname } = new URL(request.url, server.url);
    if (pathname === '/') {
      response.setHeader('set-cookie', 'session=1');
      response.setHeader('content-type', 'text/html');
      response.end(PAGE);
    } else if (pathname.startsWith('/ory_oidc_wasm')) {
      response.setHeader('content-type', pathname.endsWith('.js') ? 'text/javascript' : 'application/wasm');
      response.end(await readFile(join(process.env.ORY_WASM, pathname)));
    } else if (pathname === '/results') {
      report(JSON.parse((await request.toArray()).join('')));
      response.end();
    } else if (pathname === '/userinfo') {
      response.setHeader('content-type', 'application/json');
      tokens[request.headers.authorization](response);
    } else {
      response.writeHead(404).end();
    }
  });
  t.after(() => server.stop());

  await open(t, `${server.url}/?foreign=${foreign.url}`);
  const { user, again, refused, redirected, foreign: hidden, failures } = await reported;
  assert.deepEqual([user, again], [{ sub: 'user-1' }, { sub: 'user-1' }]);
  assert.equal(refused.kind, 'Unauthorized');
  assert.equal(refused.status, 401);
  assert.equal(redirected.kind, 'Decode');
  assert.match(redirected.message, /the browser hides where to/);
  assert.equal(hidden.kind, 'Unavailable');
  // No error shows the query of the URL, even if the runtime does.
  const [failed, denied] = failures.map((texts) => texts.join(' '));
  assert.match(failed, /Failed to fetch/);
  assert.match(denied, /no permission for http/);
  assert.doesNotMatch(failed + denied, /zebra/);
  const paths = server.requests.map(({ url }) => url);
  assert.ok(!paths.includes('/elsewhere'), paths.join());
  const calls = server.requests.filter(({ url }) => url === '/userinfo');
  assert.equal(calls.length, 4, 'nothing comes from the cache of the browser');
  assert.ok(calls.every(({ headers }) => headers.cookie === undefined));
  // The page itself has the cookie.
  assert.equal(server.requests.find(({ url }) => url === '/results').headers.cookie, 'session=1');
  // The browser asks for permission first, and then sends no token.
  const asked = foreign.requests.filter(({ url }) => url === '/userinfo');
  assert.ok(asked.length > 0);
  for (const { method, headers } of asked) {
    assert.equal(method, 'OPTIONS');
    assert.equal(headers.authorization, undefined);
  }
});
