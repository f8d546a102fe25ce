// The main job through a browser, against the real server: sign in, upload through the page (paused, reloaded,
// resumed), watch while it is prepared, play, switch quality, edit, read without scripts, delete.
//
//   node --test tests/browser/e2e.test.mjs        ZOETROPE_BIN=path to the server, default build/zoetrope
//
// Any console error, exception or refusal by the Content-Security-Policy fails the test. Screenshots:
// build/screenshots/.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../api/server.mjs'
import { tempFolder } from '../folders.mjs'
import { launch, open } from './browser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const shots = join(root, 'build/screenshots')
const work = tempFolder('zoetrope-e2e')
const clip = join(work, 'Paper_boats.mp4')
const long = join(work, 'Slow_river.mp4')
const killed = join(work, 'Ferry.mp4')
const encoded = join(work, 'Old_film.mkv')
const fake = join(work, 'not_really.webm')

let server
let browser
let at // the signed-in page
let watchUrl
const expected = [/status of 400/] // console errors that a test provokes

const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) })
const videoState = page => page.evaluate(() => {
    const v = document.querySelector('media-controller video')
    return v && { time: v.currentTime, width: v.videoWidth, height: v.videoHeight, duration: v.duration, paused: v.paused, error: v.error?.message ?? null }
})

async function until(what, act, ms = 60000) {
    const end = Date.now() + ms
    let last
    while (Date.now() < end) {
        last = await act()
        if (last)
            return last
        await new Promise(r => setTimeout(r, 150))
    }
    assert.fail(`${what} did not happen in ${ms / 1000} s`)
}

