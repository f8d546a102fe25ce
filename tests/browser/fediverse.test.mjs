// The fediverse through a browser, on real servers: somebody on one site finds, follows, watches and answers what
// lives on another; a reply from a microblog appears below the open video; a visitor is led home and back.
//
//   node --test tests/browser/fediverse.test.mjs      needs a build of everything; screenshots in build/screenshots/

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort, startServer, testClip } from '../api/server.mjs'
import { one, until } from '../federation/peers.mjs'
import { replyOf, strangerOf } from '../federation/signed.mjs'
import { launch, open } from './browser.mjs'

const shots = join(dirname(fileURLToPath(import.meta.url)), '../../build/screenshots')
const env = { ZOETROPE_FEDERATION_INSECURE: 'true', ZOETROPE_FEDERATION_RETRY_MS: '500' }
const far = { name: 'The far end of the line', description: 'Filmed from the last seat.' }
let here, there, video, browser

/** Two sites with names of their own, so that neither gets the other's cookies. */
before(async () => {
    mkdirSync(shots, { recursive: true })
    const port = await freePort()
    ;[here, there] = await Promise.all([
        startServer({ env, args: ['--name', 'Lantern'] }),
        startServer({ env, port, args: ['--name', 'Faraway', '--url', `http://127.0.0.1:${port}`] })])
    there.url = `http://127.0.0.1:${port}`
    const token = await there.token()
    video = await there.upload(token, await testClip(), far)
    await there.waitVideo(video.uuid)
    browser = await launch()
})
after(async () => {
    await browser?.close()
    await Promise.all([here?.stop(), there?.stop()])
})

/** A page on a site; `signedIn`: as its root. */
async function visit(site, path, act, { signedIn = false, allow = [], ...options } = {}) {
    const { page, context, wrong } = await open(browser, options, allow)
    if (signedIn)
        await signIn(page, site)
    await page.goto(site.url + path)
    await act(page)
    await context.close()
    assert.deepEqual(wrong, [])
}

async function signIn(page, site) {
    const answer = await page.request.post(`${site.url}/api/v1/session`, { data: { username: 'root', password: site.rootPassword }, headers: { Origin: site.url } })
    assert.equal(answer.status(), 200, await answer.text())
}

const comment = (page, text) => page.locator('.comment').filter({ hasText: text }).first()
const host = site => new URL(site.url).host

