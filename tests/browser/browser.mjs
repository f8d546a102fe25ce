// Headless Chromium for the tests: every page is watched for console errors, exceptions and refusals by the
// Content-Security-Policy, and the test fails on any.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const { chromium } = createRequire(join(here, '../../web/package.json'))('playwright-core')

export async function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required', '--mute-audio']
    })
}

/** A page and the list of what went wrong in it. `allow`: patterns of console errors a test provokes. */
export async function open(browser, options = {}, allow = []) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    const wrong = []
    const note = text => { if (!allow.some(a => a.test(text))) wrong.push(text) }
    page.on('console', m => { if (m.type() === 'error' || /Content.Security.Policy|Refused to/i.test(m.text())) note(`console: ${m.text()} ${m.location().url}`) })
    page.on('pageerror', e => note(`exception: ${e.stack ?? e.message}`))
    await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))
    })
    return { context, page, wrong }
}
