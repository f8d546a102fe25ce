// Every clip of a folder, uploaded through the page and played: what people really have, good and bad.
//
//   ZOETROPE_MEDIA=folder node --test tests/browser/media.test.mjs      (skipped without the folder)
//
// A file named *fake* must end with a reason; everything else must play, its sound at least.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../api/server.mjs'
import { launch, open } from './browser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = process.env.ZOETROPE_MEDIA ?? join(root, '../shared/media')
const files = existsSync(folder) ? readdirSync(folder).filter(f => /\.(mp4|mkv|webm|avi|ogv|mov)$/.test(f)).sort() : []
const shots = join(root, 'build/screenshots/media')

describe('every clip', { skip: files.length === 0 && 'no clips', concurrency: false }, () => {
    let server, browser, at
    before(async () => {
        mkdirSync(shots, { recursive: true })
        server = await startServer({ env: { ZOETROPE_RATE_LIMITS: 'true' } })
        browser = await launch()
        at = await open(browser)
        const { page } = at
        await page.goto(`${server.url}/login?next=/upload`)
        await page.getByLabel('Username or e-mail').fill('root')
        await page.getByLabel('Password', { exact: true }).fill(server.rootPassword)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'Upload videos' }).waitFor()
        await page.setInputFiles('input[type=file]', files.map(f => join(folder, f)))
    })
    after(async () => {
        await browser?.close()
        await server?.stop()
    })

    it('is taken, all at once', async () => {
        const { page } = at
        await page.waitForFunction(n => document.querySelectorAll('.upload').length === n
            && [...document.querySelectorAll('.upload')].every(u => !['waiting', 'starting', 'uploading', 'finishing', 'retrying'].includes(u.dataset.stage)),
        files.length, { timeout: 120000 })
        await page.screenshot({ path: join(shots, 'uploads.png'), fullPage: true })
    })

    for (const file of files) {
        it(file, async () => {
            const { page } = at
            const name = file.replace(/\.\w+$/, '').replace(/_/g, ' ')
            // several files may share a name but for the end; they are listed in the order of the folder
            const row = page.locator('.upload').nth(files.indexOf(file))
            assert.equal((await row.locator('.upload-name').innerText()).trim(), name)
            await row.and(page.locator('[data-stage=playable], [data-stage=ready], [data-stage=transcode-failed], [data-stage=failed]')).waitFor({ timeout: 300000 })
            const stage = await row.getAttribute('data-stage')
            if (/fake/.test(file)) {
                assert.match(stage, /failed/)
                const reason = await row.locator('.upload-reason').innerText()
                console.log(`# ${file}: ${reason}`)
                assert.ok(reason.length > 15)
                return
            }
            assert.match(stage, /playable|ready/, `${stage}: ${await row.innerText()}`)
            const watch = await row.getByRole('link', { name: 'Watch' }).getAttribute('href')
            const seen = await open(browser)
            try {
                await seen.page.goto(server.url + watch)
                await seen.page.locator('media-controller').waitFor({ timeout: 30000 })
                await seen.page.evaluate(() => document.querySelector('media-controller video').play())
                await seen.page.waitForFunction(() => {
                    const v = document.querySelector('media-controller video')
                    return v.currentTime > Math.min(0.7, v.duration / 3) && !v.error
                }, null, { timeout: 60000 })
                const state = await seen.page.evaluate(() => {
                    const v = document.querySelector('media-controller video')
                    return { width: v.videoWidth, height: v.videoHeight, duration: v.duration }
                })
                await seen.page.mouse.move(300, 300)
                await seen.page.screenshot({ path: join(shots, `${file}.png`) })
                console.log(`# ${file}: ${state.width}x${state.height}, ${state.duration.toFixed(1)} s`)
                if (!/0p/.test(file) || /\d0p/.test(file))
                    assert.ok(state.width > 0, 'a picture')
                assert.deepEqual(seen.wrong, [])
            } finally {
                await seen.context.close()
            }
        })
    }

    it('nothing went wrong in the console', () => assert.deepEqual(at.wrong, []))
})
