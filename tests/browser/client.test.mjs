// The client against the stand-in server: what needs a server that misbehaves, or one whose transcoding can be
// timed, and the accessibility of every page (axe: WCAG 2.2 A and AA) in light, dark and on a phone.
//
//   node --test tests/browser/client.test.mjs      needs build/web (npm run build)

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../folders.mjs'
import { launch, open } from './browser.mjs'
import { startMock } from './mock.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const shots = join(root, 'build/screenshots/client')
const axe = readFileSync(join(root, 'web/node_modules/axe-core/axe.min.js'), 'utf8')
const work = tempFolder('zoetrope-client')

let mock, browser
before(async () => {
    mkdirSync(shots, { recursive: true })
    mock = await startMock()
    browser = await launch()
})
after(async () => {
    await browser?.close()
    mock?.close()
})

async function until(what, act, ms = 30000) {
    const end = Date.now() + ms
    while (Date.now() < end) {
        const value = await act()
        if (value)
            return value
        await new Promise(r => setTimeout(r, 100))
    }
    assert.fail(`${what} did not happen in ${ms / 1000} s`)
}

async function violations(page) {
    await page.evaluate(axe)
    return page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
        return violations.map(v => `${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} (${n.failureSummary.split('\n')[1]?.trim()})`).join('; ')}`)
    })
}

describe('pages', { concurrency: false }, () => {
    const looks = {
        light: { viewport: { width: 1440, height: 900 } },
        dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
        phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, colorScheme: 'dark' }
    }
    const pages = ['/', '/login', '/signup', '/search?search=the', '/c/root_channel', '/a/root', '/about', '/nowhere', 'watch', 'remote',
        '/c/night_trains@peertube.example', '/a/mira@mastodon.example', '/search?search=@night_trains@peertube.example', '/authorize_interaction?uri=acct:night_trains@peertube.example',
        '/upload', '/my-videos', '/my-account', '/?isLocal=false', 'watch', '/subscriptions', '/subscriptions/channels', '/notifications', '/my-blocks',
        '/remote-interaction?uri=https://peertube.example/video-channels/night_trains', '/admin', '/admin/reports', '/admin/federation', '/admin/workers', '/admin/blocks']
    for (const [look, options] of Object.entries(looks))
        it(`are accessible: ${look}`, async () => {
            const { page, context, wrong } = await open(browser, options, [/status of 404/])
            mock.signOut()
            for (const path of pages) {
                if (path === '/upload')
                    mock.signIn()
                const watched = { watch: mock.videos.at(-1), remote: mock.videos.find(v => v.isLocal === false) }[path]
                await page.goto(mock.url + (watched ? `/w/${watched.shortUUID}` : path))
                await page.locator('h1').first().waitFor({ state: 'attached' })
                if (watched)
                    await page.locator('.comments-none, .comment').first().waitFor()
                await page.waitForTimeout(watched ? 1000 : 300)
                await page.screenshot({ path: join(shots, `${path.replace(/\W+/g, '') || 'home'}-${look}.png`), fullPage: true })
                assert.deepEqual(await violations(page), [], `${path} ${look}`)
                assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${path}: no sideways scrolling`)
                if (path === '/my-videos') {
                    await page.getByRole('button', { name: /^Edit/ }).first().click()
                    await page.getByRole('dialog').getByText('More options').click()
                    await page.waitForTimeout(300)
                    await page.screenshot({ path: join(shots, `edit-${look}.png`) })
                    assert.deepEqual(await violations(page), [], `edit ${look}`)
                }
            }
            await context.close()
            assert.deepEqual(wrong, [])
        })

    it('are reached by the keyboard alone', async () => {
        const { page, context } = await open(browser)
        await page.goto(mock.url)
        await page.locator('.video-card').first().waitFor()
        await page.keyboard.press('Tab')
        assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content')
        await page.keyboard.press('Enter')
        assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
        await page.getByRole('link', { name: /Dusk over the estuary/ }).first().focus()
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { name: 'Dusk over the estuary' }).waitFor()
        assert.match(await page.title(), /^Dusk over the estuary/)
        assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the focus starts the new page')
        await page.goBack()
        await page.getByRole('heading', { name: 'Newest videos' }).waitFor()
        await context.close()
    })
})

