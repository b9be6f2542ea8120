// How the console feels: what was done is said for a moment, a search answers while one types, paper is white, and
// pages are light.

import assert from 'node:assert/strict';
import test from 'node:test';
import { open, picture, signIn, start, waitFor } from './console.mjs';

const FIRST_AT_MOST = 150_000;
const LATER_AT_MOST = 15_000;

test('what was done is said for a moment, and can be put away', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { context, page, complaints } = await open(browser);
  await page.clock.install();
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials`);
  const credential = await page.locator('main table a.v-name').first().getAttribute('href');
  const done = async (action) => {
    await page.goto(`${ready.url}${credential}/edit`);
    await page.locator('#description').fill(`Looked at: ${action}`);
    await page.locator('main form button.btn-primary').click();
    await page.waitForURL(`${ready.url}${credential}`);
    return page.locator('.v-toast');
  };
  const toast = await done('timed');
  await toast.waitFor();
  assert.equal(await page.locator('#flash').getAttribute('role'), 'status', 'screen readers are told');
  await picture(page, 'feel-toast');
  await page.clock.fastForward(3_000);
  await toast.locator('button').hover();
  await page.clock.fastForward(60_000);
  assert.equal(await toast.count(), 1, 'it stays while somebody is at its button');
  await page.mouse.move(5, 5);
  await page.clock.fastForward(9_000);
  assert.equal(await toast.count(), 0);

  await (await done('put away')).locator('button').click();
  assert.equal(await toast.count(), 0);
  await page.reload();
  assert.equal(await toast.count(), 0, 'it is said once');

  await context.close();
  // Without a script it stays where it is, and offers no button.
  const plain = await open(browser, { javaScriptEnabled: false });
  await signIn(plain.page, ready);
  await plain.page.goto(`${ready.url}${credential}/edit`);
  await plain.page.locator('#description').fill('Without a script');
  await plain.page.locator('main form button.btn-primary').click();
  await plain.page.locator('.v-toast').waitFor();
  assert.equal(await plain.page.locator('.v-toast button').isVisible(), false);
  assert.deepEqual([...complaints, ...plain.complaints], []);
});

test('a time says how long ago it was, and when exactly to who wants to know', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { context, page, complaints } = await open(browser, { timezoneId: 'Asia/Shanghai', locale: 'zh-CN' });
  await page.clock.install();
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials`);
  await page.locator('main table a.v-name').first().click();
  const made = page.locator('.v-facts time[title]').first();
  assert.match(await made.textContent(), /^(现在|\d+分钟前)$/);
  const exact = new Date(await made.getAttribute('datetime'));
  const written = (at) => at.toISOString().slice(0, 16).replace('T', ' ');
  const there = written(new Date(exact.valueOf() + 8 * 3_600_000));
  assert.equal(await made.getAttribute('title'), `${there} (${written(exact)} UTC)`);
  await page.clock.runFor(3 * 3_600_000);
  assert.equal(await made.textContent(), '3小时前', 'it goes on while the page is open');
  await page.clock.runFor(24 * 3_600_000);
  assert.match(await made.textContent(), /^(昨天|前天)$/);
  // The clock takes no step of a month.
  for (let weeks = 0; weeks < 6; weeks += 1) await page.clock.fastForward(7 * 24 * 3_600_000);
  assert.equal(await made.textContent(), there);
  await page.goto(`${ready.url}/audit`);
  assert.match(await page.locator('main table time[title]').first().textContent(), /^\d{4}-\d\d-\d\d \d\d:\d\d$/, 'records are compared');
  await context.close();
  const plain = await open(browser, { javaScriptEnabled: false, timezoneId: 'Asia/Shanghai' });
  await signIn(plain.page, ready);
  await plain.page.goto(`${ready.url}/credentials`);
  await plain.page.locator('main table a.v-name').first().click();
  const unmoved = plain.page.locator('.v-facts time[datetime*="T"]').first();
  assert.equal(await unmoved.textContent(), `${written(new Date(await unmoved.getAttribute('datetime')))} UTC`);
  assert.deepEqual([...complaints, ...plain.complaints], []);
});

