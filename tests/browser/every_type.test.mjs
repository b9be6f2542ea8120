// The form of every credential type, in both languages: filled wrong it says what is wrong and keeps what was typed,
// filled right it is stored. What is right comes from the demonstration credentials, as a pipeline gets it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { barriers, open, picture, signIn, start } from './console.mjs';

const LANGUAGES = [['en-GB', 'en'], ['zh-CN', 'zh']];
const TYPES = [
  'alibaba-cloud', 'tencent-cloud', 'huawei-cloud', 'feishu', 'dingtalk', 'wechat-work',
  'kubernetes', 'docker-registry', 'username-password', 'jenkins', 'maven-settings',
];

test('the form of every type can be filled wrong and right', { timeout: 600_000 }, async (t) => {
  const { browser, ready } = await start(t);
  for (const [locale, short] of LANGUAGES) {
    await t.test(locale, async () => {
      const { context, page, complaints } = await open(browser, { locale });
      // Dozens of pages, each looked at by axe and pictured: what is slow is the looking.
      page.setDefaultTimeout(45_000);
      await signIn(page, ready);
      await page.goto(`${ready.url}/credentials/new`);
      const offered = await page.locator('main a.v-card').evaluateAll((links) => links.map((link) => link.pathname.split('/').at(-1)));
      assert.deepEqual([...offered].sort(), [...TYPES].sort());
      const wrong = [];
      for (const type of TYPES) {
        const address = `${ready.url}/credentials/new/${type}`;
        await page.goto(address);
        const variants = await page.locator('.v-variants a').evaluateAll((links) => links.map((link) => link.href));
        for (const [at, variant] of (variants.length ? variants : [address]).entries()) {
          await page.goto(variant);
          wrong.push(...(await barriers(page, `${type} ${at}`)));
          await picture(page, `type-${type}-${at}-${short}`);
          await fillWrong(page, `${type} ${at} ${short}`);
        }
        await page.goto(address);
        await fillRight(page, ready, type, `journey-${type}-${short}`);
      }
      // What was filled wrong was answered with 422 on purpose; Chromium reports that as an error of its own.
      wrong.push(...complaints.filter((text) => !text.includes('status of 422')));
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
});

async function fillWrong(page, what) {
  await page.locator('#name').fill(what);
  for (const input of await page.locator('main form.card [name^="field-"]:is(input:not([type=checkbox]), textarea):visible').all()) {
    await input.fill('not what it should be \u0007');
  }
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.locator('main form.card button.btn-primary').click();
  const response = await answer;
  assert.equal(response.status(), 422, what);
  await page.locator('main [role="alert"]').first().waitFor();
  assert.ok(await page.locator('main [aria-invalid="true"]').count(), `${what}: no field is marked`);
  assert.equal(await page.locator('#name').inputValue(), what, 'what was typed is gone');
  await picture(page, `type-wrong-${what.replaceAll(' ', '-')}`);
}

async function fillRight(page, ready, type, token) {
  const answer = await fetch(`${ready.url}/api/v1/resolve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.access_key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ tokens: [ready.tokens[type]], formats: ['fields'] }),
  });
  assert.equal(answer.status, 200, type);
  const [{ fields }] = (await answer.json()).credentials;
  await page.locator('#name').fill(`Journey ${type}`);
  await page.locator('#token').fill(token);
  for (const [name, value] of Object.entries(fields)) {
    const input = page.locator(`[name="field-${name}"]`);
    // Later entries of a kind that has several are folded.
    await input.evaluate((element) => element.closest('details')?.setAttribute('open', ''));
    if ((await input.evaluate((element) => element.tagName)) === 'SELECT') await input.selectOption(value);
    else await input.fill(value);
  }
  await page.locator('main form.card button.btn-primary').click();
  await page.waitForURL(/\/credentials\/[0-9a-f-]{36}$/);
  const page_text = await page.content();
  assert.ok(page_text.includes(token), `${type} was not stored`);
}
