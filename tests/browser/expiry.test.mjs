// What expires: a calendar that a person subscribes to, and a group bot that says it. With a script and without, in both
// languages.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, open, picture, signIn, start } from './console.mjs';

const WAYS = [
  { locale: 'en-GB', javaScriptEnabled: true },
  { locale: 'zh-CN', javaScriptEnabled: false },
];

for (const way of WAYS) {
  test(`what expires reaches a calendar and a group: ${way.locale}`, { timeout: 180_000 }, async (t) => {
    const { browser, ready } = await start(t);
    const before = await open(browser);
    await signIn(before.page, ready);
    const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    const credential = await before.page.locator('main table a.v-name', { hasText: 'Kubernetes' }).getAttribute('href');
    await before.page.goto(`${ready.url}${credential}/edit`);
    await before.page.locator('input[type=date]').fill(soon);
    await before.page.locator('main form button.btn-primary').click();
    await before.page.waitForURL(`${ready.url}${credential}`);

    const { page, complaints } = await open(browser, way);
    await signIn(page, ready);
    await page.goto(`${ready.url}/overview`);
    assert.match(await page.locator('main').innerText(), /Kubernetes \(demo\)/, 'the overview names what expires');
    await page.locator('main a[href="/calendar"]').click();
    await page.waitForURL(`${ready.url}/calendar`);
    await page.locator('main form[action^="/calendar?"] button').click();
    const address = await page.locator('#address').inputValue();
    assert.ok(address.startsWith(`${ready.url}/calendar/vcf_`), address);
    if (way.javaScriptEnabled) await accessible(page, 'the address of a calendar');
    await picture(page, `calendar-made-${way.locale}`);
    const calendar = await fetch(address);
    assert.equal(calendar.status, 200);
    assert.match(calendar.headers.get('content-type'), /^text\/calendar/);
    const text = await calendar.text();
    assert.ok(text.startsWith('BEGIN:VCALENDAR\r\n') && text.includes('Kubernetes (demo)'), text);
    assert.ok(!text.includes('apiVersion'), 'there is no content in it');
    await page.goto(`${ready.url}/calendar`);
    assert.ok(!(await page.content()).includes(address), 'an address is shown once');
    await page.locator('main form[action^="/calendar/revoke"] button').click();
    await page.locator('.v-empty').waitFor();
    assert.equal((await fetch(address)).status, 404, 'it ends at once');

    await page.goto(`${ready.url}/overview`);
    await page.locator('main a[href="/reminders"]').first().click();
    await page.waitForURL(`${ready.url}/reminders`);
    await page.locator('#leads').fill('7, 7');
    await page.locator('main label', { hasText: 'feishu-demo' }).click();
    await page.locator('main form button.btn-primary').click();
    await page.locator('#leads-error').waitFor();
    assert.equal(await page.locator('#leads').inputValue(), '7, 7', 'nothing that was typed is lost');
    await page.locator('#leads').fill('14, 7, 1');
    await page.locator('main form button.btn-primary').click();
    await page.locator('main form[action^="/reminders/stop"]').waitFor();
    assert.equal(await page.locator('#leads').inputValue(), '14, 7, 1');
    if (way.javaScriptEnabled) await accessible(page, 'reminders that are set');
    await picture(page, `reminders-set-${way.locale}`);

    await page.goto(`${ready.url}/credentials`);
    const bot = await page.locator('main table a.v-name', { hasText: 'Feishu' }).getAttribute('href');
    await page.goto(`${ready.url}${bot}/disable`);
    assert.equal(await page.locator('main a[href="/reminders"]').count(), 1, 'whoever takes the bot away is told');

    await page.goto(`${ready.url}/reminders`);
    await page.locator('main form[action^="/reminders/stop"] button').click();
    await page.locator('main form[action^="/reminders/stop"]').waitFor({ state: 'detached' });
    // Chromium says of a refused form that it was refused.
    assert.deepEqual(complaints.filter((line) => !line.includes('status of 422')), []);
  });
}