describe('two sites and a microblog', { concurrency: false }, () => {
    it('a reply from a microblog appears below the open video', () => visit(there, `/w/${video.shortUUID}`, async page => {
        await page.getByText('Nobody has said anything yet.').waitFor()
        await page.evaluate(() => { window.same = true })
        const mira = await strangerOf(there, 'mira', 'mastodon.example')
        const videoId = `${there.url}/videos/watch/${video.uuid}`
        const times = []
        for (let i = 1; i <= 3; i++) {
            const text = `Greetings number ${i} from a small blue world`
            const begun = performance.now()
            const answer = await mira.post(replyOf(mira, i, `<p>${text}</p>`, videoId))
            assert.equal(answer.status, 202, answer.text)
            await comment(page, text).waitFor({ timeout: 15000 })
            times.push(Math.round(performance.now() - begun))
        }
        console.log(`sent -> shown: ${times.join(', ')} ms`)
        assert.equal(await comment(page, 'number 1').locator('.comment-handle').textContent(), '@mira@mastodon.example')
        assert.equal(await page.evaluate(() => window.same), true, 'without a reload')
        await page.getByRole('heading', { name: '3 comments' }).waitFor()
        const edited = replyOf(mira, 3, '<p>Thought again</p>', videoId)
        const answer = await mira.post({ ...edited, id: `${edited.id}#2`, type: 'Update', object: { ...edited.object, updated: new Date(Date.now() + 5000).toISOString() } })
        assert.equal(answer.status, 202, answer.text)
        await comment(page, 'Thought again').getByText('edited').waitFor({ timeout: 15000 })
        await page.screenshot({ path: join(shots, 'microblog-reply.png'), fullPage: true })
    }))

    it('a channel elsewhere is found by its handle and followed; its videos arrive', () => visit(here, '/', async page => {
        await page.getByRole('searchbox').fill(`@root_channel@${host(there)}`)
        await page.getByRole('searchbox').press('Enter')
        await page.waitForURL(/\/c\/root_channel@/)
        await page.getByText(`at home on ${host(there)}`, { exact: false }).waitFor()
        await page.getByRole('button', { name: /^Follow / }).click()
        await page.getByRole('button', { name: /^Follow /, pressed: true }).waitFor()
        for (const path of ['/subscriptions', '/?isLocal=false'])
            for (let left = 40; ; left--) {
                await page.goto(here.url + path)
                await page.locator('.video-card:not(.skeleton), .empty').first().waitFor()
                if (await page.getByRole('link', { name: far.name }).count() > 0)
                    break
                assert.ok(left > 0, `not at ${path}:\n${here.tail()}`)
                await page.waitForTimeout(500)
            }
        await page.screenshot({ path: join(shots, 'known-network.png') })
        await page.goto(`${here.url}/?isLocal=true`)
        await page.getByText('Nothing here yet').waitFor()
    }, { signedIn: true }))

    it('its video plays here, from its own site', () => visit(here, '/?isLocal=false', async page => {
        const asked = []
        page.on('request', r => asked.push(r.url()))
        await page.getByRole('link', { name: far.name }).first().click()
        await page.getByRole('heading', { name: far.name }).waitFor()
        await page.getByRole('link', { name: `from ${host(there)}` }).waitFor()
        await page.locator('media-controller video').waitFor({ state: 'attached' })
        await page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            v.muted = true
            void v.play()
        })
        await page.waitForFunction(() => document.querySelector('media-controller video').currentTime > 0.5, null, { timeout: 60000 })
        assert.ok(asked.some(u => u.startsWith(`${there.url}/static/streaming-playlists/`)), asked.join('\n'))
        await page.screenshot({ path: join(shots, 'remote-watch.png'), fullPage: true })
    }))

    it('it is liked, shared and commented on from here, which its own site shows at once', () => visit(there, `/w/${video.shortUUID}`, async beside => {
        await visit(here, '/?isLocal=false', async page => {
            await page.getByRole('link', { name: far.name }).first().click()
            await page.getByRole('button', { name: /^Like/ }).click()
            await page.getByRole('button', { name: 'Share', exact: true }).click()
            await page.getByRole('button', { name: 'Share with your followers', pressed: false }).click()
            await page.getByRole('button', { name: 'Share with your followers', pressed: true }).waitFor()
            await page.getByRole('button', { name: 'Close' }).click()
            await page.getByRole('textbox', { name: 'Write a comment' }).fill('Seen from **another** site')
            await page.getByRole('button', { name: 'Comment', exact: true }).click()
            await comment(page, 'Seen from another site').waitFor()
            await comment(beside, 'Seen from another site').waitFor({ timeout: 30000 })
            assert.equal(await comment(beside, 'Seen from').locator('.comment-handle').textContent(), `@root@${host(here)}`)
            await signIn(beside, there)
            await beside.reload()
            await comment(beside, 'Seen from').getByRole('button', { name: 'Answer' }).click()
            await beside.getByRole('textbox', { name: /^Answer/ }).fill('And answered from its own')
            await comment(beside, 'Seen from').getByRole('button', { name: 'Answer', exact: true }).last().click()
            await page.locator('.replies').getByText('And answered from its own').waitFor({ timeout: 30000 })
        }, { signedIn: true })
        await beside.waitForTimeout(300)
        for (let left = 40; (await (await fetch(`${there.url}/api/v1/videos/${video.uuid}`)).json()).likes !== 1; left--) {
            assert.ok(left > 0, 'the like does not arrive')
            await beside.waitForTimeout(500)
        }
        await until('the share arrives', () => one(there, `SELECT count(*) FROM share s JOIN actor a ON a.id = s.actor_id WHERE a.name = 'root' AND a.host = '${host(here)}'`))
    }))

    it('a visitor is led to his own site to follow, and it is done there', async () => {
        await visit(there, '/c/root_channel', async page => {
            await signIn(page, here)
            await page.getByRole('button', { name: /^Follow / }).click()
            await page.getByLabel('Your address').fill(`@root@${host(here)}`)
            await page.getByRole('button', { name: 'Go on there' }).click()
            await page.waitForURL(url => url.host === host(here), { timeout: 30000 })
            await page.getByRole('button', { name: /^Follow /, pressed: true }).waitFor({ timeout: 30000 }) // since the test before
        })
        await visit(there, `/w/${video.shortUUID}`, async page => {
            await signIn(page, here)
            await page.locator('.replies .comment').filter({ hasText: 'And answered from its own' }).getByRole('button', { name: 'Answer' }).click()
            await page.getByLabel('Your address').fill(`@root@${host(here)}`)
            await page.getByRole('button', { name: 'Go on there' }).click()
            await page.waitForURL(url => url.host === host(here) && url.pathname.startsWith('/w/'), { timeout: 30000 })
            await page.locator('.comment-meant').filter({ hasText: 'And answered from its own' }).waitFor({ timeout: 30000 })
        })
    })

    it('who is asked for is told: comments, followers', () => visit(there, '/notifications', async page => {
        await page.getByText(/commented on/).first().waitFor()
        await page.getByText(/follows your channel/).first().waitFor()
        await page.screenshot({ path: join(shots, 'notifications.png') })
    }, { signedIn: true }))
})
