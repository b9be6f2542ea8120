// Somebody leaves: an administrator ends their sign-in from another browser, then disables them and hands over what
// they answer for. Their browser is out at the next click; the pipelines do not notice.

import assert from 'node:assert/strict';
import test from 'node:test';
import { KUBECONFIG, accessible, open, picture, resolve, signIn, start } from './console.mjs';

/** The addresses and the status of what a click leads to. */
const clicked = async (page, locator) => {
  const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() === 'POST'), locator.click()]);
  return answer.status();
};

test('a leaver is out at once, and pipelines go on with what they answered for', { timeout: 180_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const leaving = await open(browser);
  await signIn(leaving.page, ready, 'Chen Wei');
  await leaving.page.goto(`${ready.url}/credentials/new/kubernetes`);
  await leaving.page.locator('#name').fill('Cluster of a leaver');
  await leaving.page.locator('#token').fill('leaver-cluster');
  await leaving.page.locator('[name="field-kubeconfig"]').fill(KUBECONFIG);
  await leaving.page.locator('#project-all').check();
  await leaving.page.locator('main form button.btn-primary').click();
  await leaving.page.getByRole('heading', { name: 'Cluster of a leaver' }).waitFor();
  assert.equal((await resolve(ready, 'leaver-cluster')).status, 200);

  const owner = await open(browser);
  const { page } = owner;
  await signIn(page, ready, 'Lin Yue');
  await page.goto(`${ready.url}/members?q=chen`);
  await page.locator('main table a', { hasText: 'Chen Wei' }).click();
  await page.getByRole('heading', { name: 'Chen Wei' }).waitFor();
  await accessible(page, 'a member');
  const member = page.url();
  await page.locator('main a[href$="/sign-ins"]').click();
  await page.locator('main form[action$="/end"] button').waitFor();
  await accessible(page, 'the sign-ins of a member');
  assert.equal(await clicked(page, page.locator('main form[action$="/end"] button').first()), 303);
  // A click in the other browser, which still shows the page.
  await leaving.page.locator('nav a[href="/credentials"]').first().click();
  await leaving.page.waitForURL(/\/sign-in/);
  await picture(leaving.page, 'leaver-signed-out');
  await signIn(leaving.page, ready, 'Chen Wei');

  await page.goto(member);
  await page.locator('main a[href$="/disable"]').click();
  await page.locator('main form[action$="/disable"] button').waitFor();
  await accessible(page, 'disabling a member');
  await picture(page, 'leaver-disable');
  await page.locator('main form[action$="/disable"] button').click();
  await page.locator('main form[action$="/enable"] button').waitFor();
  await leaving.page.locator('nav a[href="/credentials"]').first().click();
  await leaving.page.waitForURL(/\/sign-in/);
  await leaving.page.locator('a[href^="/sign-in/start"]').first().click();
  await leaving.page.waitForURL(`${ready.issuer}/**`);
  await leaving.page.getByRole('button', { name: 'Chen Wei' }).click();
  await leaving.page.waitForURL(`${ready.url}/**`);
  assert.ok(!(await leaving.page.content()).includes('Cluster of a leaver'), 'a disabled member came in');
  await picture(leaving.page, 'leaver-refused');
  assert.equal((await resolve(ready, 'leaver-cluster')).status, 200, 'a pipeline noticed');

  await page.goto(`${ready.url}/credentials`);
  await page.locator('main a[href*="attention=responsible"]').first().click();
  // The whole list names it too; this one is of nothing else.
  await page.waitForURL(/attention=responsible/);
  await page.locator(`main table a[href="${new URL(member).pathname}/hand-over"]`).first().waitFor();
  await picture(page, 'leaver-attention');
  await page.goto(member);
  await page.locator('main a[href$="/hand-over"]').first().click();
  await page.locator('main input[name="q"]').fill('wang');
  await page.keyboard.press('Enter');
  await page.locator('main tr', { hasText: 'Wang Hao' }).locator('a.btn').click();
  await page.locator('#which-all').waitFor();
  await accessible(page, 'handing over');
  await picture(page, 'leaver-hand-over');
  await page.locator('main form[action$="/hand-over"] button.btn-primary').click();
  await page.locator('main a[href$="/rotate"]').first().waitFor();
  await accessible(page, 'what a leaver knows');
  await picture(page, 'leaver-handed-over');
  assert.equal(await page.locator('#which-all').count(), 0, 'there is still something to hand over');
  await page.goto(`${ready.url}/credentials`);
  assert.equal(await page.locator('main a[href*="attention=responsible"]').count(), 0);
  assert.equal((await resolve(ready, 'leaver-cluster')).status, 200, 'a pipeline noticed');
  assert.deepEqual(owner.complaints, []);
  assert.deepEqual(leaving.complaints.filter((text) => !text.includes('status of 40')), []);
});
