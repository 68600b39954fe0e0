// Tests the web app with a real browser, on each server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { startApp, startBrowser, startInternalProxy, SERVERS } from './world.mjs';

for (const [name, startServer] of Object.entries(SERVERS)) describe(`on ${name}`, () => {
  let provider;
  let app;
  let browser;
  let contexts;
  /** The errors on the consoles of the pages. */
  let consoleErrors;

  before(async () => {
    provider = await startServer();
    app = await startApp(provider);
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    const code = await app?.stop();
    const remaining = await provider?.clients();
    await provider?.stop();
    assert.equal(code, 0, 'the app exits without an error');
    assert.deepEqual(remaining, [], 'the app deletes its registration');
  });

  beforeEach(() => {
    contexts = [];
    consoleErrors = [];
  });

  afterEach(async () => {
    for (const context of contexts) await context.close();
    assert.deepEqual(consoleErrors, []);
  });

  /** Opens a page with its own cookies. */
  async function user() {
    const context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    contexts.push(context);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    return page;
  }

  async function logIn(page, { url } = app) {
    await page.goto(url);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.waitForURL(`${url}/`);
  }

  /** Returns the subject that the app shows, or undefined if nobody is logged in. */
  async function loggedInSubject(page, { url } = app) {
    await page.goto(url);
    return await page.locator('#sub').count() ? page.locator('#sub').textContent() : undefined;
  }

  /** Returns the URL that the app redirects to, without following the redirect. */
  async function redirectOf(page, method, path) {
    const answer = await page.request.fetch(`${app.url}${path}`, { method, maxRedirects: 0 });
    assert.equal(answer.status(), 303);
    return new URL(answer.headers().location);
  }

  /** Asserts that the app shows an error page. Its status is the only error on the console. */
  async function assertRefused(page, response, path, status, words) {
    const { origin, pathname } = new URL(page.url());
    assert.equal(origin + pathname, app.url + path);
    assert.equal(response.status(), status);
    assert.match(await page.locator('#problem').textContent(), words);
    assert.equal(await page.getByRole('link', { name: 'Go to the home page' }).getAttribute('href'), '/');
    consoleErrors = consoleErrors.filter((text) => !text.includes(`status of ${status} `));
  }

  /** Takes a screenshot for a person to look at. */
  async function screenshot(page, name) {
    if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
  }

  test('after login the app shows the name of the user', async () => {
    const page = await user();
    await page.goto(app.url);
    assert.match(await page.locator('body').textContent(), /You are not logged in/);
    await screenshot(page, 'logged-out');
    await logIn(page);
    assert.equal(await page.locator('#name').textContent(), 'Name of user-1');
    assert.equal(await page.locator('#sub').textContent(), 'user-1');
    await screenshot(page, 'user');

    const cookies = await page.context().cookies(app.url);
    const { httpOnly, sameSite } = cookies.find(({ name }) => name === 'session');
    assert.deepEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: 'Lax' });
    assert.deepEqual(cookies.map(({ name }) => name).filter((name) => name !== 'session' && name.includes('log')), [], 'login leaves no cookie behind');
  });

  test('the session page shows all claims', async () => {
    const page = await user();
    const redirect = await redirectOf(page, 'GET', '/login');
    redirect.searchParams.set('login_hint', 'zoe');
    await page.goto(redirect.href);
    await page.getByRole('link', { name: 'Session' }).click();
    await page.locator('#claims').waitFor();
    const claims = await page.locator('#claims tbody tr').evaluateAll((rows) => Object.fromEntries(rows.map((row) => {
      const items = [...row.cells[1].querySelectorAll('li')].map((item) => item.textContent);
      return [row.cells[0].textContent.trim(), items.length ? items : row.cells[1].textContent.trim()];
    })));
    const expected = {
      sub: 'zoe',
      name: 'Name of zoe',
      given_name: 'Zoë',
      email: 'zoe@example.com',
      email_verified: 'true',
      groups: ['a', 'b'],
      updated_at: '14 November 2023, 22:13 UTC',
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, claims[name]])), expected);
    assert.equal(await page.locator('#email').textContent(), 'zoe@example.com');
    assert.equal(await page.locator('.avatar').textContent(), 'NZ');
    const age = Date.now() - Date.parse(await page.locator('#since').getAttribute('datetime'));
    assert.ok(age >= -1000 && age < 600_000, `the session began ${age} ms ago`);
    await screenshot(page, 'session');
  });

  test('logins in two tabs of one browser both succeed', async () => {
    const page = await user();
    const logins = [await redirectOf(page, 'GET', '/login'), await redirectOf(page, 'GET', '/login')];
    for (const { href } of logins) {
      const tab = await page.context().newPage();
      await tab.goto(href);
      assert.equal(tab.url(), `${app.url}/`);
      assert.equal(await loggedInSubject(tab), 'user-1');
    }
  });

  test('the back button after a login says what happened', async () => {
    const page = await user();
    const login = await redirectOf(page, 'GET', '/login');
    const callback = page.waitForRequest(`${app.url}/callback?**`);
    await page.goto(login.href);
    const response = await page.goto((await callback).url());
    await assertRefused(page, response, '/callback', 400, /not the response to a login that your browser started/);
    assert.equal(await loggedInSubject(page), 'user-1');
  });

  test('a name is escaped and not rendered as HTML', async () => {
    const page = await user();
    const redirect = await redirectOf(page, 'GET', '/login');
    const name = '<b id="bold">"&\'</b>';
    redirect.searchParams.set('login_hint', name);
    await page.goto(redirect.href);
    assert.equal(await page.locator('#sub').textContent(), name);
    assert.equal(await page.locator('#bold').count(), 0);
    await page.goto(`${app.url}/session`);
    assert.equal(await page.locator('#sub').textContent(), name);
    assert.match(await page.locator('#claims').textContent(), /<b id="bold">"&'<\/b>/);
    assert.equal(await page.locator('#bold').count(), 0);
  });

  test('logout ends the sessions at the app and at the provider', async () => {
    const page = await user();
    await logIn(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Goodbye' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/bye');
    await screenshot(page, 'bye');
    assert.equal(await loggedInSubject(page), undefined);

    // With `prompt=none` the provider only accepts an existing session.
    const redirect = await redirectOf(page, 'GET', '/login');
    redirect.searchParams.set('prompt', 'none');
    const response = await page.goto(redirect.href);
    assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required');
    await assertRefused(page, response, '/callback', 403, /did not log you in/);
  });

  test('prompt=none logs in with the session at the provider', async () => {
    const page = await user();
    await logIn(page);
    const redirect = await redirectOf(page, 'GET', '/login');
    redirect.searchParams.set('prompt', 'none');
    await page.goto(redirect.href);
    assert.equal(page.url(), `${app.url}/`);
    assert.equal(await loggedInSubject(page), 'user-1');
  });

  test('logout at another app ends the session at this app, but not in another browser', async () => {
    const other = await startApp(provider, '127.0.0.1');
    try {
      const [page, elsewhere] = [await user(), await user()];
      await logIn(elsewhere);
      await logIn(page);
      await logIn(page, other);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(`${other.url}/bye?**`);

      // The browser still has its cookie: the session ended through the back channel.
      const cookies = await page.context().cookies(app.url);
      assert.ok(cookies.some(({ name }) => name === 'session'));
      assert.equal(await loggedInSubject(page), undefined);
      assert.equal(await loggedInSubject(elsewhere), 'user-1', 'another session of the same user continues');
    } finally {
      assert.equal(await other.stop(), 0);
    }
  });

  test('login and logout work if the app and browsers use different addresses of the provider', async () => {
    const internal = await startInternalProxy(provider);
    let other;
    try {
      const settings = { ORY_URL: internal.url, ORY_PUBLIC_ISSUER: provider.issuer };
      other = await startApp(provider, '127.0.0.1', settings);
      const page = await user();
      await logIn(page, other);
      assert.equal(await loggedInSubject(page, other), 'user-1');
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.waitForURL(`${other.url}/bye?**`);
      assert.equal(await loggedInSubject(page, other), undefined);
    } finally {
      assert.equal(await other?.stop(), 0);
      internal.stop();
    }
    const { authorization_endpoint: authorization, token_endpoint: token } = await (
      await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    ).json();
    assert.ok(internal.paths.has(new URL(token).pathname), 'the app fetches tokens from the internal address');
    assert.ok(!internal.paths.has(new URL(authorization).pathname), 'browsers do not use the internal address');
  });

  test('logout at the provider ends the session at the app', async () => {
    const page = await user();
    await logIn(page);
    await page.goto(`${provider.issuer}/oauth2/sessions/logout`);
    await page.getByRole('heading', { name: 'Logged out' }).waitFor();
    assert.equal(await loggedInSubject(page), undefined);
  });

  test('a logout at the provider before a delayed callback prevents the session', async () => {
    const page = await user();
    let next = new URL('/login', app.url);
    while (next.origin !== app.url || next.pathname !== '/callback') {
      const answer = await page.request.fetch(next.href, { maxRedirects: 0 });
      next = new URL(answer.headers().location, next);
    }
    await page.goto(`${provider.issuer}/oauth2/sessions/logout`);
    await page.getByRole('heading', { name: 'Logged out' }).waitFor();
    const response = await page.goto(next.href);
    // Some providers cancel the code at the logout. Otherwise the app refuses the session.
    const status = response.status();
    assert.ok([403, 502].includes(status), `${status}`);
    await assertRefused(page, response, '/callback', status, status === 403 ? /logged out .* while you logged in/ : /provider/);
    assert.equal(await loggedInSubject(page), undefined);
    await logIn(page);
    assert.equal(await loggedInSubject(page), 'user-1', 'the next login works');
  });

  test('SIGTERM deletes the registration', async () => {
    const before = await provider.clients();
    const other = await startApp(provider, '127.0.0.1', { STOP_SIGNAL: 'TERM' });
    assert.equal((await provider.clients()).length, before.length + 1);
    assert.equal(await other.stop(), 0);
    assert.deepEqual(await provider.clients(), before);
  });

  test('an invalid logout token ends no session', async () => {
    const page = await user();
    await logIn(page);
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const claims = { iss: provider.issuer, sub: 'user-1', iat: Math.floor(Date.now() / 1000), jti: 'x', events };
    for (const body of ['', 'logout_token=', `logout_token=${part({ alg: 'none' })}.${part(claims)}.`]) {
      const answer = await fetch(`${app.url}/backchannel-logout`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
    assert.equal(await loggedInSubject(page), 'user-1');
  });

  test('a login with another state is rejected', async () => {
    const page = await user();
    const redirect = await redirectOf(page, 'GET', '/login');
    redirect.searchParams.set('state', 'tampered');
    const response = await page.goto(redirect.href);
    assert.ok(new URL(page.url()).searchParams.get('code'), 'the provider issued a code');
    await assertRefused(page, response, '/callback', 400, /not the response to a login that your browser started/);
    await screenshot(page, 'refused');
    assert.equal(await loggedInSubject(page), undefined);
  });

  test('a login that another browser started is rejected', async () => {
    const [victim, attacker] = [await user(), await user()];
    const redirect = await redirectOf(attacker, 'GET', '/login');
    const response = await victim.goto(redirect.href);
    await assertRefused(victim, response, '/callback', 400, /not the response to a login that your browser started/);
  });

  test('a logout with another state is rejected', async () => {
    const page = await user();
    await logIn(page);
    const redirect = await redirectOf(page, 'POST', '/logout');
    redirect.searchParams.set('state', 'tampered');
    const [response] = await Promise.all([page.waitForResponse(`${app.url}/bye?**`), page.goto(redirect.href)]);
    await page.waitForURL(`${app.url}/bye?**`);
    await assertRefused(page, response, '/bye', 400, /not the response to a logout that your browser started/);
  });

  test('the app reports that the provider refused the logout', async () => {
    const page = await user();
    await logIn(page);
    const redirect = await redirectOf(page, 'POST', '/logout');
    const back = new URLSearchParams({
      error: 'invalid_request',
      error_description: 'No such session.',
      state: redirect.searchParams.get('state'),
    });
    const response = await page.goto(`${app.url}/bye?${back}`);
    await assertRefused(page, response, '/bye', 502, /the provider refused to log you out/);
    assert.equal(await loggedInSubject(page), undefined);
  });

  test('the goodbye page is shown only after a logout', async () => {
    const page = await user();
    for (const query of ['', '?state=made-up', '?state=a&state=b', '?error=invalid_request']) {
      const response = await page.goto(`${app.url}/bye${query}`);
      await assertRefused(page, response, '/bye', 400, /not the response to a logout that your browser started/);
    }
  });

  test('another site cannot end a login or a logout that is under way', async () => {
    const page = await user();
    const login = await redirectOf(page, 'GET', '/login');
    for (const query of ['', '?state=x', '?error=access_denied', '?state=a&state=b']) {
      const response = await page.goto(`${app.url}/callback${query}`);
      await assertRefused(page, response, '/callback', 400, /not the response to a login/);
    }
    await page.goto(login.href);
    assert.equal(await loggedInSubject(page), 'user-1');

    const logout = await redirectOf(page, 'POST', '/logout');
    for (const [query, status] of [['', 400], ['?state=x', 400], ['?error=x', 400]]) {
      const response = await page.goto(`${app.url}/bye${query}`);
      await assertRefused(page, response, '/bye', status, /./);
    }
    await page.goto(logout.href);
    await page.getByRole('heading', { name: 'Goodbye' }).waitFor();
  });

  test('a link of another site starts a login, but ends none', async () => {
    const page = await user();
    const follow = async () => {
      await page.goto('about:blank');
      await page.setContent(`<a href="${app.url}/login">Win</a>`);
      await page.getByRole('link', { name: 'Win' }).click();
      await page.waitForURL(`${app.url}/`);
    };
    const login = await redirectOf(page, 'GET', '/login');
    for (let tab = 2; tab <= 5; tab += 1) await redirectOf(page, 'GET', '/login');
    await follow();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    await screenshot(page, 'many-logins');
    await page.goto(login.href);
    assert.equal(await loggedInSubject(page), 'user-1');

    await page.context().clearCookies();
    await follow();
    assert.equal(await loggedInSubject(page), 'user-1');
  });

  test('another app on the same site cannot log a user out', async () => {
    const page = await user();
    await logIn(page);
    const form = `<!doctype html><link rel="icon" href="data:,"><form method="post" action="${app.url}/logout"><button>Win</button></form>`;
    const neighbour = createServer((req, res) => res.setHeader('content-type', 'text/html').end(form));
    neighbour.listen(0, 'localhost');
    await once(neighbour, 'listening');
    try {
      await page.goto(`http://localhost:${neighbour.address().port}/`);
      const [response] = await Promise.all([
        page.waitForResponse(`${app.url}/logout`),
        page.getByRole('button', { name: 'Win' }).click(),
      ]);
      await page.locator('#problem').waitFor();
      await assertRefused(page, response, '/logout', 403, /Another app tried to log you out/);
    } finally {
      neighbour.close();
      neighbour.closeAllConnections();
    }
    assert.equal(await loggedInSubject(page), 'user-1');
    // Older browsers send only the origin.
    const older = { method: 'POST', maxRedirects: 0, headers: { origin: 'http://localhost:1' } };
    assert.equal((await page.request.fetch(`${app.url}/logout`, older)).status(), 403);
    assert.equal(await loggedInSubject(page), 'user-1');
  });

  test('another site cannot log a user out', async () => {
    const page = await user();
    await logIn(page);
    await page.goto('about:blank');
    await page.setContent(`<form method="post" action="${app.url}/logout"><button>Win</button></form>`);
    const [response] = await Promise.all([
      page.waitForResponse(`${app.url}/logout`),
      page.getByRole('button', { name: 'Win' }).click(),
    ]);
    await page.locator('#problem').waitFor();
    await assertRefused(page, response, '/logout', 403, /Another app tried to log you out/);
    assert.equal(await loggedInSubject(page), 'user-1');
  });
});
