// Pictures, captions and chapters through a browser, against the real server: picked, sent, shown by the
// player; and a plain MP4 in a bare <video>, where seeking works.
//
//   node --test tests/browser/own_video.test.mjs        screenshots: build/screenshots/

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
const work = tempFolder('zoetrope-pictures')
const film = join(work, 'Boats.mkv'), picture = join(work, 'picture.png'), srt = join(work, 'de.srt'), wrong = join(work, 'wrong.srt')
let server, browser, at, video
const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) })

async function until(what, act, ms = 120000) {
    for (const end = Date.now() + ms; Date.now() < end; await new Promise(r => setTimeout(r, 150))) {
        const last = await act()
        if (last)
            return last
    }
    assert.fail(`${what} did not happen in ${ms / 1000} s`)
}
const json = (page, path) => page.evaluate(p => fetch(`/api/v1${p}`).then(r => r.json()), path)

before(async () => {
    mkdirSync(shots, { recursive: true })
    const own = join(work, 'en.srt'), chapters = join(work, 'chapters.txt')
    writeFileSync(own, '1\n00:00:00,000 --> 00:00:20,000\nWhat the film says\n')
    writeFileSync(srt, '1\n00:00:00,000 --> 00:00:20,000\n<i>Was der Film sagt</i>\n')
    writeFileSync(wrong, '1\n00:00:05,000 --> 00:00:01,000\nbackwards\n')
    writeFileSync(chapters, ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=6000\ntitle=Harbour\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=6000\nEND=20000\ntitle=Open sea\n')
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=20', '-f', 'lavfi', '-i', 'sine=d=20', '-i', own, '-i', chapters,
        '-map', '0', '-map', '1', '-map', '2', '-map_metadata', '3', '-c:v', 'libx264', '-preset', 'veryfast', '-g', '50', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-c:s', 'srt',
        '-metadata:s:s:0', 'language=eng', film])
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'color=0x1155cc:s=640x360', '-frames:v', '1', picture])
    server = await startServer({ args: ['--resolutions', '240'] })
    browser = await launch()
    at = await open(browser, {}, [/status of 400/])
    const { page } = at
    await page.goto(`${server.url}/login`)
    await page.getByLabel('Username').fill('root')
    await page.getByLabel('Password').fill(server.rootPassword)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}/`)
    await page.goto(`${server.url}/upload`)
    await page.setInputFiles('input[type=file]', film)
    const list = await until('the upload', async () => (await json(page, '/users/me/videos')).data[0])
    video = await until('the video', async () => {
        const v = await json(page, `/videos/${list.uuid}`)
        return v.state?.id === 1 && v.files[0]?.id > 0 && v.thumbnails.length === 5 && v
    })
})

after(async () => {
    await browser?.close()
    await server?.stop()
})

describe('pictures, captions, chapters', { concurrency: false }, () => {
    const openPanel = async name => {
        const { page } = at
        await page.goto(`${server.url}/my-videos?edit=${video.uuid}`)
        await page.getByRole('tab', { name }).click()
        return page.getByRole('tabpanel')
    }

    it('the upload leads to them', async () => {
        const { page } = at
        await page.getByRole('link', { name: 'Picture, captions and chapters' }).click()
        await page.getByRole('tab', { name: 'Captions' }).waitFor()
        await page.getByRole('tab', { name: 'Details' }).focus()
        await page.keyboard.press('ArrowRight')
        await page.getByRole('tab', { name: 'Picture', selected: true }).waitFor()
    })

    it('a moment is picked with the keyboard, a picture is sent', async () => {
        const { page } = at
        const panel = await openPanel('Picture')
        const slider = panel.getByRole('slider')
        await page.waitForFunction(() => document.querySelector('.edit-moment video')?.readyState >= 2)
        await slider.focus()
        await page.keyboard.press('End')
        for (let i = 0; i < 5; i++)
            await page.keyboard.press('ArrowLeft')
        assert.ok(Math.abs(Number(await slider.inputValue()) - 19.5) < 0.6)
        await page.waitForFunction(() => document.querySelector('.edit-moment video').currentTime > 19)
        await shot(page, 'edit-picture')
        const before = video.thumbnails[0].fileUrl
        await panel.getByRole('button', { name: 'Use this moment' }).click()
        const picked = await until('the moment', async () => {
            const v = await json(page, `/videos/${video.uuid}`)
            return v.thumbnails[0].fileUrl !== before && v.thumbnails[0].fileUrl
        })
        await page.waitForFunction(old => !document.querySelector('.edit-picture img').src.includes(old), new URL(before).pathname)
        await panel.locator('input[type=file]').setInputFiles(picture)
        const sent = await until('the picture', async () => {
            const v = await json(page, `/videos/${video.uuid}`)
            return v.thumbnails[0].fileUrl !== picked && v.thumbnails[0].fileUrl
        })
        await page.waitForFunction(file => document.querySelector('.edit-picture img')?.complete && fetch(file).then(r => r.ok), new URL(sent).pathname)
        await panel.locator('input[type=file]').setInputFiles(wrong)
        await panel.getByRole('alert').getByText(/no picture/).waitFor()
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        // the list shows it without a reload
        await page.waitForFunction(file => [...document.querySelectorAll('.row-thumb img')].some(i => `${i.src} ${i.srcset}`.includes(file.slice(-41))),
            await json(page, `/videos/${video.uuid}`).then(v => v.thumbnails.at(-1).fileUrl))
    })

    it('captions of the file are there, others are added, wrong ones are explained, and one is removed', async () => {
        const { page } = at
        const panel = await openPanel('Captions')
        await panel.getByRole('link', { name: 'English' }).waitFor()
        await panel.getByLabel('Language').selectOption('de')
        await panel.locator('input[type=file]').setInputFiles(wrong)
        await panel.getByRole('alert').getByText('line 2: a caption ends before it starts').waitFor()
        await panel.locator('input[type=file]').setInputFiles(srt)
        await panel.getByRole('link', { name: 'German' }).waitFor()
        await shot(page, 'edit-captions')
        await panel.getByRole('button', { name: 'Remove captions in English' }).click()
        await panel.getByRole('link', { name: 'English' }).waitFor({ state: 'detached' })
        assert.deepEqual((await json(page, `/videos/${video.uuid}/captions`)).data.map(c => c.language.id), ['de'])
    })

    it('chapters come from the file and are edited', async () => {
        const { page } = at
        const panel = await openPanel('Chapters')
        await panel.getByLabel('Title of chapter 2').waitFor()
        assert.equal(await panel.getByLabel('Time of chapter 2').inputValue(), '0:06')
        await panel.getByRole('button', { name: 'Add a chapter' }).click()
        await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Time of chapter 3') // it takes the focus
        await page.keyboard.type('x')
        await panel.getByRole('button', { name: 'Save chapters' }).click()
        await panel.getByText('Write a time within the video').waitFor()
        await panel.getByLabel('Time of chapter 3').fill('0:15')
        await panel.getByLabel('Title of chapter 3').fill('Storm')
        await shot(page, 'edit-chapters')
        await panel.getByRole('button', { name: 'Save chapters' }).click()
        await until('the chapters', async () => (await json(page, `/videos/${video.uuid}/chapters`)).chapters.length === 3)
        assert.deepEqual((await json(page, `/videos/${video.uuid}/chapters`)).chapters.at(-1), { timecode: 15, title: 'Storm' })
    })

    it('the player shows captions by its menu and chapters in its time line', async () => {
        const { page } = at
        await page.goto(`${server.url}/w/${video.shortUUID}`)
        await page.waitForFunction(() => document.querySelector('media-controller video')?.readyState >= 2)
        await page.locator('.player-settings').click()
        await page.getByRole('menuitem', { name: /Captions/ }).click()
        await page.getByRole('menuitemradio', { name: 'German' }).click()
        await page.evaluate(() => { document.querySelector('media-controller video').currentTime = 3 })
        const cue = await until('a cue', () => page.evaluate(() => {
            const track = [...document.querySelector('media-controller video').textTracks].find(t => t.mode === 'showing')
            return track?.activeCues?.[0]?.text
        }))
        assert.equal(cue, '<i>Was der Film sagt</i>')
        const marks = await page.evaluate(() => [...document.querySelector('media-controller video').textTracks].find(t => t.kind === 'chapters').cues.length)
        assert.equal(marks, 3)
        await page.locator('.chapters').getByText('Open sea').waitFor()
        const range = page.locator('media-time-range')
        const box = await range.boundingBox()
        await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2)
        await page.waitForTimeout(400)
        await shot(page, 'player-captions-chapters')
    })

    it('a plain MP4 plays and seeks in a bare <video>', async () => {
        const { page } = at
        const url = new URL(video.files[0].fileUrl).pathname
        const state = await page.evaluate(async src => {
            const media = document.createElement('video')
            media.muted = true
            media.src = src
            document.body.append(media)
            const event = name => new Promise((ok, no) => {
                media.addEventListener(name, ok, { once: true })
                media.addEventListener('error', () => no(new Error(media.error?.message)), { once: true })
            })
            await event('canplay')
            const seen = []
            for (const to of [15.2, 3.4, 19.8, 0]) {
                const sought = event('seeked')
                media.currentTime = to
                await sought
                seen.push(Math.abs(media.currentTime - to) < 0.1 && media.readyState >= 2)
            }
            const ended = event('ended')
            media.currentTime = 19
            await media.play()
            await ended
            const out = { seen, duration: media.duration, width: media.videoWidth, frames: media.getVideoPlaybackQuality().totalVideoFrames }
            media.remove()
            return out
        }, url)
        assert.deepEqual(state.seen, [true, true, true, true])
        assert.ok(Math.abs(state.duration - 20) < 0.15, String(state.duration))
        assert.ok(state.width > 0 && state.frames > 10)
    })

    it('nothing went wrong on the way', () => assert.deepEqual(at.wrong, []))
})
