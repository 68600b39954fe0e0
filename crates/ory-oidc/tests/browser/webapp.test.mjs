// What users of the example `webapp` see, in a real browser and with a certified provider.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startApp, startBrowser, startInside, startProvider } from './world.mjs';

let provider;
let app;
let browser;
let contexts;
/** What the pages wrote to their consoles as an error. */
let complaints;

before(async () => {
  provider = await startProvider();
  app = await startApp(provider);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  const code = await app?.stop();
  const left = await provider?.clients();
  await provider?.stop();
  assert.equal(code, 0, 'the app ends well');
  assert.deepEqual(left, [], 'and deletes its registration');
});

beforeEach(() => {
  contexts = [];
  complaints = [];
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  assert.deepEqual(complaints, []);
});

/** A browser of its own, as far as cookies go. */
async function user() {
  const context = await browser.newContext();
  context.setDefaultTimeout(10_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

async function logIn(page, { url } = app) {
  await page.goto(url);
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.waitForURL(`${url}/`);
}

/** Who the app says the browser's user is. */
async function whoAmI(page, { url } = app) {
  await page.goto(url);
  return await page.locator('#sub').count() ? page.locator('#sub').textContent() : undefined;
}

/** Where the app sends this browser, which does not go there yet. */
async function sentTo(page, method, path) {
  const answer = await page.request.fetch(`${app.url}${path}`, { method, maxRedirects: 0 });
  assert.equal(answer.status(), 303);
  return new URL(answer.headers().location);
}

/** A page that says in words that something was refused; its status is the only complaint. */
async function assertRefused(page, response, path, status, words) {
  const { origin, pathname } = new URL(page.url());
  assert.equal(origin + pathname, app.url + path);
  assert.equal(response.status(), status);
  assert.match(await page.locator('#problem').textContent(), words);
  assert.equal(await page.getByRole('link', { name: 'Start' }).getAttribute('href'), '/');
  complaints = complaints.filter((text) => !text.includes(`status of ${status} `));
}

/** For a person to look at. */
async function picture(page, name) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`) });
}

test('who logs in is greeted by name', async () => {
  const page = await user();
  await page.goto(app.url);
  assert.match(await page.locator('body').textContent(), /You are not logged in/);
  await picture(page, 'stranger');
  await logIn(page);
  assert.equal(await page.locator('#name').textContent(), 'Name of user-1');
  assert.equal(await page.locator('#sub').textContent(), 'user-1');
  await picture(page, 'user');

  const cookies = await page.context().cookies(app.url);
  const { httpOnly, sameSite } = cookies.find(({ name }) => name === 'session');
  assert.deepEqual({ httpOnly, sameSite }, { httpOnly: true, sameSite: 'Lax' });
  assert.equal(cookies.some(({ name }) => name === 'login'), false, 'the log-in left nothing behind');
});

test('a name is text and not HTML', async () => {
  const page = await user();
  const away = await sentTo(page, 'GET', '/login');
  const name = '<b id="bold">"&\'</b>';
  away.searchParams.set('login_hint', name);
  await page.goto(away.href);
  assert.equal(await page.locator('#sub').textContent(), name);
  assert.equal(await page.locator('#bold').count(), 0);
});

test('who logs out is logged out at the app and at the provider', async () => {
  const page = await user();
  await logIn(page);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Goodbye' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/bye');
  await picture(page, 'bye');
  assert.equal(await whoAmI(page), undefined);

  // With `prompt=none` the provider answers out of its session, or not at all.
  const away = await sentTo(page, 'GET', '/login');
  away.searchParams.set('prompt', 'none');
  const response = await page.goto(away.href);
  assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required');
  await assertRefused(page, response, '/callback', 403, /did not let you in/);
});

test('with a session at the provider, no prompt is needed', async () => {
  const page = await user();
  await logIn(page);
  const away = await sentTo(page, 'GET', '/login');
  away.searchParams.set('prompt', 'none');
  await page.goto(away.href);
  assert.equal(page.url(), `${app.url}/`);
  assert.equal(await whoAmI(page), 'user-1');
});

test('a log-out at another app ends the session here, and no other', async () => {
  const other = await startApp(provider, '127.0.0.1');
  try {
    const [page, elsewhere] = [await user(), await user()];
    await logIn(elsewhere);
    await logIn(page);
    await logIn(page, other);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${other.url}/bye?**`);

    // This browser has not been here since; the provider has.
    const cookies = await page.context().cookies(app.url);
    assert.ok(cookies.some(({ name }) => name === 'session'));
    assert.equal(await whoAmI(page), undefined);
    assert.equal(await whoAmI(elsewhere), 'user-1', 'in another session of the same user');
  } finally {
    assert.equal(await other.stop(), 0);
  }
});