test('a search answers while one types, and the address is what is seen', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials`);
  const names = page.locator('main table a.v-name');
  const all = await names.count();
  const search = page.locator('#q');
  await search.click();
  await page.keyboard.type('kuber', { delay: 30 });
  await page.waitForURL(/[?&]q=kuber(&|$)/);
  // Goes on where it was, though the page came anew.
  await page.keyboard.type('netes', { delay: 120 });
  await page.waitForURL(/[?&]q=kubernetes(&|$)/);
  assert.equal(await search.inputValue(), 'kubernetes');
  assert.ok(!/=(&|$)/.test(page.url()), `says what is left open: ${page.url()}`);
  assert.equal(await search.evaluate((input) => document.activeElement === input && input.selectionStart), 10);
  const found = await names.count();
  assert.ok(found >= 1 && found < all, `${found} of ${all}`);
  // One step back leads to where one was before one typed, not through every letter.
  await page.getByRole('link', { name: 'IM Communication' }).click();
  await page.waitForURL(/group=/);
  await page.goBack();
  await page.waitForURL(/[?&]q=kubernetes(&|$)/);
  await waitFor(async () => assert.equal(await names.count(), found));
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('q=k'));
  // A link to what is seen shows the same to somebody else.
  await page.goto(`${ready.url}/credentials?q=kubernetes`);
  assert.equal(await names.count(), found);
  // Whoever goes on before the answer is there arrives where they went.
  await page.goto(`${ready.url}/credentials`);
  await page.route(/[?&]q=/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue().catch(() => {});
  });
  await search.fill('feishu');
  await page.waitForTimeout(600);
  const chosen = names.first();
  const there = await chosen.getAttribute('href');
  await chosen.click();
  await page.waitForURL(`${ready.url}${there}`);
  await page.waitForTimeout(2500);
  assert.equal(page.url(), `${ready.url}${there}`, 'a late answer took it away');
  assert.equal(await page.locator('main form[role=search]').count(), 0);
  await page.unroute(/[?&]q=/);
  for (const [path, words] of [['/members', 'wang'], ['/projects', 'store'], ['/access', 'builds']]) {
    await page.goto(`${ready.url}${path}`);
    await page.locator('#q').click();
    await page.keyboard.type(words, { delay: 30 });
    await page.waitForURL(new RegExp(`q=${words}`));
    assert.equal(await page.locator('#q').inputValue(), words);
  }
  assert.deepEqual(complaints, []);
});

test('paper is white and has nothing to press', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser, { colorScheme: 'dark' });
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials`);
  const credential = await page.locator('main table a.v-name').first().getAttribute('href');
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  for (const [name, path] of [['list', '/credentials'], ['credential', credential], ['audit', '/audit'], ['members', '/members']]) {
    await page.goto(`${ready.url}${path}`);
    const seen = await page.evaluate(() => {
      const style = (element) => getComputedStyle(element);
      const shown = (element) => element.checkVisibility();
      return {
        ground: style(document.body).backgroundColor,
        ink: style(document.querySelector('main h1')).color,
        pressed: [...document.querySelectorAll('.btn, nav, input:not([type=hidden])')].filter(shown).map((one) => one.outerHTML.slice(0, 90)),
      };
    });
    const [ground, ink] = [seen.ground, seen.ink].map((colour) => luminance(colour));
    assert.ok(ground > 0.9 && ink < 0.2, `${name}: ${seen.ink} on ${seen.ground}`);
    assert.deepEqual(seen.pressed, [], name);
    await picture(page, `print-${name}`);
  }
  assert.deepEqual(complaints, []);
});

test('the first page is at most 150 kB over the wire, a later one at most 15 kB', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials`);
  const credential = await page.locator('main table a.v-name').first().getAttribute('href');
  const cold = await open(browser);
  await cold.context.addCookies(await page.context().cookies());
  const first = await weigh(cold.page, () => cold.page.goto(`${ready.url}/credentials`));
  t.diagnostic(`first page: ${first} bytes`);
  assert.ok(first <= FIRST_AT_MOST, `${first} bytes`);
  const heavy = [];
  for (const path of ['/credentials', credential, '/credentials/new', '/credentials/new/kubernetes', '/audit', '/members', '/projects', '/access']) {
    const bytes = await weigh(cold.page, () => cold.page.goto(`${ready.url}${path}`));
    t.diagnostic(`${path === credential ? 'a credential' : path}: ${bytes} bytes`);
    if (bytes > LATER_AT_MOST) heavy.push(`${path}: ${bytes}`);
  }
  assert.deepEqual(heavy, []);
});

/** How many bytes come over the wire, heads of answers included, until nothing more does. */
async function weigh(page, go) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await go();
  await page.waitForLoadState('networkidle');
  await session.detach();
  return Math.round(bytes);
}

/** From 0, black, to 1, white; roughly. */
function luminance(colour) {
  const [kind] = colour.split('(');
  const numbers = colour.match(/[\d.]+/g).map(Number);
  return kind === 'oklch' || kind === 'oklab' ? numbers[0] : (0.2126 * numbers[0] + 0.7152 * numbers[1] + 0.0722 * numbers[2]) / 255;
}
