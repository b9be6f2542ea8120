// By keyboard alone: the first stop leads to the content, focus can be seen, a refused form says so where one is.

import assert from 'node:assert/strict';
import test from 'node:test';
import { open, signIn, start } from './console.mjs';

test('by keyboard, a person skips to the content, opens a form and hears what is wrong with it', { timeout: 120_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/credentials/new/username-password`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  await page.locator('#name').focus();
  const outline = await page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  });
  assert.ok(outline, 'nobody can see where the focus is');
  await page.locator('#name').fill('Keyboard');
  await page.locator('#token').fill('not a token');
  await page.locator('[name="field-username"]').fill('robot');
  await page.locator('[name="field-password"]').fill('correct horse');
  await page.keyboard.press('Enter');
  await page.locator('[role="alert"]').waitFor();
  const token = page.locator('#token');
  assert.equal(await token.getAttribute('aria-invalid'), 'true');
  const described = (await token.getAttribute('aria-describedby')).split(' ');
  const said = await Promise.all(described.map((id) => page.locator(`#${id}`).innerText()));
  assert.ok(described.includes('token-error') && said.every((text) => text.length > 5), `${described}: ${said}`);
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
});
