// Pictures of accounts and channels and what one is told of, set in a browser on a real server.
//
//   node --test tests/browser/pictures.test.mjs      needs a build of everything; screenshots in build/screenshots/

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clip, startServer } from '../api/server.mjs'
import { launch, open } from './browser.mjs'

const shots = join(dirname(fileURLToPath(import.meta.url)), '../../build/screenshots')
let site, browser, picture
before(async () => {
    mkdirSync(shots, { recursive: true })
    site = await startServer({ args: ['--name', 'Lantern'] })
    picture = await clip('portrait', ['-f', 'lavfi', '-i', 'testsrc2=size=500x400:duration=0.1', '-frames:v', '1'], 'png')
    browser = await launch()
})
after(async () => {
    await browser?.close()
    await site?.stop()
})

async function visit(path, act) {
    const { page, context, wrong } = await open(browser, {}, [])
    await page.goto(`${site.url}/login`)
    await page.getByLabel('Username or e-mail').fill('root')
    await page.getByLabel('Password', { exact: true }).fill(site.rootPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: /root/i }).first().waitFor()
    await page.goto(site.url + path)
    await act(page)
    await context.close()
    assert.deepEqual(wrong, [])
}
const shown = image => image.evaluate(async e => { await e.decode(); return e.naturalWidth > 0 })

it('an account and a channel get their pictures', () => visit('/my-account', async page => {
    const profile = page.locator('form.panel').first()
    await profile.getByLabel('Choose a picture').setInputFiles(picture)
    await page.getByText('The new picture is there.').waitFor()
    assert.ok(await shown(profile.locator('img.avatar')))
    await page.getByRole('button', { name: /^Edit Main root channel/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Choose a banner').setInputFiles(picture)
    await dialog.locator('img.banner').waitFor()
    assert.ok(await shown(dialog.locator('img.banner')))
    await dialog.getByLabel('Choose a picture').setInputFiles(picture)
    await dialog.locator('img.avatar').waitFor()
    await page.screenshot({ path: join(shots, 'pictures-dialog.png') })
    await page.goto(`${site.url}/c/root_channel`)
    await page.locator('.banner').waitFor()
    assert.ok(await shown(page.locator('.banner')))
    assert.ok(await shown(page.locator('.actor-head img.avatar')))
    await page.screenshot({ path: join(shots, 'pictures-channel.png') })
    await page.goto(`${site.url}/my-account`)
    await page.locator('form.panel').first().getByRole('button', { name: 'Remove' }).click()
    await page.locator('form.panel').first().locator('.avatar-initial').waitFor()
}))

it('what one is told of is switched at once', () => visit('/my-account', async page => {
    const follows = page.getByLabel('New followers of you and your channels')
    assert.ok(await follows.isChecked())
    const answered = page.waitForResponse(r => r.url().endsWith('/notification-settings') && r.status() === 204)
    await follows.click()
    await answered
    await page.reload()
    await page.getByLabel('Reports to look after').waitFor()
    assert.equal(await page.getByLabel('New followers of you and your channels').isChecked(), false)
}))