before(async () => {
    mkdirSync(shots, { recursive: true })
    const make = (file, seconds, extra) => execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=s=1280x720:r=25:d=${seconds}`,
        '-f', 'lavfi', '-i', `sine=frequency=440:d=${seconds}`, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '50',
        ...extra, '-c:a', 'aac', '-movflags', '+faststart', '-shortest', file])
    make(clip, 12, [])
    make(long, 20, ['-b:v', '12M', '-minrate', '12M', '-maxrate', '12M', '-bufsize', '12M', '-x264-params', 'nal-hrd=cbr'])
    make(killed, 12, ['-b:v', '12M', '-minrate', '12M', '-maxrate', '12M', '-bufsize', '12M', '-x264-params', 'nal-hrd=cbr'])
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25:d=40', '-f', 'lavfi', '-i', 'sine=frequency=440:d=40',
        '-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'mp2', '-shortest', encoded])
    writeFileSync(fake, 'this is no video at all\n'.repeat(5000))
    server = await startServer({ env: { ZOETROPE_RATE_LIMITS: 'true' } })
    browser = await launch()
})

after(async () => {
    await browser?.close()
    if (process.env.SHOW_LOG)
        console.log(server?.log())
    await server?.stop()
})

describe('in the browser', { concurrency: false }, () => {
    it('an empty site says so', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(server.url)
        await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor()
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('signs in, after a wrong password', async () => {
        at = await open(browser, {}, expected)
        const { page } = at
        await page.goto(`${server.url}/upload`) // leads to the sign-in page and back
        await page.getByLabel('Username or e-mail').fill('root')
        await page.getByLabel('Password', { exact: true }).fill('nonsense')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByText('Wrong username or password.').waitFor()
        await page.getByLabel('Password', { exact: true }).fill(server.rootPassword)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'Upload videos' }).waitFor()
        assert.equal(new URL(page.url()).pathname, '/upload')
        await page.reload()
        await page.getByRole('heading', { name: 'Upload videos' }).waitFor()
    })

    it('uploads a file and describes it meanwhile; it can be watched soon', async () => {
        const { page } = at
        const started = Date.now()
        await page.setInputFiles('input[type=file]', clip)
        await page.getByLabel('Title').fill('Paper boats on the canal')
        await page.getByLabel('Description').fill('Made for a test.\n0:05 the middle\nhttps://example.org/boats <b>not bold</b>')
        await page.getByLabel('Tags').fill('boats, water')
        await page.getByText('Details saved').waitFor()
        await page.locator('[data-stage=playable], [data-stage=ready]').first().waitFor({ timeout: 60000 })
        console.log(`# playable after ${((Date.now() - started) / 1000).toFixed(1)} s`)
        await shot(page, 'upload')
        await page.locator('[data-stage=ready]').first().waitFor({ timeout: 120000 })
        console.log(`# all qualities after ${((Date.now() - started) / 1000).toFixed(1)} s`)
        await page.getByRole('link', { name: 'Watch' }).click()
        await page.getByRole('heading', { name: 'Paper boats on the canal' }).waitFor()
        watchUrl = page.url()
        assert.match(watchUrl, /\/w\/\w{22}$/)
    })

    it('plays: the picture moves, the length is right', async () => {
        const { page } = at
        await page.locator('media-controller').waitFor()
        await page.evaluate(() => document.querySelector('media-controller video').play())
        const first = await until('playing', async () => {
            const s = await videoState(page)
            return s && s.time > 0.5 && s.width > 0 && s
        })
        await page.waitForTimeout(1200)
        const second = await videoState(page)
        assert.ok(second.time > first.time + 0.5, `currentTime went from ${first.time} to ${second.time}`)
        assert.ok(Math.abs(second.duration - 12) < 0.5, `duration ${second.duration}`)
        assert.equal(second.error, null)
        await page.mouse.move(500, 300)
        await shot(page, 'watch-light')
    })

    it('switches quality from the menu', async () => {
        const { page } = at
        const pick = async label => {
            await page.mouse.move(400, 300)
            await page.getByRole('button', { name: 'Settings' }).click()
            await page.locator('[data-page=quality]').click()
            if (label === '240p')
                await shot(page, 'quality-menu')
            await page.getByRole('menuitemradio', { name: label, exact: true }).click()
        }
        const at0 = () => page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            v.currentTime = 1
            void v.play() // what comes of it is waited for below, not for ever
        })
        await pick('240p')
        await at0()
        await until('240p', async () => (await videoState(page)).height === 240)
        await pick('720p')
        await at0()
        await until('720p', async () => (await videoState(page)).height === 720)
        const before = await videoState(page)
        await page.waitForTimeout(800)
        assert.ok((await videoState(page)).time > before.time)
    })

    it('obeys the keyboard', async () => {
        const { page } = at
        await page.evaluate(() => { document.activeElement?.blur() })
        await page.keyboard.press('k')
        assert.equal((await videoState(page)).paused, true)
        await page.keyboard.press('5')
        await until('half way', async () => Math.abs((await videoState(page)).time - 6) < 0.5)
        await page.keyboard.press('ArrowLeft')
        await until('5 s back', async () => Math.abs((await videoState(page)).time - 1) < 0.5)
        await page.keyboard.press('m')
        assert.equal(await page.evaluate(() => document.querySelector('media-controller video').muted), true)
        await page.keyboard.press('m')
        await page.keyboard.press('>')
        assert.equal(await page.evaluate(() => document.querySelector('media-controller video').playbackRate), 1.25)
        await page.keyboard.press('<')
        await page.keyboard.press('?')
        await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('button', { name: '0:05' }).click()
        await until('the time in the description', async () => (await videoState(page)).time >= 4.9)
    })

    it('starts at ?start=', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(`${watchUrl}?start=0m7s`)
        await page.locator('media-controller').waitFor()
        await until('the start', async () => Math.abs((await videoState(page))?.time - 7) < 0.7)
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('text of users never becomes markup', async () => {
        const { page } = at
        assert.equal(await page.locator('.watch-description b').count(), 0)
        assert.equal(await page.locator('.watch-description a[href="https://example.org/boats"]').count(), 1)
    })

    it('pauses an upload, survives a reload and resumes where it stopped', async () => {
        const { page, context } = at
        await page.goto(`${server.url}/upload`)
        const cdp = await context.newCDPSession(page)
        await cdp.send('Network.enable')
        await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 4e6, uploadThroughput: 4e6 })
        await page.setInputFiles('input[type=file]', long)
        await page.getByLabel('Title').fill('Slow river')
        await until('the first chunk', async () => Number(await page.locator('.upload [role=progressbar]').first().getAttribute('aria-valuenow')) > 25)
        await page.getByRole('button', { name: 'Pause' }).click()
        await page.getByText(/^Paused/).waitFor()
        await page.waitForTimeout(1200) // the details are kept a moment after the last key
        await page.reload()
        await page.getByRole('heading', { name: 'Unfinished uploads' }).waitFor()
        await page.getByText('Slow river').first().waitFor()
        await shot(page, 'upload-unfinished')
        const puts = []
        page.on('request', r => { if (r.method() === 'PUT' && r.url().includes('upload-resumable')) puts.push(r.headers()['content-range']) })
        await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
        await page.setInputFiles('input[type=file]', long)
        await page.locator('[data-stage=processing], [data-stage=playable], [data-stage=ready]').first().waitFor({ timeout: 60000 })
        assert.match(puts[0], /^bytes \*\//, 'asks the server first')
        assert.ok(Number(/^bytes (\d+)-/.exec(puts[1])[1]) > 0, `goes on, not from zero: ${puts}`)
        assert.equal(await page.getByLabel('Title').inputValue(), 'Slow river')
        assert.equal(await page.getByRole('heading', { name: 'Unfinished uploads' }).count(), 0)
        await page.getByRole('link', { name: 'Watch' }).click({ timeout: 60000 })
        await page.locator('media-controller').waitFor()
        await page.evaluate(() => document.querySelector('media-controller video').play())
        await until('playing while it is prepared', async () => (await videoState(page)).time > 1)
        const s = await videoState(page)
        assert.ok(Math.abs(s.duration - 20) < 1, `the whole length is known: ${s.duration}`)
        await shot(page, 'watch-preparing')
    })

    it('an upload goes on after the server was killed', async () => {
        const { page, context } = at
        await page.goto(`${server.url}/upload`)
        const cdp = await context.newCDPSession(page)
        await cdp.send('Network.enable')
        await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 4e6, uploadThroughput: 4e6 })
        const puts = []
        page.on('request', r => { if (r.method() === 'PUT' && r.url().includes('upload-resumable')) puts.push(r.headers()['content-range']) })
        await page.setInputFiles('input[type=file]', killed)
        await until('half of it', async () => Number(await page.locator('.upload [role=progressbar]').first().getAttribute('aria-valuenow')) > 40)
        expected.push(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|Failed to load resource/)
        await server.kill()
        await server.start()
        await page.locator('[data-stage=processing], [data-stage=playable], [data-stage=ready]').first().waitFor({ timeout: 60000 })
        const first = puts.findIndex(p => /^bytes \*\//.test(p))
        assert.ok(first > 0 && Number(/^bytes (\d+)-/.exec(puts[first + 1])?.[1]) > 0, `goes on where it was: ${puts}`)
        await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
        await page.locator('[data-stage=playable], [data-stage=ready]').first().waitFor({ timeout: 60000 })
        expected.pop()
    })

    it('plays what has to be encoded while it is encoded, and takes up the other qualities', async () => {
        const { page } = at
        await page.goto(`${server.url}/upload`)
        const started = Date.now()
        await page.setInputFiles('input[type=file]', encoded)
        await page.locator('[data-stage=playable], [data-stage=ready]').first().waitFor({ timeout: 60000 })
        console.log(`# to be encoded: playable after ${((Date.now() - started) / 1000).toFixed(1)} s`)
        await page.getByRole('link', { name: 'Watch' }).click()
        await page.locator('media-controller').waitFor()
        await page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            v.muted = true
            void v.play() // what comes of it is waited for below, not for ever
        })
        await until('playing', async () => (await videoState(page)).time > 0.5)
        const s = await videoState(page)
        assert.ok(s.time < 6, `from the start: ${s.time}`)
        assert.ok(Math.abs(s.duration - 40) < 1, `the whole length: ${s.duration}`)
        await page.mouse.move(400, 300)
        await shot(page, 'watch-growing')
        const labels = async () => {
            await page.mouse.move(300 + Math.random() * 50, 300)
            await page.getByRole('button', { name: 'Settings' }).click()
            await page.locator('[data-page=quality]').click()
            const list = await page.getByRole('menuitemradio').allInnerTexts()
            await page.keyboard.press('Escape')
            await page.keyboard.press('Escape')
            return list.join(' ')
        }
        await until('every quality in the menu', async () => {
            const list = await labels()
            return ['720p', '480p', '360p', '240p'].every(q => list.includes(q))
        }, 120000)
        const id = page.url().split('/').pop()
        await until('all of it', async () => (await (await fetch(`${server.url}/api/v1/videos/${id}/progress`)).json()).percent === 100, 240000)
        await until('the page knows', async () => await page.locator('.notice-info').count() === 0)
        await page.evaluate(() => { document.querySelector('media-controller video').currentTime = 38.5 })
        await until('the end', async () => await page.evaluate(() => document.querySelector('media-controller video').ended), 90000)
    })

    it('a file that is no video fails with a reason', async () => {
        const { page } = at
        await page.goto(`${server.url}/upload`)
        await page.setInputFiles('input[type=file]', fake)
        await page.locator('[data-stage=transcode-failed], [data-stage=failed]').first().waitFor({ timeout: 60000 })
        const reason = await page.locator('.upload-reason').first().innerText()
        assert.ok(reason.length > 15, reason)
        console.log(`# reason: ${reason}`)
        await shot(page, 'upload-failed')
    })

    it('edits a video', async () => {
        const { page } = at
        await page.goto(`${server.url}/my-videos`)
        await shot(page, 'my-videos')
        await page.getByRole('button', { name: 'Edit “Paper boats on the canal”' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Title').fill('Paper boats, second edition')
        await dialog.getByLabel('Who can watch').selectOption({ label: 'Unlisted: only with the link' })
        await shot(page, 'edit')
        await dialog.getByRole('button', { name: 'Save changes' }).click()
        await page.getByRole('link', { name: 'Paper boats, second edition' }).first().waitFor()
        await page.getByText('Unlisted').first().waitFor()
        const list = await (await fetch(`${server.url}/api/v1/videos`)).json()
        assert.ok(!list.data.some(v => v.name.startsWith('Paper boats')), 'unlisted videos are not listed')
        await page.getByRole('button', { name: /Edit “Paper boats/ }).click()
        await page.getByRole('dialog').getByLabel('Who can watch').selectOption({ label: 'Public' })
        await page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).click()
        await page.getByRole('dialog').waitFor({ state: 'detached' })
    })

    it('a private video plays for its owner and for nobody else', async () => {
        const { page } = at
        await page.goto(`${server.url}/my-videos`)
        await page.getByRole('button', { name: 'Edit “Slow river”' }).click()
        await page.getByRole('dialog').getByLabel('Who can watch').selectOption({ label: 'Private: only me' })
        await page.getByRole('dialog').getByRole('button', { name: 'Save changes' }).click()
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        await page.getByRole('link', { name: 'Slow river' }).first().click()
        await page.locator('media-controller').waitFor()
        await page.evaluate(() => document.querySelector('media-controller video').play())
        await until('playing', async () => (await videoState(page)).time > 0.5)
        const other = await open(browser, {}, [/status of 40[13]/])
        await other.page.goto(page.url())
        await other.page.getByRole('heading', { name: 'This video is private.' }).waitFor()
        await shot(other.page, 'private')
        await other.context.close()
        assert.deepEqual(other.wrong, [])
    })

    it('stands in a frame of another site', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(watchUrl.replace('/w/', '/videos/embed/'))
        await page.locator('media-controller').waitFor()
        await page.getByRole('link', { name: /Paper boats/ }).waitFor()
        await page.evaluate(() => document.querySelector('media-controller video').play())
        await until('playing', async () => (await videoState(page)).time > 0.5)
        await shot(page, 'embed')
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('counts a view of somebody who watched it', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(watchUrl)
        await page.locator('media-controller').waitFor()
        await page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            v.muted = true
            void v.play() // what comes of it is waited for below, not for ever
        })
        await until('the end', async () => page.evaluate(() => document.querySelector('media-controller video').ended), 30000)
        const id = watchUrl.split('/').pop()
        await until('a view', async () => (await (await fetch(`${server.url}/api/v1/videos/${id}`)).json()).views > 0, 20000)
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('asks nothing twice: pages start with what the server put into them', async () => {
        const { page, context, wrong } = await open(browser)
        const asked = []
        page.on('request', r => { if (r.url().includes('/api/v1/')) asked.push(new URL(r.url()).pathname) })
        await page.goto(server.url)
        await page.locator('.video-card').first().waitFor()
        assert.deepEqual(asked, [], 'home')
        await page.goto(watchUrl)
        await page.locator('media-controller').waitFor()
        await page.waitForTimeout(500)
        const id = watchUrl.split('/').pop()
        assert.deepEqual(asked.filter(p => p === `/api/v1/videos/${id}` || /\/(config|users\/me)$/.test(p)), [], 'watch')
        console.log(`# asked on the watch page: ${asked.map(p => p.replace(/.*\//, '')).join(' ')}`)
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('finds it', async () => {
        const { page } = at
        await page.goto(server.url)
        await page.getByRole('searchbox', { name: 'Search videos' }).fill('boats')
        await page.keyboard.press('Enter')
        await page.getByText('1 result').waitFor()
        await page.getByRole('link', { name: /Paper boats, second edition/ }).first().waitFor()
    })

    it('reads well without scripts', async () => {
        const { page, context, wrong } = await open(browser, { javaScriptEnabled: false })
        await page.goto(watchUrl)
        assert.match(await page.title(), /Paper boats, second edition/)
        assert.equal(await page.locator('h1').innerText(), 'Paper boats, second edition')
        assert.equal(await page.locator('video[controls]').count(), 1)
        assert.ok(await page.locator('video source').count() >= 1)
        assert.ok(await page.locator('meta[property="og:title"]').count() === 1)
        await shot(page, 'watch-no-script')
        await page.goto(server.url)
        await page.getByRole('link', { name: /Paper boats, second edition/ }).first().waitFor()
        await shot(page, 'home-no-script')
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('dark, and on a phone', async () => {
        const dark = await open(browser, { colorScheme: 'dark', viewport: { width: 1440, height: 900 } })
        await dark.page.goto(server.url)
        await dark.page.locator('.video-card').first().waitFor()
        await dark.page.waitForTimeout(400)
        await shot(dark.page, 'home-dark')
        await dark.page.goto(watchUrl)
        await dark.page.locator('media-controller').waitFor()
        await dark.page.waitForTimeout(1200)
        await shot(dark.page, 'watch-dark')
        assert.notEqual(await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(250, 249, 246)')
        await dark.page.getByRole('button', { name: 'Switch to light colours' }).click()
        await dark.page.reload()
        assert.equal(await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(250, 249, 246)', 'remembered')
        await dark.context.close()
        assert.deepEqual(dark.wrong, [])

        const phone = await open(browser, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true })
        await phone.page.goto(server.url)
        await phone.page.locator('.video-card').first().waitFor()
        await phone.page.waitForTimeout(400)
        await shot(phone.page, 'home-phone')
        await phone.page.locator('.video-card-link').first().tap()
        await phone.page.locator('media-controller').waitFor()
        await until('playing on the phone', async () => (await videoState(phone.page)).time > 0.5)
        await shot(phone.page, 'watch-phone')
        assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'no sideways scrolling')
        await phone.context.close()
        assert.deepEqual(phone.wrong, [])
    })

    it('deletes a video after asking', async () => {
        const { page } = at
        await page.goto(`${server.url}/my-videos`)
        await page.getByRole('button', { name: /Delete “Paper boats/ }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
        await page.getByRole('button', { name: /Delete “Paper boats/ }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Delete video' }).click()
        await page.getByRole('link', { name: /Paper boats/ }).first().waitFor({ state: 'detached' })
        const answer = await fetch(watchUrl)
        assert.ok([404, 410].includes(answer.status), `${answer.status}`)
    })

    it('an account: created, given channels, signed out, deleted', async () => {
        const { page, context, wrong } = await open(browser)
        await page.goto(`${server.url}/signup`)
        await page.getByLabel('Username').fill('ada')
        await page.getByLabel('Password', { exact: true }).fill('a long enough phrase')
        await page.getByRole('button', { name: 'Create account' }).click()
        await page.getByRole('button', { name: /Account menu/ }).click()
        await page.getByRole('link', { name: 'Account settings' }).click()
        await page.getByLabel('Name to show').fill('Ada of the boats')
        await page.getByRole('button', { name: 'Save changes' }).click()
        await page.getByText('Your profile is saved.').waitFor()
        await page.getByRole('button', { name: 'New channel' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Name to show').fill('Locks and weirs')
        await dialog.getByLabel('Name in its address').fill('locks')
        await dialog.getByRole('button', { name: 'New channel' }).click()
        await page.getByRole('button', { name: 'Edit Locks and weirs' }).click()
        await dialog.getByLabel('Name to show').fill('Locks')
        await dialog.getByRole('button', { name: 'Save changes' }).click()
        await page.goto(`${server.url}/c/locks`)
        await page.getByRole('heading', { name: 'Locks', exact: true }).waitFor()
        await page.getByRole('link', { name: 'Edit channel' }).click()
        await page.getByRole('button', { name: 'Delete Locks' }).click()
        await dialog.getByRole('button', { name: 'Delete' }).click()
        await page.getByRole('button', { name: 'Edit Locks' }).waitFor({ state: 'detached' })
        assert.equal((await fetch(`${server.url}/c/locks`)).status, 404)
        await page.getByRole('button', { name: 'Account menu of Ada of the boats' }).click()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('link', { name: 'Sign in' }).click()
        await page.getByLabel('Username').fill('ada')
        await page.getByLabel('Password', { exact: true }).fill('a long enough phrase')
        await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: /Account menu/ }).click()
        await page.getByRole('link', { name: 'Account settings' }).click()
        await page.getByRole('button', { name: 'Delete account' }).click()
        await dialog.getByLabel('Type ada to confirm').fill('Ada?')
        await dialog.getByRole('button', { name: 'Delete account' }).click()
        await dialog.getByText('That is not your username.').waitFor()
        await dialog.getByLabel('Type ada to confirm').fill('ada')
        await dialog.getByRole('button', { name: 'Delete account' }).click()
        await page.getByText('Your account is deleted.').waitFor()
        await page.getByRole('link', { name: 'Sign in' }).waitFor()
        assert.ok([404, 410].includes((await fetch(`${server.url}/api/v1/accounts/ada`)).status))
        await context.close()
        assert.deepEqual(wrong, [])
    })

    it('nothing went wrong in the console, and nothing was refused by the policy', () => {
        assert.deepEqual(at.wrong, [])
    })
})
