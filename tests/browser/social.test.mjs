// Comments, following, rating, interacting from elsewhere, searching and muting, in a browser against the stand-in
// server: what needs other people, other sites, or a server that says no.
//
//   node --test tests/browser/social.test.mjs      needs build/web (npm run build)

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch, open } from './browser.mjs'
import { CSP, startMock } from './mock.mjs'

const shots = join(dirname(fileURLToPath(import.meta.url)), '../../build/screenshots/social')
let mock, browser, video
before(async () => {
    mkdirSync(shots, { recursive: true })
    mock = await startMock()
    browser = await launch()
    video = mock.videos.at(-1)
})
after(async () => {
    await browser?.close()
    mock?.close()
})
beforeEach(() => mock.signOut())

/** Runs `act` on a page of its own, and fails on anything in its console that `allow` does not name. */
async function visit(path, act, { signedIn = false, allow = [], ...options } = {}) {
    if (signedIn)
        mock.signIn()
    const { page, context, wrong } = await open(browser, options, allow)
    await page.goto(mock.url + path)
    await act(page)
    await context.close()
    assert.deepEqual(wrong, [])
}
const watch = (more = '') => `/w/${video.shortUUID}${more}`
const comment = (page, text) => page.locator('.comment').filter({ hasText: text }).first()

