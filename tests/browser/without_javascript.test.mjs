// The same without JavaScript: every page works, htmx only makes it quicker.

import assert from 'node:assert/strict';
import test from 'node:test';
import { KUBECONFIG, open, picture, resolve, signIn, start } from './console.mjs';

test('without JavaScript, a person stores, rotates, deletes and restores a kubeconfig', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser, { javaScriptEnabled: false });
  await signIn(page, ready);
  await page.locator('a[href="/credentials/new"]').first().click();
  await page.locator('a[href="/credentials/new/kubernetes"]').click();
  await page.locator('#name').fill('Plain cluster');
  await page.locator('#token').fill('plain-k8s');
  await page.locator('[name="field-kubeconfig"]').fill('current-context: [');
  await page.locator('main form button.btn-primary').click();
  await page.locator('[role="alert"]').waitFor();
  assert.equal(await page.locator('#name').inputValue(), 'Plain cluster');
  assert.equal(await page.locator('[name="field-kubeconfig"]').inputValue(), '');
  await picture(page, 'plain-refused');

  await page.locator('[name="field-kubeconfig"]').fill(KUBECONFIG);
  await page.locator('#project-all').check();
  await page.locator('main form button.btn-primary').click();
  await page.waitForURL(/\/credentials\/[0-9a-f-]{36}$/);
  const token = await page.locator('.v-token code').first().innerText();
  assert.equal(token, 'plain-k8s');
  assert.deepEqual(await resolve(ready, token), { status: 200, text: KUBECONFIG });

  await page.locator('a[href$="/rotate"]').first().click();
  const rotated = KUBECONFIG.replace('0123456789', '9876543210');
  await page.locator('[name="field-kubeconfig"]').fill(rotated);
  await page.locator('main form button.btn-primary').click();
  await page.waitForURL(/\/credentials\/[0-9a-f-]{36}$/);
  assert.deepEqual(await resolve(ready, token), { status: 200, text: rotated });

  await page.locator('a[href$="/delete"]').first().click();
  await page.locator('main #token').fill(token);
  await page.locator('main form button.btn-danger').click();
  await page.waitForLoadState();
  assert.equal((await resolve(ready, token)).status, 404);

  await page.goto(`${ready.url}/credentials?deleted=1`);
  await page.getByRole('link', { name: 'Plain cluster', exact: true }).click();
  await page.locator('form[action$="/restore"] button').click();
  await page.waitForLoadState();
  await picture(page, 'plain-restored');

  await page.locator('details summary').first().click();
  await page.locator('form[action="/sign-out"] button').click();
  // By way of the issuer, which ends its own session; another address asked for meanwhile would be dropped.
  await page.waitForURL(`${ready.url}/signed-out**`);
  await page.goto(`${ready.url}/credentials`);
  await page.waitForURL(/\/sign-in/);
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
});
