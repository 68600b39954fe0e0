// Tests the example `openidconnect`, a terminal program that needs a browser for the login.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SERVERS, startBrowser, startProgram } from './world.mjs';

for (const [name, startServer] of Object.entries(SERVERS)) test(`the example logs in with the browser and deletes its registration, on ${name}`, async () => {
  const provider = await startServer();
  let browser;
  let example;
  try {
    browser = await startBrowser();
    example = await startProgram('examples/openidconnect', { ORY_URL: provider.issuer });
    const page = await browser.newPage();
    await page.goto(/^Open (http:\S+)$/.exec(example.lines[0])[1]);
    assert.equal(await page.locator('body').textContent(), 'Return to the terminal.');
    const [code] = await example.exited;
    assert.equal(code, 0);
    assert.deepEqual(example.lines.slice(1), [
      'The ID token is for user-1',
      "The user's name is Name of user-1",
      'To log out, send the browser to /oauth2/sessions/logout?…',
    ]);
    assert.deepEqual(await provider.clients(), []);
  } finally {
    example?.end();
    await browser?.close();
    await provider.stop();
  }
});