describe('comments', { concurrency: false }, () => {
    it('are read by visitors: authors lead to their own sites, warnings and long threads open on demand', () => visit(watch(), async page => {
        await page.getByRole('heading', { name: /^\d+ comments$/ }).waitFor()
        const mira = comment(page, 'The way the light turns')
        const author = mira.locator('.comment-author')
        assert.equal(await author.getAttribute('href'), 'https://mastodon.example/@mira')
        assert.equal(await author.locator('.comment-handle').textContent(), '@mira@mastodon.example')
        assert.match(await author.getAttribute('rel'), /nofollow/)
        assert.equal(await page.getByText('Patience is the best accelerator').count(), 0, 'four answers are folded')
        await page.getByRole('button', { name: /4 answers/ }).click()
        await page.getByText('Patience is the best accelerator').waitFor()
        assert.equal(await comment(page, '+1').evaluate(e => e.closest('.replies .replies .replies') !== null), true, 'stands below what it answers')
        await page.getByText('This comment was deleted.').waitFor()
        await page.getByText('Somebody asked where to find the sources').waitFor()
        const warned = page.getByText('The spiral is the eye of the storm')
        assert.equal(await warned.isVisible(), false)
        await page.getByText('Spoilers for the ending').click()
        await warned.waitFor()
        assert.equal(await page.getByText('Could you make one with sound').count(), 0, 'what is held is not for visitors')
        await page.screenshot({ path: join(shots, 'comments.png'), fullPage: true })
    }))

    it('a time in a comment leads to that moment', () => visit(watch(), async page => {
        await page.locator('media-controller video').waitFor({ state: 'attached' })
        await comment(page, 'The way the light turns').getByRole('button', { name: '0:12' }).click()
        await page.waitForFunction(() => Math.abs(document.querySelector('media-controller video').currentTime - 12) < 3)
    }))

    it('are written, answered, edited and deleted', () => visit(watch(), async page => {
        const box = page.getByRole('textbox', { name: 'Write a comment' })
        await box.fill('What a **fine** film')
        await box.press('Control+Enter')
        const mine = comment(page, 'What a **fine** film')
        await mine.waitFor()
        assert.equal(await box.inputValue(), '')
        await mine.getByRole('button', { name: /^Answer/ }).click()
        await page.getByRole('textbox', { name: /^Answer/ }).fill('I mean it')
        await mine.getByRole('button', { name: 'Answer', exact: true }).last().click()
        await page.locator('.replies').getByText('I mean it').waitFor()
        await mine.getByRole('button', { name: /^More about/ }).first().click()
        await page.getByRole('button', { name: 'Edit', exact: true }).click()
        const edit = page.getByRole('textbox', { name: 'Edit' })
        assert.equal(await edit.inputValue(), 'What a **fine** film', 'the source, not the HTML')
        await edit.fill('Better said')
        await page.getByRole('button', { name: 'Save', exact: true }).click()
        await comment(page, 'Better said').waitFor()
        await comment(page, 'I mean it').getByRole('button', { name: /^More about/ }).click()
        await page.getByRole('button', { name: 'Delete', exact: true }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
        await page.locator('.replies').getByText('I mean it').waitFor({ state: 'detached' })
    }, { signedIn: true }))

    it('wait for approval, which the owner gives', () => visit(watch(), async page => {
        const held = comment(page, 'Could you make one with sound')
        await held.getByText('Waits for approval').waitFor()
        await held.getByRole('button', { name: 'Approve' }).click()
        await held.getByText('Waits for approval').waitFor({ state: 'detached' })
    }, { signedIn: true }))

    it('appear by themselves when others write, answers too', () => visit(watch(), async page => {
        await comment(page, 'The way the light turns').waitFor()
        await page.evaluate(() => { window.same = true })
        mock.social.add(video, { by: 'tove', html: '<p>Just arrived from elsewhere</p>' })
        await comment(page, 'Just arrived from elsewhere').waitFor()
        assert.equal(await page.locator('.comment-new').filter({ hasText: 'Just arrived from elsewhere' }).count(), 1, 'it is shown to be new')
        await page.getByRole('status').filter({ hasText: 'New comment by Tove' }).waitFor({ state: 'attached' })
        const parent = mock.social.comments.find(c => c.html.includes('Just arrived'))
        mock.social.add(video, { by: 'mira', parent, html: '<p>And an answer to that</p>' })
        await page.locator('.replies').getByText('And an answer to that').waitFor()
        parent.html = '<p>Changed at its home</p>'
        parent.updatedAt = new Date().toISOString()
        mock.social.tell(video)
        await comment(page, 'Changed at its home').waitFor()
        assert.equal(await page.evaluate(() => window.same), true, 'without a reload')
    }))

    it('hostile HTML shows as text and harms nothing', async () => {
        const html = '<p>before<script>window.harmed = 1</script><style>body { display: none }</style></p><iframe src="javascript:1"></iframe>'
            + '<p><a href="javascript:window.harmed=2">bad link</a> <a href="https://example.org/" onclick="window.harmed=3" style="position:fixed">good link</a></p>'
            + '<svg><a href="https://evil.example"><text>svg</text></a></svg><img src=x onerror="window.harmed=4"><form action="https://evil.example"><button>send</button></form><p class="comments">after</p>'
        const hostile = mock.social.add(video, { by: 'jonas', html })
        await visit(watch(), async page => {
            const bad = comment(page, 'after')
            await bad.waitFor()
            const markup = await bad.locator('.markup').innerHTML()
            assert.equal(markup, '<p>before</p><p>bad link <a href="https://example.org/" target="_blank" rel="nofollow noopener noreferrer ugc">good link</a></p>send<p>after</p>')
            await bad.getByText('bad link').click()
            assert.equal(await page.evaluate(() => window.harmed), undefined)
        }, { allow: [/inline|script-src-attr/] }) // the browser tells of handlers in what is only read
        hostile.isDeleted = true
    })

    it('a link to one leads to it, wherever it stands', async () => {
        const old = mock.social.comments.find(c => c.html.includes('The way the light turns'))
        for (let i = 0; i < 12; i++)
            mock.social.add(video, { by: 'lin', text: `Filler ${i}` })
        await visit(watch(`;threadId=${old.id}#comment-${old.id}`), async page => {
            await page.locator(`#comment-${old.id}.comment-meant`).waitFor()
            assert.equal(await page.locator('.comment').first().getAttribute('id'), `comment-${old.id}`)
            await page.getByRole('button', { name: 'Show more comments' }).click()
            await comment(page, 'Somebody asked where to find the sources').waitFor()
            assert.equal(await page.locator(`#comment-${old.id}`).count(), 1, 'once only')
        })
    })

    it('closed ones can be read but not written', async () => {
        video.commentsPolicy = { id: 2, label: 'Disabled' }
        await visit(watch(), async page => {
            await page.getByText('Comments are closed.').waitFor()
            await comment(page, 'Filler').waitFor()
            assert.equal(await page.getByRole('button', { name: 'Answer', exact: true }).count(), 0)
            assert.equal(await page.getByRole('textbox', { name: 'Write a comment' }).count(), 0)
        }, { signedIn: true })
        video.commentsPolicy = { id: 1, label: 'Enabled' }
    })
})

describe('watching what lives elsewhere', { concurrency: false }, () => {
    let site, other, film
    before(async () => {
        [site, other] = await Promise.all([
            startMock({ csp: CSP.replace("media-src 'self'", "media-src 'self' http:").replace("connect-src 'self'", "connect-src 'self' http:") }),
            startMock()]) // gives no leave to read it from other origins
        film = site.videos.find(v => v.isLocal === false)
        film.elsewhere = other.url
    })
    after(() => {
        site?.close()
        other?.close()
    })

    it('falls back to their MP4 when their stream may not be read', async () => {
        const { page, context } = await open(browser)
        await page.goto(`${site.url}/w/${film.shortUUID}`)
        await page.waitForFunction(() => document.querySelector('media-controller video')?.src.includes('web-360.mp4'))
        await page.evaluate(() => {
            const v = document.querySelector('media-controller video')
            v.muted = true
            void v.play()
        })
        await page.waitForFunction(() => document.querySelector('media-controller video').currentTime > 0.5)
        assert.ok(other.calls.some(c => c.includes('master.m3u8')), 'their stream comes first')
        await context.close()
    })
})

describe('rating and following', { concurrency: false }, () => {
    it('a like is counted at once, and taken back', () => visit(watch(), async page => {
        const like = page.getByRole('button', { name: /^Like/ })
        await like.waitFor()
        const count = async () => Number(/\d+/.exec(await like.textContent())?.[0] ?? 0)
        const before = await count()
        await like.click()
        assert.equal(await like.getAttribute('aria-pressed'), 'true')
        assert.equal(await count(), before + 1)
        await page.getByRole('button', { name: /^Dislike/ }).click()
        assert.equal(await like.getAttribute('aria-pressed'), 'false')
        assert.equal(await count(), before)
    }, { signedIn: true }))

    it('a channel elsewhere is followed, stands in the list, and is left again', () => visit('/c/night_trains@peertube.example', async page => {
        await page.getByText(/at home on peertube\.example/).waitFor()
        await page.getByRole('button', { name: 'Follow Night Trains' }).click()
        await page.getByText('You follow Night Trains.').waitFor()
        await page.goto(`${mock.url}/subscriptions/channels`)
        await page.getByText('@night_trains@peertube.example').waitFor()
        await page.getByRole('button', { name: 'Follow Night Trains', pressed: true }).click()
        await page.getByRole('button', { name: 'Follow Night Trains', pressed: false }).waitFor()
    }, { signedIn: true }))
})

describe('from an account elsewhere', { concurrency: false }, () => {
    it('a visitor is led to his own server, and his address is remembered', () => visit(watch(), async page => {
        await page.getByRole('button', { name: 'Follow Slow Machines' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.getByLabel('Your address').fill('no address')
        await dialog.getByRole('button', { name: 'Go on there' }).click()
        await dialog.getByText('That is no address.', { exact: false }).waitFor()
        await dialog.getByLabel('Your address').fill('@me@down.example')
        await dialog.getByRole('button', { name: 'Go on there' }).click()
        await dialog.getByText('down.example does not answer').waitFor()
        await page.screenshot({ path: join(shots, 'interact.png') })
        await dialog.getByLabel('Your address').fill('@me@my.example')
        await dialog.getByRole('button', { name: 'Go on there' }).click()
        await page.waitForURL(/\/nowhere\?handle=me@my\.example&uri=.*video-channels/)
        await page.goBack()
        await comment(page, 'Filler').getByRole('button', { name: 'Answer' }).click()
        assert.equal(await dialog.getByLabel('Your address').inputValue(), '@me@my.example')
        await dialog.getByRole('button', { name: 'Go on there' }).click()
        await page.waitForURL(/uri=.*comments/)
    }, { allow: [/status of (502|404)/] }))

    it('who comes from elsewhere signs in and finds what he came for', () => visit(`/authorize_interaction?uri=${encodeURIComponent('https://peertube.example/videos/watch/narvik')}`, async page => {
        await page.locator('main').getByRole('link', { name: 'Sign in' }).click()
        await page.getByLabel('Username').fill('root')
        await page.getByLabel('Password', { exact: true }).fill('right')
        await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'The 23:50 to Narvik' }).waitFor()
        await page.getByRole('button', { name: 'Follow Night Trains' }).waitFor()
        await page.getByRole('button', { name: /^Like/ }).click()
        await page.getByRole('link', { name: 'Watch and answer' }).click()
        await page.getByRole('textbox', { name: 'Write a comment' }).waitFor()
    }))

    it('a comment from elsewhere is opened where it stands', async () => {
        const c = mock.social.comments.find(c => c.account.name === 'tove' && c.summary)
        await visit(`/remote-interaction?uri=${encodeURIComponent(c.url)}`, page => page.locator(`#comment-${c.id}.comment-meant`).waitFor(), { signedIn: true })
    })
})

describe('searching', { concurrency: false }, () => {
    const ask = async (page, words) => {
        await page.getByRole('searchbox').fill(words)
        await page.getByRole('searchbox').press('Enter')
    }
    it('finds by handle, by address and by words', () => visit('/', async page => {
        await ask(page, '@night_trains@peertube.example')
        await page.waitForURL(/\/c\/night_trains@peertube\.example$/)
        await ask(page, 'https://peertube.example/videos/watch/narvik')
        await page.getByRole('heading', { name: 'The 23:50 to Narvik' }).waitFor()
        await page.getByRole('link', { name: 'from peertube.example' }).waitFor()
        await ask(page, '@mira@mastodon.example')
        await page.waitForURL(/\/a\/mira@mastodon\.example$/)
        await ask(page, 'estuary')
        await page.getByText('1 result').waitFor()
    }))

    it('somebody not known here yet is asked for by his address', () => visit('/a/new_face@mastodon.example', async page => {
        await page.getByText('Nothing found there').waitFor()
        mock.social.people.fresh = { ...mock.social.people.tove, id: 77, name: 'new_face', displayName: 'A new face', host: 'mastodon.example', unknown: true }
        await page.reload()
        await page.getByRole('heading', { name: 'A new face' }).waitFor()
    }, { allow: [/status of 404/], signedIn: true }))

    it('tells when nothing is there, and when the other site does not answer', () => visit('/search?search=https://nowhere.example/x', async page => {
        await page.getByText('Nothing found there').waitFor()
        await ask(page, '@somebody@down.example')
        await page.getByText('down.example does not answer').waitFor()
        await page.getByRole('button', { name: 'Try again' }).waitFor()
    }, { allow: [/status of (404|502)/] }))
})

describe('notifications and muting', { concurrency: false }, () => {
    it('the header counts what is new, and a click on it reads it', () => visit('/', async page => {
        await page.getByRole('link', { name: 'Notifications: 2 new' }).click()
        await page.getByRole('link', { name: /Tove mentioned you/ }).click()
        await page.getByRole('heading', { name: 'Period doubling' }).waitFor()
        await page.getByRole('link', { name: 'Notifications: 1 new' }).click()
        await page.getByRole('button', { name: 'Mark all as read' }).click()
        await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
        assert.equal(await page.locator('.note-unread').count(), 0)
    }, { signedIn: true }))

    it('an account is muted from its comment, and taken off the list again', () => visit(watch(), async page => {
        mock.social.add(video, { by: 'long', html: '<p>Loud words</p>' })
        await comment(page, 'Loud words').getByRole('button', { name: /^More about/ }).click()
        await page.getByRole('button', { name: 'Mute this account' }).click()
        await page.getByText(/You no longer hear of @a_very_long_name/).waitFor()
        await page.goto(`${mock.url}/my-blocks`)
        await page.getByRole('button', { name: /Remove @a_very_long_name/ }).click()
        await page.getByRole('button', { name: /Remove @a_very_long_name/ }).waitFor({ state: 'detached' })
        await page.getByLabel('Server', { exact: true }).fill('no host!')
        await page.getByRole('button', { name: 'Add' }).last().click()
        await page.getByText('That is no name of a server.', { exact: false }).waitFor()
        await page.getByLabel('Server', { exact: true }).fill('loud.example')
        await page.getByRole('button', { name: 'Add' }).last().click()
        await page.getByRole('button', { name: 'Remove loud.example' }).waitFor()
    }, { signedIn: true }))

    it('a comment is reported, and a moderator closes the report', () => visit(watch(), async page => {
        await comment(page, 'Filler').getByRole('button', { name: /^More about/ }).click()
        await page.getByRole('button', { name: 'Report' }).click()
        await page.getByRole('dialog').getByLabel('Spam or misleading').check()
        await page.getByRole('dialog').getByLabel('In your words').fill('The same thing twelve times')
        await page.getByRole('button', { name: 'Send report' }).click()
        await page.getByText('Thank you.', { exact: false }).waitFor()
        await page.goto(`${mock.url}/admin/reports`)
        const report = page.locator('.report').filter({ hasText: 'The same thing twelve times' })
        await report.getByRole('button', { name: 'Close report' }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click()
        await report.getByText('Accepted').waitFor()
    }, { signedIn: true }))
})

describe('sharing', { concurrency: false }, () => {
    it('gives the address, from a moment on if wished, and the code for other pages', () => visit(watch(), async page => {
        await page.getByRole('button', { name: 'Share' }).click()
        const dialog = page.getByRole('dialog')
        const link = dialog.getByLabel('Link')
        assert.equal(await link.inputValue(), `${mock.url}/w/${video.shortUUID}`)
        await dialog.getByLabel('Start at a moment').check()
        await dialog.getByLabel('Moment', { exact: true }).fill('0:25')
        assert.equal(await link.inputValue(), `${mock.url}/w/${video.shortUUID}?start=25s`)
        assert.match(await dialog.getByLabel('Code for another page').inputValue(), /^<iframe src="http.*\/videos\/embed\/[^"]+\?start=25s" title="Period doubling" /)
    }))
})
