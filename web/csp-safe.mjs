// media-chrome under `style-src 'self'`.
//
// Its elements write their templates, `<style>` included, into shadow roots with innerHTML, which a
// Content-Security-Policy without 'unsafe-inline' refuses. Constructed style sheets are not inline
// styles, so while bundling we send every template through `fillShadow` (src/player/shadow.ts), which
// moves the styles into shadowRoot.adoptedStyleSheets, and we point the three helpers which look for
// rules in <style> elements at those sheets.
//
// Each patch must apply: a new media-chrome that no longer looks as expected fails the build.

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const shadow = join(dirname(fileURLToPath(import.meta.url)), 'src/player/shadow.ts')
const template = /this\.shadowRoot\.setHTMLUnsafe \? this\.shadowRoot\.setHTMLUnsafe\(html\) : this\.shadowRoot\.innerHTML = html;|this\.shadowRoot\.innerHTML = (this\.constructor\.getTemplateHTML\(attrs\));/g

export function cspSafeMediaChrome() {
    return {
        name: 'csp-safe-media-chrome',
        setup(build) {
            build.onLoad({ filter: /media-chrome[\\/]dist[\\/].*\.js$/ }, async ({ path }) => {
                let text = await readFile(path, 'utf8')
                const uses = []
                text = text.replace(template, (_, html) => {
                    uses.push('fillShadow')
                    return `fillShadow(this.shadowRoot, ${html ?? 'html'});`
                })
                if (path.endsWith('element-utils.js')) {
                    uses.push('getCSSRule', 'insertCSSRule')
                    const before = text.length
                    text = text.replace(/function getCSSRule\([\s\S]*?\n}\n/, '')
                        .replace(/function insertCSSRule\([\s\S]*?\n}\n/, '')
                    if (text.length === before)
                        return { errors: [{ text: 'element-utils.js has changed: see csp-safe.mjs' }] }
                }
                if (/innerHTML = .*getTemplateHTML|setHTMLUnsafe\(/.test(text))
                    return { errors: [{ text: `${path} fills a shadow root in a new way: see csp-safe.mjs` }] }
                if (uses.length > 0)
                    text = `import { ${[...new Set(uses)].join(', ')} } from ${JSON.stringify(shadow)};\n${text}`
                return { contents: text, loader: 'js' }
            })
        }
    }
}
