// A manager makes an access key, sees it once, and a pipeline uses it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, open, picture, resolve, signIn, start } from './console.mjs';

test('an access key is shown once, works, and stops to work when it is revoked', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/access`);
  await page.locator('a[href="/access/new"]').first().click();
  await page.locator('#name').fill('journey builds');
  await page.locator('#place label', { hasText: 'Storefront' }).first().click();
  await picture(page, 'access-form');
  await page.locator('main form button.btn-primary').click();
  const key = await page.locator('#key').inputValue();
  assert.match(key, /^vak_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
  await accessible(page, 'the page that shows a key');
  const token = ready.tokens.kubernetes;
  assert.equal((await resolve(ready, token, key)).status, 200);

  await page.goto(`${ready.url}/access`);
  assert.ok(!(await page.content()).includes(key), 'the key is shown again');
  await picture(page, 'access-list');
  await page.locator('tr', { hasText: 'journey builds' }).locator('a.v-name').click();
  await page.locator('main a[href$="/revoke"]').click();
  await page.locator('main form button.btn-danger, main form button.btn-primary').first().click();
  await page.waitForURL(/\/access$/);
  assert.equal((await resolve(ready, token, key)).status, 401);
  assert.deepEqual(complaints, []);
});
