// Somebody who is a member of two enterprises goes from one to the other, with and without script; in one, nothing of the
// other can be seen.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, open, picture, signIn, start } from './console.mjs';

test('a member of two enterprises goes from one to the other and sees one at a time', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  for (const javaScriptEnabled of [true, false]) {
    const { page, complaints } = await open(browser, { javaScriptEnabled });
    await signIn(page, ready, 'Zhao Min');
    // Whoever is a member of several is asked first.
    await page.waitForURL(`${ready.url}/enterprises`);
    await page.locator('main a[href="/"]').click();
    await page.waitForURL(`${ready.url}/overview`);
    await page.goto(`${ready.url}/credentials`);
    const credential = await page.locator('main table a.v-name').first().getAttribute('href');
    await page.locator('.v-enterprise a').click();
    await page.waitForURL(`${ready.url}/enterprises`);
    if (javaScriptEnabled) {
      await accessible(page, 'the enterprises');
      await picture(page, 'enterprises');
    }
    await page.getByRole('button', { name: /Borealis/ }).click();
    await page.locator('.v-enterprise', { hasText: 'Borealis' }).waitFor();
    assert.equal((await page.goto(`${ready.url}${credential}`)).status(), 404, 'a credential of the other enterprise is there');
    await page.goto(`${ready.url}/credentials`);
    assert.ok(!(await page.content()).includes(credential), 'the list names a credential of the other enterprise');
    await page.locator('.v-enterprise a').click();
    await page.getByRole('button', { name: /Aurora/ }).click();
    await page.locator('.v-enterprise', { hasText: 'Aurora' }).waitFor();
    assert.equal((await page.goto(`${ready.url}${credential}`)).status(), 200);
    assert.deepEqual(complaints.filter((text) => !text.includes('status of 404')), []);
  }
});
