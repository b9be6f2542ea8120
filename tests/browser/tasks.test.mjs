// From a project to a step in a pipeline file: by keyboard alone, and without any script; a credential that is missing is
// made on the way, and nothing that was typed is lost.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, excess, open, picture, signIn, start } from './console.mjs';

/** Presses Tab until what is focused fits. */
async function tabTo(page, what, fits) {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(fits)) return;
  }
  assert.fail(`no way by keyboard to ${what}`);
}

/** The repository storefront/web, whose pipelines may use everything that is there. */
async function repository(page, ready) {
  await page.goto(`${ready.url}/projects`);
  await page.goto(`${ready.url}${await page.locator('main table a', { hasText: 'Storefront' }).getAttribute('href')}`);
  return page.locator('main table tr', { hasText: 'storefront/web' }).locator('a.v-name').getAttribute('href');
}

test('by keyboard: project, task, search, pick, copy the step', { timeout: 180_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser);
  await signIn(page, ready);
  await page.goto(`${ready.url}/projects`);
  await tabTo(page, 'a project', () => document.activeElement.matches('main table a') && document.activeElement.textContent.includes('Storefront'));
  await page.keyboard.press('Enter');
  await page.locator('main a[href$="/tasks"]').first().waitFor();
  await tabTo(page, 'the tasks of a repository', () =>
    document.activeElement.matches('main table a[href$="/tasks"]') && document.activeElement.closest('tr').textContent.includes('storefront/web'));
  await page.keyboard.press('Enter');
  await page.locator('.v-card').first().waitFor();
  await tabTo(page, 'K8S deployment', () => document.activeElement.matches('a[href$="/tasks/k8s-deploy"]'));
  await page.keyboard.press('Enter');
  await page.locator('#certificate-q').waitFor();
  await accessible(page, 'the form of a task');

  await tabTo(page, 'the search', () => document.activeElement.id === 'certificate-q');
  const searched = page.waitForResponse((response) => response.url().includes('/picker?'));
  await page.keyboard.type('kubernetes');
  const answer = await searched;
  assert.equal(answer.status(), 200);
  await page.waitForFunction(() => document.querySelectorAll('.v-picker li').length === 1);
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.value), ready.tokens.kubernetes);
  assert.ok(await page.evaluate(() => document.activeElement.checked));
  await page.keyboard.press('Enter');
  await page.locator('#made').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'made');
  assert.ok(page.url().includes(`certificate=${ready.tokens.kubernetes}`), page.url());
  await accessible(page, 'a step');
  await tabTo(page, 'the copy button', () => document.activeElement.dataset.copyFrom === 'step-text');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.classList.contains('v-copied'));
  // Pages may write to the clipboard and not read it; a person reads it by pasting.
  const elsewhere = await page.context().newPage();
  await elsewhere.setContent('<textarea aria-label="paste"></textarea>');
  await elsewhere.locator('textarea').press('Control+V');
  const copied = await elsewhere.locator('textarea').inputValue();
  await elsewhere.close();
  assert.match(copied, /^- step: deploy@k8s\n/);
  assert.ok(copied.includes(`certificate: ${ready.tokens.kubernetes}\n`), copied);

  // The address is the state: it says the same again, and going back and forward works.
  const address = page.url();
  await page.goBack();
  await page.locator('.v-how').waitFor();
  await page.goto(address);
  assert.ok((await page.locator('#step-text').innerText()).includes(ready.tokens.kubernetes));
  // What is wrong is said where it is, and the reader is led there.
  await page.locator('#namespace').fill('Not Right');
  await page.keyboard.press('Enter');
  await page.locator('#namespace-error').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'namespace');
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
});

test('without script: a credential is made on the way and everything typed is there again', { timeout: 180_000 }, async (t) => {
  const { browser, ready } = await start(t);
  const { page, complaints } = await open(browser, { javaScriptEnabled: false, locale: 'zh-CN', viewport: { width: 360, height: 800 } });
  await signIn(page, ready);
  const at = await repository(page, ready);
  await page.goto(`${ready.url}${at}/tasks/jenkins-job`);
  assert.ok((await excess(page)) <= 0, 'wider than a telephone');
  await page.locator('#displayName').fill('发布: 生产 # 1');
  await page.locator('#jobName').fill('team/app: "deploy"');
  await page.locator('#parameters').fill('BRANCH=main\nNOTE=a: b # c');
  // Enter makes the step, whatever button comes first.
  await page.locator('#jobName').press('Enter');
  await page.locator('#certificate-error').waitFor();
  await page.locator('#certificate-q').fill('nothing-like-it');
  await page.locator('button[name=find]').click();
  assert.equal(await page.locator('.v-picker li').count(), 0);
  assert.equal(await page.locator('#jobName').inputValue(), 'team/app: "deploy"');
  await page.locator('button[name=add]').click();
  assert.ok(page.url().includes('/credentials/new/jenkins'), page.url());
  assert.equal(await page.locator('input[name=repository]:checked').count(), 1);
  await page.locator('#name').fill('构建机');
  await page.locator('[name="field-url"]').fill('https://jenkins.example.com/');
  await page.locator('[name="field-username"]').fill('robot');
  await page.locator('[name="field-api_token"]').fill('11aa22bb33cc44dd55ee66ff77aa88bb99');
  await page.locator('form[action^="/credentials/new"] button.btn-primary').press('Enter');
  await page.waitForURL(/\/tasks\/jenkins-job/);
  assert.ok(page.url().includes(`${at}/tasks/jenkins-job?`), page.url());
  assert.equal(await page.locator('#jobName').inputValue(), 'team/app: "deploy"');
  assert.equal(await page.locator('#parameters').inputValue(), 'BRANCH=main\nNOTE=a: b # c');
  assert.equal(await page.locator('.v-picker input[name=certificate]:checked').count(), 1);
  await page.locator('.v-form-end button[name=make]').click();
  const step = await page.locator('#step-text').innerText();
  assert.match(step, /certificate: vch-/);
  assert.ok(step.includes('NOTE: \'a: b # c\'') || step.includes('NOTE: "a: b # c"'), step);
  await picture(page, 'task-no-script-zh-360');
  assert.deepEqual(complaints.filter((text) => !text.includes('status of 422')), []);
});