describe('watching what is still being made', { concurrency: false }, () => {
    it('plays from the start, waits at the edge, goes on, and takes up new qualities without a break', async () => {
        const { page, context, wrong } = await open(browser, { viewport: { width: 1440, height: 900 } })
        const video = mock.addVideo({ name: 'Just uploaded', state: { id: 2, label: 'To transcode' } }, true)
        await page.goto(`${mock.url}/w/${video.shortUUID}`)
        await page.getByText('This video is being prepared').waitFor()
        await page.screenshot({ path: join(shots, 'preparing.png') })
        await page.locator('media-controller').waitFor({ timeout: 15000 }) // by itself
        const state = () => page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            return { time: v.currentTime, duration: v.duration, width: v.videoWidth, ready: v.readyState }
        })
        await page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            window.waits = []
            v.addEventListener('waiting', () => window.waits.push(v.currentTime))
            v.muted = true
            v.play()
        })
        await until('playing', async () => (await state()).time > 0.5)
        assert.ok((await state()).time < 5, 'from the start, not from the live edge')
        assert.equal((await state()).duration, 40, 'the whole length')
        await page.evaluate(() => { document.querySelector('media-controller video').currentTime = 39 })
        await page.getByText(/Only the first .* are ready so far/).first().waitFor({ state: 'attached' })
        assert.ok((await state()).time < 30, 'kept to what is there')
        await page.locator('.player-message', { hasText: 'still being prepared' }).waitFor({ timeout: 15000 })
        await page.screenshot({ path: join(shots, 'edge.png') })
        const at = (await state()).time
        await until('going on', async () => (await state()).time > at + 2)
        await page.evaluate(() => { window.waits = [] })
        await until('the new quality', async () => (await state()).width === 1280, 40000)
        assert.deepEqual(await page.evaluate(() => window.waits), [], 'no break')
        await context.close()
        assert.deepEqual(wrong, [])
    })
})

describe('watching over a slow line', { concurrency: false }, () => {
    it('news of the stream do not take back the question for its master', async () => {
        const { page, context, wrong } = await open(browser)
        const video = mock.addVideo({ name: 'Slow to answer', state: { id: 2, label: 'To transcode' }, slowMaster: 3000 }, true)
        video.born -= 8000 // playable already, and growing: news come every moment
        await page.goto(mock.url)
        await page.getByRole('link', { name: /Slow to answer/ }).first().click() // so that it may start by itself
        await page.waitForFunction(() => document.querySelector('media-controller video')?.currentTime > 0.5, null, { timeout: 60000 })
        await context.close()
        assert.deepEqual(wrong, [])
    })
})

describe('uploading over a bad line', { concurrency: false }, () => {
    const file = join(work, 'Harbour.mp4')
    before(() => {
        mock.signIn()
        writeFileSync(file, Buffer.alloc(9 * 1024 * 1024, 7))
    })
    after(() => mock.throttle(0))

    it('goes on after the connection was lost', async () => {
        const { page, context, wrong } = await open(browser, {}, [/ERR_INTERNET_DISCONNECTED|Failed to load resource/])
        await page.goto(`${mock.url}/upload`)
        mock.throttle(2e6)
        await page.setInputFiles('input[type=file]', file)
        await until('some bytes', async () => Number(await page.locator('.upload [role=progressbar]').getAttribute('aria-valuenow')) > 5)
        await context.setOffline(true)
        await page.getByText(/Connection lost\. Trying again/).waitFor()
        await page.screenshot({ path: join(shots, 'lost.png') })
        await context.setOffline(false)
        await page.locator('[data-stage=processing], [data-stage=playable]').first().waitFor({ timeout: 30000 })
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('several files wait for each other; one is cancelled', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(`${mock.url}/upload`)
        mock.throttle(3e6)
        const files = ['a.mp4', 'b.mp4', 'c.mp4'].map((name, i) => {
            const path = join(work, name)
            writeFileSync(path, Buffer.alloc(6e6 + i, 1))
            return path
        })
        await page.setInputFiles('input[type=file]', files)
        assert.equal(await page.locator('.upload').count(), 3)
        await page.locator('[data-stage=uploading]').first().waitFor()
        await until('two files waiting', async () => await page.getByText('Waiting for its turn').count() === 2)
        await page.screenshot({ path: join(shots, 'queue.png') })
        await page.getByRole('button', { name: 'Cancel upload' }).nth(1).click()
        await until('two files left', async () => await page.locator('.upload').count() === 2)
        await until('both sent', async () => await page.locator('[data-stage=processing], [data-stage=playable]').count() === 2, 30000)
        assert.ok(!mock.videos.some(v => v.name.startsWith('b')), 'what was cancelled is no video')
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('other files are refused with a word', async () => {
        const { page, context } = await open(browser)
        await page.goto(`${mock.url}/upload`)
        const text = join(work, 'notes.txt')
        writeFileSync(text, 'hello')
        await page.setInputFiles('input[type=file]', text)
        await page.getByText('“notes.txt” does not look like a video or sound file.').waitFor()
        await context.close()
    })
})
