// Verify and save: refused by the other system, seen, corrected, saved; then verified on demand, and rotated to somebody
// else, which is asked about. With and without script.

import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { accessible, open, picture, signIn, start } from './console.mjs';

/** Lets `robot` and `other` in with one password. */
async function system(t) {
  const known = ['robot', 'other'].map((name) => `Basic ${Buffer.from(`${name}:correct horse`).toString('base64')}`);
  const server = http.createServer((request, response) => {
    const good = known.includes(request.headers.authorization);
    response.writeHead(good ? 200 : 401, good ? {} : { 'www-authenticate': 'Basic realm="journey"' });
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

for (const script of [true, false]) {
  test(`a person verifies before saving, ${script ? 'with' : 'without'} script`, { timeout: 120_000 }, async (t) => {
    const check = await system(t);
    const { browser, ready } = await start(t);
    const { page, complaints } = await open(browser, { javaScriptEnabled: script });
    await signIn(page, ready);
    await page.goto(`${ready.url}/credentials/new/username-password`);
    await page.locator('#name').fill('Verified login');
    await page.locator('#token').fill('verified-login');
    await page.locator('[name="field-username"]').fill('robot');
    await page.locator('[name="field-password"]').fill('wrong');
    await page.locator('[name="field-check_url"]').fill(check);
    await page.locator('button[name="verify"]').click();
    await page.locator('#verdict').waitFor();
    assert.match(await page.locator('#verdict').innerText(), /Refused by the other system/);
    if (script) {
      await page.waitForFunction(() => document.activeElement?.id === 'verdict');
      await accessible(page, 'a verdict');
      await picture(page, 'verdict');
    }

    await page.locator('[name="field-password"]').fill('correct horse');
    await page.locator('button[name="verify"]').click();
    await page.waitForURL(/\/credentials\/[0-9a-f-]{36}$/);
    assert.match(await page.locator('#health').innerText(), /It works as robot/);
    await picture(page, `verified-${script ? 'script' : 'plain'}`);

    await page.locator('#health form button').first().click();
    await page.locator('#flash .alert').first().waitFor();
    assert.match(await page.locator('#health').innerText(), /It works as robot/);

    await page.locator('a[href$="/rotate"]').first().click();
    await page.locator('[name="field-username"]').fill('other');
    await page.locator('button[name="verify"]').click();
    await page.locator('#verdict').waitFor();
    assert.match(await page.locator('#verdict').innerText(), /The current version works as robot/);
    if (script) await picture(page, 'verdict-other-identity');
    await page.locator('#verdict form button').click();
    await page.waitForURL(/\/credentials\/[0-9a-f-]{36}$/);
    assert.match(await page.locator('#health').innerText(), /It works as other/);
    assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
  });
}