test('where the app reaches the provider at another address than browsers do, all goes on', async () => {
  const inside = await startInside(provider);
  let other;
  try {
    const settings = { ORY_URL: inside.url, ORY_PUBLIC_ISSUER: provider.issuer };
    other = await startApp(provider, '127.0.0.1', settings);
    const page = await user();
    await logIn(page, other);
    assert.equal(await whoAmI(page, other), 'user-1');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${other.url}/bye?**`);
    assert.equal(await whoAmI(page, other), undefined);
  } finally {
    assert.equal(await other?.stop(), 0);
    inside.stop();
  }
  const { authorization_endpoint: outside, token_endpoint: both } = await (
    await fetch(`${provider.issuer}/.well-known/openid-configuration`)
  ).json();
  assert.ok(inside.paths.has(new URL(both).pathname), 'the app asks for tokens inside');
  assert.ok(!inside.paths.has(new URL(outside).pathname), 'no browser comes there');
});

test('a log-out at the provider ends the session here', async () => {
  const page = await user();
  await logIn(page);
  await page.goto(`${provider.issuer}/oauth2/sessions/logout`);
  await page.getByRole('heading', { name: 'Logged out' }).waitFor();
  assert.equal(await whoAmI(page), undefined);
});

test('a made-up logout token ends nothing', async () => {
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
  assert.equal(await whoAmI(page), 'user-1');
});

test('a log-in that comes back with another state is refused', async () => {
  const page = await user();
  const away = await sentTo(page, 'GET', '/login');
  away.searchParams.set('state', 'tampered');
  const response = await page.goto(away.href);
  assert.ok(new URL(page.url()).searchParams.get('code'), 'the provider was content');
  await assertRefused(page, response, '/callback', 400, /no answer to a log-in that your browser began/);
  await picture(page, 'refused');
  assert.equal(await whoAmI(page), undefined);
});

test('a log-in that another browser began is refused', async () => {
  const [victim, attacker] = [await user(), await user()];
  const away = await sentTo(attacker, 'GET', '/login');
  const response = await victim.goto(away.href);
  await assertRefused(victim, response, '/callback', 400, /no answer to a log-in that your browser began/);
});

test('a log-out that comes back with another state is refused', async () => {
  const page = await user();
  await logIn(page);
  const away = await sentTo(page, 'POST', '/logout');
  away.searchParams.set('state', 'tampered');
  const [response] = await Promise.all([page.waitForResponse(`${app.url}/bye?**`), page.goto(away.href)]);
  await page.waitForURL(`${app.url}/bye?**`);
  await assertRefused(page, response, '/bye', 400, /no answer to a log-out that your browser began/);
});

test('who is refused a log-out at the provider is told so', async () => {
  const page = await user();
  await logIn(page);
  const away = await sentTo(page, 'POST', '/logout');
  const back = new URLSearchParams({
    error: 'invalid_request',
    error_description: 'No such session.',
    state: away.searchParams.get('state'),
  });
  const response = await page.goto(`${app.url}/bye?${back}`);
  await assertRefused(page, response, '/bye', 502, /the provider refused to log you out/);
  assert.equal(await whoAmI(page), undefined);
});

test('nobody is told goodbye who did not log out', async () => {
  const page = await user();
  for (const query of ['', '?state=made-up', '?state=a&state=b', '?error=invalid_request']) {
    const response = await page.goto(`${app.url}/bye${query}`);
    await assertRefused(page, response, '/bye', 400, /no answer to a log-out that your browser began/);
  }
});

test('no other site can log a user out', async () => {
  const page = await user();
  await logIn(page);
  await page.goto('about:blank');
  await page.setContent(`<form method="post" action="${app.url}/logout"><button>Win</button></form>`);
  await page.getByRole('button', { name: 'Win' }).click();
  await page.waitForURL(`${app.url}/`);
  assert.equal(await whoAmI(page), 'user-1');
});
