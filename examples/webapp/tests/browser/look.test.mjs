// Tests the look of the pages, on a phone and on a desktop, in light and in dark colors. Leaves screenshots in the
// folder `screenshots` for a person to look at.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startApp, startBrowser, SERVERS } from './world.mjs';

const SCREENSHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
/** WCAG 2.2, 1.4.3: the contrast of text. */
const MIN_CONTRAST = 4.5;
/** The smallest height of a control that a thumb hits, in CSS pixels. */
const MIN_CONTROL = 40;

/** Runs in the page: returns what is wrong with its texts, as [text, contrast]. */
function lowContrasts(min) {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgba(color).slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return rgba(color)[3] === 255 ? color : background(element.parentElement);
  };
  const low = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    if (!text) continue;
    checked += 1;
    const element = texts.currentNode.parentElement;
    const [one, other] = [getComputedStyle(element).color, background(element)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < min) low.push([text, contrast]);
  }
  return { low, checked };
}

/** Runs in the page: returns its structure, as assistive technology sees it. */
function structure(minControl) {
  const count = (selector) => document.querySelectorAll(selector).length;
  const visible = [...document.querySelectorAll('main a, main button, nav a')];
  return {
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => tagName).join(' '),
    landmarks: [count('body > header'), count('main')],
    unlabelled: count('nav:not([aria-label]), img:not([alt]), section:not([aria-label], [aria-labelledby]):not(:has(h1))'),
    scripts: count('script, style, [style], [onclick]'),
    rules: document.styleSheets[0].cssRules.length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    small: visible.filter((control) => control.getBoundingClientRect().height < minControl).map((control) => control.textContent),
  };
}

describe('the pages', () => {
  let provider;
  let app;
  let browser;

  before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    provider = await SERVERS['the mock server']();
    app = await startApp(provider);
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await app?.stop();
    await provider?.stop();
  });

  /** Logs in the user of a login hint. */
  async function logIn(page, hint) {
    const answer = await page.request.get(`${app.url}/login`, { maxRedirects: 0 });
    const url = new URL(answer.headers().location);
    url.searchParams.set('login_hint', hint);
    await page.goto(url.href);
    await page.waitForURL(`${app.url}/`);
  }

  for (const [size, viewport] of Object.entries(SIZES)) for (const colorScheme of ['light', 'dark']) {
    test(`are readable and fit on a ${size} in ${colorScheme} colors`, async () => {
      const context = await browser.newContext({ viewport, colorScheme });
      try {
        const page = await context.newPage();
        const errors = [];
        const elsewhere = [];
        page.on('console', (message) => errors.push(message.text()));
        page.on('pageerror', (error) => errors.push(error.message));
        const check = async (name, headings, status = 200) => {
          const seen = await page.evaluate(structure, MIN_CONTROL);
          assert.equal(seen.language, 'en', name);
          assert.match(seen.title, /.+ · Example App$/, name);
          assert.equal(seen.headings, headings, name);
          assert.deepEqual(seen.landmarks, [1, 1], name);
          assert.equal(seen.unlabelled, 0, name);
          assert.equal(seen.scripts, 0, name);
          assert.ok(seen.rules > 20, `${name}: the style sheet is loaded`);
          assert.ok(seen.overflow <= 0, `${name}: ${seen.overflow} pixels are beyond the right edge`);
          assert.deepEqual(seen.small, [], `${name}: controls are high enough`);
          const { low, checked } = await page.evaluate(lowContrasts, MIN_CONTRAST);
          assert.deepEqual(low, [], name);
          assert.ok(checked > 3, `${name}: texts were checked`);
          const expected = status === 200 ? [] : [`status of ${status} `];
          assert.equal(errors.length, expected.length, `${name}: ${errors}`);
          for (const [n, words] of expected.entries()) assert.ok(errors[n].includes(words), errors[n]);
          errors.length = 0;
          await page.screenshot({ path: `${SCREENSHOTS}${size}-${colorScheme}-${name}.png`, fullPage: true });
        };
        page.on('request', (request) => {
          if (new URL(request.url()).origin !== app.url) elsewhere.push(request.url());
        });

        await page.goto(app.url);
        await check('welcome', 'H1 H2');
        await page.goto(`${app.url}/callback?state=x`);
        await check('refused', 'H1', 400);
        await page.goto(`${app.url}/missing`);
        await check('missing', 'H1', 404);
        assert.deepEqual(elsewhere, [], 'the pages load nothing from elsewhere');

        await logIn(page, 'zoe');
        errors.length = 0;
        await check('home', 'H1');
        await page.getByRole('link', { name: 'Session' }).click();
        await page.locator('#claims').waitFor();
        await check('session', 'H1 H2');
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('heading', { name: 'Goodbye' }).waitFor();
        errors.length = 0;
        await check('bye', 'H1');

        // Nobody can choose how long names are.
        await logIn(page, `${'a'.repeat(300)} <img src=x onerror=alert(1)>`);
        errors.length = 0;
        await check('long-home', 'H1');
        await page.goto(`${app.url}/session`);
        await check('long-session', 'H1 H2');
      } finally {
        await context.close();
      }
    });
  }

  test('work with the keyboard alone', async () => {
    const context = await browser.newContext({ viewport: SIZES.phone });
    try {
      const page = await context.newPage();
      await logIn(page, 'zoe');
      await page.goto(`${app.url}/session`);
      const focused = [];
      for (;;) {
        await page.keyboard.press('Tab');
        const name = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === document.body) return undefined;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const { top, left } = element.getBoundingClientRect();
          const visible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && top >= 0 && left >= 0;
          return `${element.textContent.trim()}${visible ? '' : ' (focus is not visible)'}`;
        });
        if (name === undefined || focused.includes(name)) break;
        focused.push(name);
      }
      assert.deepEqual(focused, ['Skip to content', 'Example App', 'Home', 'Session', 'Log out']);

      await page.goto(app.url);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${app.url}/session`);
    } finally {
      await context.close();
    }
  });
});
